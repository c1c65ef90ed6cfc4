"""Name the sample's instant, and what each module of the day hands to the generator."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal

INSTANT = datetime(2026, 11, 24, 5, tzinfo=UTC)
CALL_DATE = date(2026, 11, 24)  # a Tuesday

BROADBAND = "broadband_upgrade"
ENERGY = "energy_autumn"
SOLAR = "solar_checkup"


@dataclass(frozen=True)
class File:
    """Hold one delivery: the source it belongs to, its name in the inbox, its bytes."""

    source_id: str
    name: str
    content: bytes


@dataclass(frozen=True)
class Expected:
    """Say what one contact point of one lead must become.

    `verdict` is callable, blocked, undetermined, quarantined (the row never becomes a lead) or
    rejected (its whole delivery fails at the door). `reason_code` is the first reason's, empty for
    callable. `case` tells why the row was planted and is empty for an ordinary one.
    """

    source_id: str
    source_record_id: str
    position: int
    campaign_id: str
    verdict: str
    reason_code: str
    case: str = ""


@dataclass(frozen=True)
class Consent:
    """Hold one line of Nordlicht's consent log, as text."""

    phone: str
    event: str
    occurred_at: str
    purpose: str = "energy_offers"
    expires_at: str = ""
    evidence: str = ""
    evidence_status: str = ""
    collected_in: str = "web"
    notice: str = "nl-de-2024-1"


@dataclass(frozen=True)
class Stop:
    """Hold one line of Nordlicht's internal stop list, as text."""

    phone: str
    kind: str
    received: str
    scope: str = "controller"
    purpose: str = ""


@dataclass(frozen=True)
class Attempt:
    """Hold one call that Halcyon's dialler reported, as text."""

    phone: str
    status: str
    called_at: str


@dataclass(frozen=True)
class Relation:
    """Hold one running or ended contract of Nordlicht, as text."""

    phone: str
    contract: str
    started: str
    ended: str = ""


@dataclass
class Part:
    """Collect what one module adds to the day: its files, its expectations, its feed entries."""

    files: list[File] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)
    asked: dict[str, bool] = field(default_factory=dict)

    def expect(
        self, source_id: str, record_id: str, campaign_id: str, outcome: str, case: str = "",
        *, position: int = 1,
    ) -> None:  # fmt: skip
        """Add an expectation; `outcome` reads `callable`, or `blocked objected` and the like."""
        verdict, _, reason_code = outcome.partition(" ")
        self.expected.append(
            Expected(source_id, record_id, position, campaign_id, verdict, reason_code, case)
        )

    def absorb(self, other: Part) -> None:
        """Append everything another part holds."""
        for name, held in vars(self).items():
            added = getattr(other, name)
            held.update(added) if isinstance(held, dict) else held.extend(added)


def moment(index: int) -> datetime:
    """Return an instant in the 16 months before the day, spread by `index`; never the last week."""
    start = datetime(2026, 11, 24, 9, tzinfo=UTC) - timedelta(days=8 + index * 37 % 480)
    return start + timedelta(minutes=index * 7 % 480, seconds=index * 13 % 60)


def utc_text(instant: datetime) -> str:
    """Write an instant as ISO 8601 with its zone."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def grant(
    phone: str, index: int, *, purpose: str = "energy_offers", at: str = "", expires_at: str = ""
) -> Consent:
    """Return a consent with everything that makes it a ground: time, zone, verified evidence."""
    return Consent(
        phone, "GRANTED", at or utc_text(moment(index)), purpose, expires_at,
        f"call-back-{index:05}", "verified",
    )  # fmt: skip


def delimited(
    columns: Sequence[str],
    rows: Iterable[Mapping[str, str]],
    delimiter: str,
    *,
    newline: str = "\r\n",
    has_header: bool = True,
    quotes: Literal["all", "needed"] = "needed",
) -> str:
    """Write rows as delimited text; a column that a row lacks stays empty."""
    target = io.StringIO()
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quotes == "all" else csv.QUOTE_MINIMAL
    writer = csv.writer(target, delimiter=delimiter, lineterminator=newline, quoting=quoting)
    if has_header:
        writer.writerow(columns)
    writer.writerows([row.get(name, "") for name in columns] for row in rows)
    return target.getvalue()
