"""What a text means as an instant: never more than it says, and in doubt for the person."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ringfence.landing.times import read_date, read_event_time, read_time


@given(text=st.text(max_size=30) | st.datetimes().map(str) | st.dates().map(str))
@example(text="9999-12-31")
@example(text="9999-12-31T23:59:59-05:00")
@example(text="0001-01-01T00:00:00+01:00")
@example(text="9999999999999")
@example(text="00/00/0000")
@example(text="31/12/9999")
def test_no_text_is_too_odd_for_a_time(text: str) -> None:
    for zone in (None, "Europe/Berlin", "America/New_York"):
        for dates in (None, "day_first", "month_first"):
            for is_stop in (True, False):
                read_event_time(text, zone, is_stop=is_stop, dates=dates)
            read_date(text, dates)


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01 00:00:00", "1900-01-01", "1970-01-01T00:00:00Z", "0000000000",
        "2026-05-04T10:00:00+99:99", "2026-05-04T10:00:00+14:01",
    ],
)  # fmt: skip
def test_a_word_for_never_dates_nothing(text: str) -> None:
    for is_stop in (True, False):
        found = read_event_time(text, "Europe/Berlin", is_stop=is_stop)
        assert (found.at, found.status) == (None, "unreadable")


def test_a_stop_in_an_hour_that_a_day_has_twice_is_in_the_later_one() -> None:
    def hour(*, is_stop: bool) -> int:
        found = read_event_time("2026-10-25 02:15", "Europe/Berlin", is_stop=is_stop)
        assert found.at
        return found.at.hour

    assert (hour(is_stop=False), hour(is_stop=True)) == (0, 1)


def test_an_end_in_an_hour_that_a_day_has_twice_is_in_the_earlier_one() -> None:
    found = read_time("2026-10-25 02:15", "Europe/Berlin", is_stop=True)
    assert found.at == datetime(2026, 10, 25, 0, 15, tzinfo=UTC)


def test_a_customer_may_have_come_long_ago() -> None:
    found = read_time("1985-03-01", "Europe/Berlin", is_stop=False)
    assert (found.status, found.at) == ("date_only", datetime(1985, 3, 1, 23, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "dates", "day"),
    [
        ("03/04/2026", "day_first", (4, 3)), ("03/04/2026", "month_first", (3, 4)),
        ("3/4/2026", "day_first", (4, 3)), ("03-04-2026", "day_first", (4, 3)),
        ("13/04/2026", "day_first", (4, 13)), ("04/13/2026", "month_first", (4, 13)),
        ("2026-04-03", "month_first", (4, 3)), ("03.04.2026", "month_first", (4, 3)),
        ("20260403", "month_first", (4, 3)),
    ],
)  # fmt: skip
def test_a_source_that_says_which_part_is_the_day_is_believed(
    text: str, dates: str, day: tuple[int, int]
) -> None:
    assert read_date(text, dates) == date(2026, *day)
    found = read_time(text, "Europe/Berlin", is_stop=True, dates=dates)
    start = datetime(2026, *day, tzinfo=ZoneInfo("Europe/Berlin"))
    assert (found.at, found.status) == (start.astimezone(UTC), "date_only")


def test_a_clock_may_follow_such_a_date() -> None:
    found = read_event_time("3/4/2026 14:05", "Europe/Berlin", is_stop=False, dates="day_first")
    assert found.at == datetime(2026, 4, 3, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("03/04/2026", None), ("03-04-2026", None), ("04/13/2026", "day_first"),
        ("13/04/2026", "month_first"), ("03/04/26", "day_first"), ("03-04-26", "month_first"),
        ("03/04/20261", "day_first"), ("03/04-2026", "day_first"), ("3/4", "day_first"),
    ],
)  # fmt: skip
def test_what_is_still_two_days_or_none_stays_unreadable(text: str, dates: str | None) -> None:
    assert read_date(text, dates) is None
    assert read_time(text, "Europe/Berlin", is_stop=True, dates=dates).status == "unreadable"
