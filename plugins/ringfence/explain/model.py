"""Hold what is known about one number; the number itself is in none of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """Tell one thing that happened; `at` is None when nobody knows when it did.

    `known_at` is when it was accepted here; `facts` is the row the sentence was made from.
    `is_stop` says that it stops calls, unless it was taken back.
    """

    kind: str
    at: datetime | None
    known_at: datetime | None
    sentence: str
    facts: Row
    is_stop: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Say why a call was stopped: rule, sentence, law, what exactly, and the entry that proves it.

    `detail` and `evidence` are tied to a reason for the last run alone; the ledger of decisions
    keeps the evidence of all reasons together.
    """

    reason_code: str
    sentence: str
    citation: str
    detail: str | None
    evidence: str | None


@dataclass(frozen=True, slots=True)
class Support:
    """Tell one thing that a callable verdict rests on, of the day or instant `on`, if it has one.

    `is_missing` says that it ought to be on record, and is not.
    """

    kind: str
    on: datetime | date | None
    sentence: str
    facts: Row
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold the decision for one campaign, by the last run of the day asked for.

    `evidence` has what no reason above it names: the ground, or the proof of an older decision.
    `hours` says when a call is allowed; like details it is known of the last run alone.
    `overlaid` names the policy rows that an overlay had changed. `basis` is what a callable
    verdict rests on. `of_edition` is the list that left with this verdict, where the day's last run
    does not stand by it.
    """

    campaign_id: str
    title: str
    verdict: str
    ground: str | None
    decision_id: UUID
    decided_on: date
    reasons: tuple[Reason, ...]
    evidence: tuple[str, ...]
    hours: str | None = None
    overlaid: tuple[str, ...] = ()
    basis: tuple[Support, ...] = ()
    of_edition: int | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Hold the whole story; `searched` counts what was found in each place that was looked into.

    `run` is None when the day was never decided; `left_out` says what could not be looked into.
    `is_candidate` says that the day's run stands by a verdict, of whatever lists left besides.
    `no_more` has, for each campaign of which that run has no such candidate, the last decision of
    an earlier run. `is_person_stopped_since` is asked of the last run alone, and counts all numbers
    of the person.
    """

    subject_id: UUID
    reading: Row
    call_date: date
    run: Row | None
    is_person_stopped_since: bool
    is_candidate: bool
    verdicts: tuple[Verdict, ...]
    no_more: tuple[Row, ...]
    lists: tuple[Row, ...]
    story: tuple[Entry, ...]
    searched: Mapping[str, int]
    left_out: tuple[str, ...]

    @property
    def stops_since(self) -> tuple[Entry, ...]:
        """Return the stops that came after the day's decision: it did not weigh them."""
        if self.run is None:
            return ()
        known_as_of = self.run["known_as_of"]
        return tuple(
            entry
            for entry in self.story
            if entry.is_stop and entry.known_at is not None and entry.known_at > known_as_of
        )

    @property
    def text(self) -> str:
        """Return the memo that a person reads."""
        from ringfence.explain.memo import memo

        return memo(self)

    def as_dict(self) -> Row:
        """Return the same for machines; ids and times are text."""
        plain: Row = _plain(asdict(self))
        return plain


def _plain(value: object) -> Any:
    match value:
        case dict():
            return {name: _plain(item) for name, item in value.items()}
        case tuple() | list():
            return [_plain(item) for item in value]
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date() | UUID():
            return str(value)
    return value
