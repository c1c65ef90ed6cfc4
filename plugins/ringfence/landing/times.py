"""Read an event's time from text, and say how far it can be trusted.

Only unambiguous notations are read: ISO 8601, `24.11.2026 09:30`, `20261124`, and Unix seconds or
milliseconds. `03/04/2026` is two different days in two countries and stays unreadable, unless the
source's `dates` says which part is the day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ringfence.registers.sources import DATE_ORDERS, DAY_FIRST

DATE = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})|(\d{1,2})\.(\d{1,2})\.(\d{4})|(\d{4})(\d\d)(\d\d)"
)
EITHER_ORDER = re.compile(r"(\d{1,2})([-/])(\d{1,2})\2(\d{4})(?!\d)")
CLOCK = re.compile(
    r"[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s*(Z|[+-]\d{2}:?\d{2}|UTC|GMT)?"
)
EPOCH = re.compile(r"\d{10}(\d{3})?")
# 1900 and 1970 stand for "no date" in spreadsheets and computers, 0001 and 9999 in databases.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
FURTHEST_OFFSET = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class EventTime:
    """Hold an instant in UTC (None unless it can be used) and its `event_time_status`."""

    at: datetime | None
    status: str


@lru_cache(maxsize=65536)
def read_event_time(
    text: str, zone: str | None, *, is_stop: bool, dates: str | None = None
) -> EventTime:
    """Return when something happened: a consent or a stop, with what speaks for the person.

    As `read_time`, but a stop in an hour that a day has twice is in the later one, lest a consent
    in between lift it, and a date that stands for "none" is unreadable.
    """
    read = read_time(text, zone, is_stop=is_stop, dates=dates, fold=int(is_stop))
    return read if read.at is None or read.at >= EARLIEST else EventTime(None, "unreadable")


def read_time(
    text: str, zone: str | None, *, is_stop: bool, dates: str | None = None, fold: int = 0
) -> EventTime:
    """Return the instant a text means; a bare date counts from 24:00 for a grant, 00:00 for a stop.

    `zone` (IANA name) is the source's, for times that carry none; so is `dates`, `day_first` or
    `month_first`; `fold` picks one of two equal hours (PEP 495). Status: ok, date_only, zoneless,
    unreadable, absent.
    """
    text = text.strip()
    if not text:
        return EventTime(None, "absent")
    if EPOCH.fullmatch(text):
        seconds = int(text) / (1000 if len(text) == 13 else 1)
        return EventTime(datetime.fromtimestamp(seconds, UTC), "ok")
    begun = _begin(text, dates)
    if not begun:
        return EventTime(None, "unreadable")
    day, rest = begun
    clock_match = CLOCK.fullmatch(rest)
    try:
        if not rest:
            return _bare_date(day, zone, is_stop=is_stop)
        if clock_match:
            return _instant(day, clock_match, zone, fold)
    except OverflowError:  # the first or the last day there is, moved by its zone
        pass
    return EventTime(None, "unreadable")


def read_date(text: str, dates: str | None = None) -> date | None:
    """Return a calendar date, or None when the text holds none."""
    begun = _begin(text.strip(), dates)
    return begun[0] if begun else None


def _begin(text: str, dates: str | None) -> tuple[date, str] | None:
    """Return the day that a text begins with, and what follows it."""
    match, read = DATE.match(text), _day
    if not match and dates in DATE_ORDERS:
        match = EITHER_ORDER.match(text)
        read = _day_first if dates == DAY_FIRST else _month_first
    if not match:
        return None
    try:
        return read(match), text[match.end() :]
    except ValueError:
        return None


def _day(match: re.Match[str]) -> date:
    year, month, day, day2, month2, year2, year3, month3, day3 = match.groups()
    if year:
        return date(int(year), int(month), int(day))
    if year2:
        return date(int(year2), int(month2), int(day2))
    return date(int(year3), int(month3), int(day3))


def _day_first(match: re.Match[str]) -> date:
    return date(int(match[4]), int(match[3]), int(match[1]))


def _month_first(match: re.Match[str]) -> date:
    return date(int(match[4]), int(match[1]), int(match[3]))


def _bare_date(day: date, zone: str | None, *, is_stop: bool) -> EventTime:
    if zone is None:
        return EventTime(None, "zoneless")
    start = day if is_stop else day + timedelta(days=1)
    local = datetime(start.year, start.month, start.day, tzinfo=ZoneInfo(zone))
    return EventTime(local.astimezone(UTC), "date_only")


def _instant(day: date, clock: re.Match[str], zone: str | None, fold: int) -> EventTime:
    hour, minute, second, offset = clock.groups()
    try:
        naive = datetime(  # noqa: DTZ001 - the zone is put on below, or the time is zoneless
            day.year, day.month, day.day, int(hour), int(minute), int(second or 0)
        )
    except ValueError:
        return EventTime(None, "unreadable")
    if offset is None:
        if zone is None:
            return EventTime(None, "zoneless")
        local = naive.replace(tzinfo=ZoneInfo(zone), fold=fold)
        return EventTime(local.astimezone(UTC), "ok")
    if offset in {"Z", "UTC", "GMT"}:
        return EventTime(naive.replace(tzinfo=UTC), "ok")
    sign = 1 if offset[0] == "+" else -1
    digits = offset[1:].replace(":", "")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if shift > FURTHEST_OFFSET:
        return EventTime(None, "unreadable")
    return EventTime((naive - sign * shift).replace(tzinfo=UTC), "ok")
