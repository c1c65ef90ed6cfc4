"""Name what somebody has to look at first, and how old each feed and register is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ringfence.alarms import LATE, Alarm, AlarmKind
from ringfence.auditor_site.queries import Row

STOP_KINDS = frozenset({"suppression", "consent_events", "call_attempts"})
TITLES = {
    AlarmKind.SOURCE_SILENT: ("{} is overdue", "registers.html"),
    AlarmKind.REGISTER_GOES_STALE: ("The register {} needs a new snapshot", "registers.html"),
    AlarmKind.NO_LIST: ("{} has no call list today", "lists.html"),
    AlarmKind.SHARE_OFF_MEDIAN: ("The callable share of {} is out of line", "decisions.html"),
}


@dataclass(frozen=True)
class Notice:
    """Say what is wrong and what follows from it; `page` is where the details stand."""

    title: str
    detail: str
    page: str


@dataclass(frozen=True)
class Feed:
    """Tell whether a source that is expected regularly has spoken in time."""

    source_id: str
    brings_stops: bool
    expected_every: timedelta
    received_at: datetime | None
    is_overdue: bool


@dataclass(frozen=True)
class RegisterState:
    """Tell how old a register's snapshot is, and how old it may be."""

    register_id: str
    facts: Row | None
    age: timedelta | None
    lifetime: timedelta | None

    @property
    def is_stale(self) -> bool:
        if self.age is None:
            return True
        return self.lifetime is not None and self.age > self.lifetime


def feeds(sources: list[Row], received: dict[str, Any], now: datetime) -> list[Feed]:
    """Return every source with an `expected_every`, overdue ones first, then those of stops."""
    found = []
    for source in sources:
        if not source.get("expected_every"):
            continue
        every = timedelta(seconds=float(source["expected_every"]))
        last = received.get(source["source_id"])
        found.append(
            Feed(
                source["source_id"],
                bool(STOP_KINDS & set(source.get("emits") or ())),
                every,
                last,
                last is None or now - last > every * LATE,
            )
        )
    return sorted(found, key=lambda one: (not one.is_overdue, not one.brings_stops, one.source_id))


def register_states(
    sources: list[Row], snapshots: list[Row], lifetimes: dict[str, timedelta], now: datetime
) -> list[RegisterState]:
    """Return every register that was loaded or that a source is to deliver."""
    by_id = {row["register_id"]: row for row in snapshots}
    wanted = {str(one["register"]) for one in sources if one.get("register")}
    return [
        RegisterState(
            register_id,
            by_id.get(register_id),
            now - by_id[register_id]["published_at"] if register_id in by_id else None,
            lifetimes.get(register_id),
        )
        for register_id in sorted(wanted | set(by_id))
    ]


def notices(
    *,
    due: list[Alarm],
    rejections: list[Row],
    unmatched: Row,
    stops: list[Row],
    unverified: list[str],
    now: datetime,
) -> list[Notice]:
    """Return what stands on the first page, in the order in which it should be looked at."""
    found = [
        Notice(
            f"A list of {campaign_id} does not verify",
            "Do not dial from it. The page on lists says which of its proofs fails.",
            "lists.html",
        )
        for campaign_id in unverified
    ]
    for stop in stops:
        whom = stop["campaign_id"] or "every campaign"
        since = f"Since {stop['recorded_at']:%Y-%m-%d %H:%M} UTC, until somebody resumes it."
        found.append(Notice(f"Publication is stopped for {whom}", since, "lists.html"))
    for alarm in due:
        title, page = TITLES.get(alarm.kind, ("{}", "index.html"))
        found.append(Notice(title.format(alarm.object_id), _plain(alarm.sentence), page))
    for row in rejections:
        why = ", ".join(row["unmet"]) or row["reason_code"]
        found.append(
            Notice(
                f"The last delivery of {row['source_id']} was rejected",
                f"On {row['received_at']:%Y-%m-%d %H:%M} UTC, for {why}. "
                "Its stops took effect all the same; nothing else of it did.",
                "doors.html" if row["unmet"] else "deliveries.html",
            )
        )
    if unmatched["count_open"]:
        late = " The first deadline has passed." if unmatched["first_due_at"] < now else ""
        wait = "stop waits" if unmatched["count_open"] == 1 else "stops wait"
        found.append(
            Notice(
                f"{unmatched['count_open']:,} unmatched {wait} for somebody",
                "Whose number is meant could not be read with certainty. "
                f"First deadline: {unmatched['first_due_at']:%Y-%m-%d}.{late}",
                "deliveries.html",
            )
        )
    return found


def _plain(sentence: str) -> str:
    return sentence.replace("`", "")


def in_words(span: timedelta) -> str:
    """Return a span in the largest unit that says it exactly: `day`, `2 days`, `90 minutes`."""
    minutes = int(span.total_seconds() // 60)
    for unit, size in (("day", 1440), ("hour", 60)):
        if minutes >= size and minutes % size == 0:
            count = minutes // size
            return unit if count == 1 else f"{count} {unit}s"
    return f"{minutes} minutes"
