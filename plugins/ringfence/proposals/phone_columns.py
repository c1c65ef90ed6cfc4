"""Tell which columns of a file hold phone numbers, and say how each was found.

A header that speaks of phones is believed if its cells have the shape; any other column of a file
with headers is one more if its cells read as numbers of the file's country. It is better asked
whether such a column is a fax than lost: whom a number of it would stop could then still be called.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ringfence.counted import counted
from ringfence.proposals.column_profile import ALL_CELLS, Profile, percent
from ringfence.proposals.header_words import is_a_phone
from ringfence.proposals.kind_words import is_in_any_kind
from ringfence.registers.yaml_marks import spelt

PHONE_BY_HEADER = 0.5
PHONE_BY_CONTENT = 0.8
LONG_ENOUGH = 8
"""Digits; shorter figures are phone numbers only under a header that says so."""
_GROUPED = re.compile(r"\+?\(?\d+(?:[\s()/-]+\d+)+|\d+(?:\.\d+){2,}")
"""Two groups or more; with a single point it is a decimal figure."""
COORDINATE = re.compile(r"-?\d{1,3}\.\d{3,}")

Named = dict[str, list[str]]
Context = tuple[str | None, str | None]
"""The one country of a file's numbers, or the column of each row's."""


def named_phones(profile: Profile, named: Named) -> list[str]:
    """Return the columns that are called phones and look like it, or may tomorrow."""
    area = named.get("area_code")
    phones = [c for c in named.get("phone", ()) if area or _has_shape(profile, c)]
    for role in ("mobile", "bare_number"):
        phones += [c for c in named.get(role, ()) if _has_shape(profile, c)]
    # What is empty today may hold a number tomorrow, under a header that can mean nothing else.
    phones += [
        c
        for c in (*named.get("phone", ()), *named.get("mobile", ()))
        if c not in phones and not profile.cells(c) and is_a_phone(c)
    ]
    return phones


def _has_shape(profile: Profile, column: str) -> bool:
    return profile.looks_like_numbers(column) >= PHONE_BY_HEADER


def unnamed_phones(
    profile: Profile, named: Named, phones: list[str], taken: Iterable[str]
) -> list[str]:
    """Return the other columns whose cells are written like phone numbers, the likeliest first."""
    are_others_bare = any(profile.cells(c) and not _starts_like_one(profile, c) for c in phones)
    found = [
        column
        for column in long_figures(profile, named, (*taken, *phones))
        if _starts_like_one(profile, column)
        or (phones and (are_others_bare or _is_grouped(profile, column)))
    ]
    return sorted(found, key=lambda column: _plainness(profile, column))


def long_figures(profile: Profile, named: Named, taken: Iterable[str]) -> list[str]:
    """Return the columns of figures long enough for phone numbers and called nothing else."""
    left = {*taken}
    for role in ("fax", "area_code", "source_record_id", "no_phone"):
        left |= {*named.get(role, ())}
    return [
        column
        for column in profile.columns
        if column not in left
        and not is_in_any_kind(column)
        and profile.looks_like_numbers(column) >= PHONE_BY_CONTENT
        and _is_long_enough(profile, column)
    ]


def _starts_like_one(profile: Profile, column: str) -> bool:
    """Tell phone numbers from other figures; those of some countries lack a zero in front."""
    cells = profile.cells(column)
    return sum(cell.startswith(("0", "+", "(")) for cell in cells) > len(cells) / 2


def _is_long_enough(profile: Profile, column: str) -> bool:
    digits = sorted(sum(map(str.isdigit, cell)) for cell in profile.cells(column))
    return (
        digits[len(digits) // 2] >= LONG_ENOUGH
        and profile.share(column, COORDINATE) < PHONE_BY_HEADER
    )


def _is_grouped(profile: Profile, column: str) -> bool:
    return profile.share(column, _GROUPED) > PHONE_BY_HEADER


def _plainness(profile: Profile, column: str) -> int:
    """Count bare figures: the fewer, the more a column is written like phone numbers."""
    return sum(cell.isdigit() for cell in profile.cells(column))


def told_by_header(profile: Profile, column: str, context: Context) -> str:
    """Say of a column that was found by its header how much of it reads."""
    if not profile.cells(column):
        return "CHECK: found by header; it holds no number yet"
    if profile.read_share(column, *context, ALL_CELLS) < PHONE_BY_HEADER:
        return f"CHECK: found by header, but {_share(profile, column, context)}"
    return f"found by header; {_share(profile, column, context)}"


def told_by_content(profile: Profile, column: str, context: Context) -> str:
    """Say of a column that was found by its cells how much of it reads."""
    return f"found by content; {_share(profile, column, context)}"


def told_further(profile: Profile, column: str, context: Context) -> str:
    """Ask about a column that was added to the others by its cells alone."""
    return f"CHECK: {told_by_content(profile, column, context)}; a fax, or somebody else's number?"


def asked(profile: Profile, column: str, context: Context) -> str:
    """Ask about a column that is not read as a phone and may be one."""
    share = _share(profile, column, context)
    return f"CHECK: {spelt(column)}: {share}: is it a phone too, or a fax?"


def contradicted(
    profile: Profile, named: Named, phones: list[str], context: Context
) -> dict[str, str]:
    """Return what to say of each column that is called like a phone and holds none."""
    return {
        column: f"CHECK: {spelt(column)} is called like a phone, but"
        f" {_share(profile, column, context)}: it is not read."
        for role in ("phone", "mobile")
        for column in named.get(role, ())
        if column not in phones and profile.cells(column)
    }


def _share(profile: Profile, column: str, context: Context) -> str:
    filled, rows = len(profile.cells(column, ALL_CELLS)), counted(len(profile.sample), "row")
    share = percent(profile.read_share(column, *context, ALL_CELLS))
    return f"{share} of its filled cells ({filled:,} of {rows} looked at) read as numbers"
