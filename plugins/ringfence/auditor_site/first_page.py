"""Name what somebody has to look at first, and how old each feed and register is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ringfence.alarms import Alarm, AlarmKind
from ringfence.auditor_site.deliveries import why_rejected
from ringfence.auditor_site.queries import Row
from ringfence.feeds import Unread

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


def notices(
    *,
    torn_at: datetime | None,
    stops: list[Row],
    unverified: list[str],
    registers: list[Row],
    due: list[Alarm],
    rejections: list[Row],
    unread: Sequence[Unread],
    unmatched: Row,
    now: datetime,
) -> list[Notice]:
    """Return what stands on the first page, in the order in which it should be looked at.

    `torn_at` is the instant of a run that rebuilt the figures and has not ended well.
    """
    found = []
    if torn_at:
        found.append(
            Notice(
                "The figures below are of a run that has not finished",
                f"It knew what was known at {instant(torn_at)}; nothing of it was frozen, and"
                " nothing can be published from it. The lists stand as they were published.",
                "decisions.html",
            )
        )
    found += [
        Notice(
            f"Publication is stopped for {stop['scope']}",
            f"By {stop['actor']}, since {instant(stop['since'])}, until somebody resumes it: "
            f"{stop['reason']}",
            "stops.html",
        )
        for stop in stops
    ]
    found += [
        Notice(
            f"A list of {campaign_id} does not verify",
            "Do not dial from it. The page on lists says which of its proofs fails.",
            "lists.html",
        )
        for campaign_id in unverified
    ]
    found += _register_notices(registers)
    told = {row["register_id"] for row in registers if row["state"] != "fresh"}
    for alarm in due:
        if alarm.kind == AlarmKind.REGISTER_GOES_STALE and alarm.object_id in told:
            continue
        title, page = TITLES.get(alarm.kind, ("{}", "index.html"))
        found.append(Notice(title.format(alarm.object_id), _plain(alarm.sentence), page))
    found += [
        Notice(
            f"The last delivery of {row['source_id']} was rejected",
            f"On {instant(row['received_at'])}, {why_rejected(row)}. {_what_of_its_stops(row)}",
            "doors.html" if row["unmet"] else "deliveries.html",
        )
        for row in rejections
    ]
    told_of = {row["batch_id"] for row in rejections if row["has_unread_stops"]}
    found += [
        Notice(
            f"A delivery of {one.source_id} may hold stops that nobody could read",
            f"No list of {one.controller_id} leaves until its bytes are read, or somebody who"
            f" looked at it dismisses it: batch {one.batch_id}.",
            "deliveries.html",
        )
        for one in unread
        if one.batch_id not in told_of
    ]
    if unmatched["count_open"]:
        late = " The first deadline has passed." if unmatched["first_due_at"] < now else ""
        wait = "stop waits" if unmatched["count_open"] == 1 else "stops wait"
        found.append(
            Notice(
                f"{unmatched['count_open']:,} unmatched {wait} for somebody",
                "Whose number is meant could not be read with certainty: the page of deliveries"
                " names the rows, and how to settle them. "
                f"First deadline: {instant(unmatched['first_due_at'])}.{late}",
                "deliveries.html",
            )
        )
    return found


def _register_notices(registers: list[Row]) -> list[Notice]:
    """Tell of each register that some campaign's day needed and that was missing or too old."""
    short: dict[str, list[Row]] = {}
    for row in registers:
        if row["state"] != "fresh":
            short.setdefault(row["register_id"], []).append(row)
    titles = {"missing": "The register {} was never loaded", "stale": "The register {} is too old"}
    return [
        Notice(
            titles["missing" if any(row["state"] == "missing" for row in rows) else "stale"].format(
                register_id
            ),
            " and ".join(f"{row['count_candidates']:,} of {row['campaign_id']}" for row in rows)
            + " must be screened against it. Whoever it binds stays undetermined, and is not"
            " called, until a fresh snapshot comes.",
            "registers.html",
        )
        for register_id, rows in short.items()
    ]


def _what_of_its_stops(row: Row) -> str:
    if row["has_unread_stops"]:
        return (
            "It may hold stops that could not be read: no list of its controller leaves until it"
            " is mended and brought again, or somebody who looked at it dismisses it:"
            f" batch {row['batch_id']}."
        )
    return "Its stops took effect all the same; nothing else of it did."


def instant(at: datetime) -> str:
    """Return an instant as the pages write it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _plain(sentence: str) -> str:
    return sentence.replace("`", "")
