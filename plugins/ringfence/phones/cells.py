"""Read phone cells as they come, one to many numbers each, and lose none of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ringfence.phones.cleaning import clean
from ringfence.phones.countries import normalise_country
from ringfence.phones.libraries import Reading, read_fast, read_number
from ringfence.phones.parts import Part, is_fax, join_extensions, split, stands_alone
from ringfence.phones.points import ContactPoint, NumberStatus
from ringfence.phones.runs import (
    SHORT,
    Found,
    continue_number,
    count_digits,
    is_whole,
    read_run,
)

# One number and nothing else, in nine of ten cells; a trailing `.0` is what a float column leaves.
_SIMPLE = re.compile(r"(?!\s*\+?\d+\.0{1,2}\s*$) *[+(]?\d[\d ().\-]{4,22} *")
_NOT_ZERO = re.compile(r"[1-9]")
_SPREADSHEET_ERROR = re.compile(r"#{3,}|#(?:NAME\?|REF!|VALUE!|NUM!)")
_EXACT = 15  # a 64-bit float holds every integer of up to 15 digits


def read_cells(cells: Sequence[tuple[str, str | None]]) -> list[tuple[ContactPoint, ...]]:
    """Read (cell, country) pairs, in their order."""
    return [read_cell(cell, country) for cell, country in cells]


def read_cell(cell: str, country: str | None) -> tuple[ContactPoint, ...]:
    """Return the contact points of one cell; a blank cell has none.

    `country` is what the row says, code or name; it is the context of national numbers only. A
    cell with text but without a number gives one `missing`.
    """
    region = normalise_country(country)
    if _SIMPLE.fullmatch(cell) and (reading := read_fast(cell, region)):
        return (_point(reading, cell.strip()),)
    text, places = clean(cell)
    if not text.strip():
        return ()
    parts = split(text)
    points = _read_parts(text, parts, region) if _NOT_ZERO.search(text) else []
    if not points:
        return (_point(_read_rest(text, len(parts), region), cell.strip()),)
    return tuple(
        _point(reading, _strip(cell[places[start] : places[end - 1] + 1]), extension)
        for reading, start, end, extension in points
    )


def _strip(raw: str) -> str:
    return raw.strip().strip("/-–—").strip()


def _point(reading: Reading, raw: str, extension: str | None = None) -> ContactPoint:
    return ContactPoint(
        reading.status,
        reading.e164,
        reading.region,
        reading.line_type,
        raw,
        extension,
        reading.readings,
    )


_Point = tuple[Reading, int, int, str | None]


def _read_parts(text: str, parts: list[Part], region: str | None) -> list[_Point]:
    """Read the parts in turn; a short one is understood from the full number before it."""
    points: list[_Point] = []
    base: tuple[Reading, str] | None = None
    for part in parts:
        if part.kind == "scientific":
            points.append((Reading(NumberStatus.mangled), part.start, part.end, None))
        elif part.kind == "decimal":
            points.append((_read_decimal(part.run, region), part.start, part.end, None))
        elif count_digits(part.run) > SHORT or "+" in part.run:
            found = _read_part(text, part, base, region)
            points += found
            base = _last_whole(text, part, found) or base
        elif base and stands_alone(text, part):
            _add_short(points, base, part, region)
    return points


def _last_whole(text: str, part: Part, found: list[_Point]) -> tuple[Reading, str] | None:
    for reading, start, end, _ in reversed(found):
        stem = text[max(start, part.run_start) : min(end, part.run_end)]
        if is_whole(reading, stem):
            return reading, stem
    return None


def _read_part(
    text: str, part: Part, base: tuple[Reading, str] | None, region: str | None
) -> list[_Point]:
    found = read_run(part.run, region)
    if base and _may_continue(text, part, found):
        tail = continue_number(*base, part.run, region)
        if tail:
            return [(tail, part.start, part.end, part.extension)]
    starts = [part.start, *(part.run_start + item.start for item in found[1:])]
    ends = [*starts[1:], part.end]
    readings = [item.reading for item in found]
    if is_fax(text, part):
        readings = [_not_for_voice(reading) for reading in readings]
    extensions = [None] * (len(found) - 1) + [part.extension]
    return list(zip(readings, starts, ends, extensions, strict=True))


def _may_continue(text: str, part: Part, found: list[Found]) -> bool:
    return (
        len(found) == 1
        and found[0].reading.status is not NumberStatus.ambiguous
        and part.run[0] not in "+0("
        and stands_alone(text, part)
    )


def _not_for_voice(reading: Reading) -> Reading:
    callable_kind = reading.status is NumberStatus.valid
    return reading._replace(status=NumberStatus.not_callable_kind) if callable_kind else reading


def _add_short(
    points: list[_Point], base: tuple[Reading, str], part: Part, region: str | None
) -> None:
    """Add up to four digits after a number: one more extension, or a last part to complete."""
    reading, start, _, extension = points[-1]
    if extension:
        points[-1] = (reading, start, part.end, join_extensions(extension, part.run))
    elif tail := continue_number(*base, part.run, region):
        points.append((tail, part.start, part.end, part.extension))


def _read_decimal(run: str, region: str | None) -> Reading:
    """Read `447700900123.0`, which a float column left behind.

    Up to 15 digits a float is exact, so no digit is wrong; but a leading zero or + is gone, and
    with it perhaps the meaning (Italian fixed lines keep their zero, and without it some read as
    somebody's mobile). It counts only if no other spelling gives another number; nothing is added.
    """
    digits = re.split(r"[.,]", run)[0]
    plain = read_number(digits, region)
    if len(digits) > _EXACT or not plain.settled:
        return Reading(NumberStatus.mangled)
    if digits.startswith("+"):
        return plain
    spellings = [plain, read_number("0" + digits, region), read_number("+" + digits, region)]
    readings = tuple(dict.fromkeys(r.e164 for r in spellings if r.settled and r.e164))
    if len(readings) > 1:
        return Reading(NumberStatus.ambiguous, region=plain.region, readings=readings)
    return plain


def _read_rest(text: str, count_parts: int, region: str | None) -> Reading:
    """Read a cell in which nothing has the length of a number: a service number, or nothing."""
    if not _NOT_ZERO.search(text):
        damaged = _SPREADSHEET_ERROR.fullmatch(text.strip())
        return Reading(NumberStatus.mangled if damaged else NumberStatus.missing)
    # Opening hours in two parts would join to something that looks like a number.
    if count_parts != 1:
        return Reading(NumberStatus.invalid)
    return read_number(re.sub(r"\D", "", text), region)
