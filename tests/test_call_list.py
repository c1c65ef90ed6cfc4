"""Check the cells of a list: what is neutralised, and what must stay as it is."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from ringfence.publish.call_list import clock_time, harmless, instant, phone_cell


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+SUM(A1)", "'+SUM(A1)"),
        ("-2", "'-2"),
        ("@cmd", "'@cmd"),
        ("＝1", "'＝1"),
        ("\t=1+1", "'=1+1"),
        ("  =1+1", "'=1+1"),
        ("\u00a0=1", "'=1"),
        ("\ufeff=1", "'=1"),
        ("O'Brien-Smith", "O'Brien-Smith"),
        ("a=b", "a=b"),
        ("two\r\nlines", "two lines"),
        ("nul\x00byte", "nul byte"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_cell_is_one_line_and_never_a_formula(cell: str | None, expected: str) -> None:
    assert harmless(cell) == expected


@pytest.mark.parametrize("number", ["+447700900123", "+12025550123", "+4930231251"])
def test_a_number_keeps_its_plus(number: str) -> None:
    assert phone_cell(number) == number


@pytest.mark.parametrize("cell", ["+44 7700", "+447700900123\n", "+1;=1", "+123456", "=447700900"])
def test_only_a_number_is_exempt_from_neutralising(cell: str) -> None:
    assert phone_cell(cell).startswith("'")


def test_times_have_one_spelling() -> None:
    assert clock_time(time(9)) == "09:00"
    assert clock_time(None) == ""
    assert instant(datetime(2026, 11, 25, 0, 0, tzinfo=UTC)) == "2026-11-25T00:00:00Z"
