"""What a text means as an instant: never more than it says, and in doubt for the person."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ringfence.landing.times import read_date, read_event_time, read_time


@given(text=st.text(max_size=30) | st.datetimes().map(str) | st.dates().map(str))
@example(text="9999-12-31")
@example(text="9999-12-31T23:59:59-05:00")
@example(text="0001-01-01T00:00:00+01:00")
@example(text="9999999999999")
def test_no_text_is_too_odd_for_a_time(text: str) -> None:
    for zone in (None, "Europe/Berlin", "America/New_York"):
        for is_stop in (True, False):
            read_event_time(text, zone, is_stop=is_stop)
            read_date(text)


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
