"""Hold what is known about one number on one day, and tell it in plain lines.

The number itself is never part of it: a subject's id stands for it everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

Row = dict[str, Any]


@dataclass(frozen=True)
class Reason:
    """Say why a call was stopped: code, sentence, law, and the entries that prove it."""

    reason_code: str
    sentence: str
    citation: str


@dataclass(frozen=True)
class Decision:
    """Hold the verdict for one campaign, by the last run of the day asked for."""

    campaign_id: str
    verdict: str
    ground: str | None
    decision_id: UUID
    decided_on: date
    reasons: tuple[Reason, ...]
    evidence: tuple[Row, ...]


@dataclass(frozen=True)
class Explanation:
    """Hold everything about the subjects that one cell can be read as."""

    subject_ids: tuple[UUID, ...]
    readings: tuple[Row, ...]
    call_date: date
    run: Row | None
    decisions: tuple[Decision, ...]
    lists: tuple[Row, ...]
    leads: tuple[Row, ...]
    consent_events: tuple[Row, ...]
    suppression_entries: tuple[Row, ...]
    call_attempts: tuple[Row, ...]
    customer_relations: tuple[Row, ...]
    registers: tuple[Row, ...]
    held: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "held", tuple(self._held()))

    def as_dict(self) -> Row:
        """Return the same for machines; ids and times are text."""
        plain: Row = _plain(asdict(self))
        del plain["held"]
        return plain

    @property
    def text(self) -> str:
        return "\n".join((*self._heading(), *self._decisions(), *self._lists(), *self.held))

    def _heading(self) -> Iterator[str]:
        for reading, subject_id in zip(self.readings, self.subject_ids, strict=True):
            kind = ", ".join(filter(None, (reading["region"], reading["line_type"])))
            yield f"Read as: {reading['status']}{f' ({kind})' if kind else ''}"
            yield f"Subject: {subject_id}"
        if self.run is None:
            yield f"Day:     {self.call_date}: no decision was made for it"
        else:
            yield (
                f"Day:     {self.call_date}, decided by run {self.run['run_id']} on what was known"
                f" at {_told(self.run['known_as_of'])}"
            )

    def _decisions(self) -> Iterator[str]:
        if self.run is not None and not self.decisions:
            yield "It was not a candidate of any campaign."
        for decision in self.decisions:
            since = "" if decision.decided_on == self.call_date else f" since {decision.decided_on}"
            ground = f", ground: {decision.ground}" if decision.ground else ""
            yield f"\n{decision.campaign_id}: {decision.verdict.upper()}{since}{ground}"
            for reason in decision.reasons:
                yield f"  {reason.reason_code}: {reason.sentence} [{reason.citation}]"
            for evidence in decision.evidence:
                yield f"    evidence: {_line(evidence)}"

    def _lists(self) -> Iterator[str]:
        yield f"\nLists of {self.call_date}:" + ("" if self.lists else " none")
        for one in self.lists:
            removed = f", REMOVED: {one['removed']}" if one["removed"] else ""
            yield (
                f"  {one['campaign_id']} edition {one['edition']} ({one['status']}),"
                f" call_ref {one['call_ref']}{removed}"
            )

    def _held(self) -> Iterator[str]:
        named = (
            ("Leads", self.leads),
            ("Consent events", self.consent_events),
            ("Suppression entries", self.suppression_entries),
            ("Call attempts", self.call_attempts),
            ("Customer relations", self.customer_relations),
            ("Registers", self.registers),
        )
        if not any(rows for _, rows in named):
            yield "\nNothing is held about this number."
        for title, rows in named:
            if rows:
                yield f"\n{title}:"
            for row in rows:
                yield f"  {_line(row)}"


def _line(row: Row) -> str:
    """Tell a row in one line, without what is empty."""
    told = (
        (name.removesuffix("_id").removesuffix("_number").replace("_", " "), value)
        for name, value in row.items()
        if value is not None
    )
    return ", ".join(f"{name} {_told(value)}" for name, value in told)


def _told(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    return str(value)


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
