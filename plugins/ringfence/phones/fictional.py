"""Know the numbers that regulators reserve for fiction.

They are looked up before validity is asked: libphonenumber calls 07700 900000 invalid and
020 7946 0000 valid, and both must meet the same end.
"""

from __future__ import annotations

import csv
import re
from bisect import bisect_right
from functools import cache
from typing import NamedTuple

from ringfence.settings import PACKAGE

# Behind toll-free and premium codes 555-01XX is given out like any other number.
_NANP = re.compile(r"\+1(?!8(?:00|33|44|55|66|77|88)|900)[2-9]\d\d(55501\d\d)")


class FictionalRange(NamedTuple):
    """One row of data/fictional_ranges.csv; `per_area_code` rows read `+1NPA5550100`."""

    start: int
    end: int
    region: str
    line_type: str
    per_area_code: bool


@cache
def load_ranges() -> tuple[FictionalRange, ...]:
    """Read the table, in the order of the numbers."""
    with (PACKAGE / "data" / "fictional_ranges.csv").open(encoding="utf-8", newline="") as file:
        return tuple(sorted(_as_range(row) for row in csv.DictReader(file)))


def _as_range(row: dict[str, str]) -> FictionalRange:
    start, end = (row[edge].removeprefix("+").removeprefix("1NPA") for edge in _EDGES)
    per_area_code = "NPA" in row["e164_start"]
    return FictionalRange(int(start), int(end), row["region"], row["line_type"], per_area_code)


_EDGES = ("e164_start", "e164_end")


@cache
def _starts() -> tuple[int, ...]:
    return tuple(entry.start for entry in load_ranges())


def find_range(e164: str) -> FictionalRange | None:
    """Return the range `e164` lies in, or None."""
    found = _containing(int(e164[1:]))
    if found and not found.per_area_code:
        return found
    # The seven digits behind an area code: five fixed ones let nearly every number pass at once.
    if e164[5:10] == "55501" and (nanp := _NANP.fullmatch(e164)):
        return _containing(int(nanp.group(1)))
    return None


def _containing(number: int) -> FictionalRange | None:
    position = bisect_right(_starts(), number) - 1
    if position < 0:
        return None
    entry = load_ranges()[position]
    return entry if number <= entry.end else None
