"""Name what passes between the steps of a publication; plain data without effects."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from ringfence.counted import counted
from ringfence.settings import Settings


class Step(StrEnum):
    """Name the moments between which a process may die; tests kill it at each of them."""

    STAGED = "staged"
    CHECKED = "checked"
    PREPARED = "prepared"
    LIST_WRITTEN = "list_written"
    LOOKED = "looked"
    MANIFEST_WRITTEN = "manifest_written"
    LIST_RENAMED = "list_renamed"
    MANIFEST_RENAMED = "manifest_renamed"
    PUBLISHED = "published"
    CHECKPOINTED = "checkpointed"


OnStep = Callable[[Step], None]


def no_step(step: Step) -> None:
    """Do nothing at a step: the way of every run but a test's."""


class DoorFailure(Protocol):
    """Say why a door turned the rows away."""

    @property
    def message(self) -> str: ...


class DoorWord(Protocol):
    """Be what a door check answers."""

    @property
    def is_passed(self) -> bool: ...

    @property
    def failures(self) -> tuple[DoorFailure, ...]: ...


class CheckOutgoing(Protocol):
    """Check the rows about to leave, as `ringfence.doors.check_outgoing` does."""

    def __call__(
        self, settings: Settings, rows_query_or_table: str, *, list_id: UUID, campaign_id: str
    ) -> DoorWord: ...


@dataclass(frozen=True, slots=True)
class Run:
    """Name the decision run that a list stands on."""

    run_id: UUID
    call_date: date
    known_as_of: datetime
    code_version: str
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Campaign:
    """Hold what a list needs to know of its campaign, as it was in force at the run."""

    campaign_id: str
    title: str
    controller_id: str
    controller_name: str
    timezone: str
    dialler: str
    sources: tuple[str, ...]
    priority: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """Count one campaign's candidates: callable, blocked and undetermined by first reason."""

    count_candidates: int
    count_callable: int
    blocked: dict[str, int]
    undetermined: dict[str, int]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Name a list whose rows are on record but that nobody has seen yet."""

    list_id: UUID
    run: Run
    campaign: Campaign
    edition: int
    count_rows: int
    valid_until: datetime
    funnel: Funnel
    registers: tuple[dict[str, Any], ...] = ()
    overlays: tuple[dict[str, Any], ...] = ()

    @property
    def outgoing(self) -> str:
        """Return the table that holds the very rows that were checked at the door."""
        return outgoing_table(self.campaign.campaign_id)


@dataclass(frozen=True, slots=True)
class PublicationReport:
    """Tell what came of one campaign; ids and counts only, fit for a log or an XCom.

    `status`: published, unchanged, stopped or refused. `count_rows` are the rows in the file.
    """

    campaign_id: str
    status: str
    count_rows: int
    call_date: str
    list_id: str | None = None
    edition: int | None = None
    count_removed: int = 0
    path: str | None = None
    reason: str | None = None

    @property
    def why(self) -> str:
        """Return the code of the reason, or its sentence where it has none."""
        sentence = (self.reason or "no reason told").splitlines()[0]
        code, colon, _ = sentence.partition(": ")
        return code if colon and re.fullmatch("[a-z]+(_[a-z]+)+", code) else sentence.rstrip(".")


def summary_of_publications(reports: Sequence[PublicationReport]) -> str:
    """Say in a few words how many lists are out, and how many were withheld."""
    out = [one for one in reports if one.status in {"published", "unchanged"}]
    words = f"{counted(len(out), 'list')}, {counted(sum(one.count_rows for one in out), 'row')}"
    return words if len(out) == len(reports) else f"{words}; {len(reports) - len(out)} withheld"


def outgoing_table(campaign_id: str) -> str:
    """Return one name a campaign: what a crash leaves behind is replaced at its next list."""
    return f"landing.outgoing_{hashlib.sha256(campaign_id.encode()).hexdigest()[:32]}"
