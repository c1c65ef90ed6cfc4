"""Read a number that its own country does not have as each other country would.

To read a cell in full costs as much for each of some ninety countries as for its own. So before a
country is asked, its plan in the metadata of `phonenumbers` says whether it can have any such
number: whatever a reading could take for one is tried as dialled there, abroad and from abroad.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

from rphonenumbers import PhoneNumber, is_possible_number, number_type

from ringfence.phones.cells import read_cell
from ringfence.phones.cleaning import clean
from ringfence.phones.countries import list_regions
from ringfence.phones.fictional import find_range
from ringfence.phones.parts import Part, split
from ringfence.phones.points import NumberStatus

_GROUP = re.compile(r"\d+")
_Group = re.Match[str]
_TYPES = (
    "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan",
    "voicemail", "fixed_line", "mobile",
)  # fmt: skip
_SIDE_BY_SIDE = 14  # digits from which on a run may hold several numbers
_UNKNOWN = 99
_LONGEST = 17  # digits behind a calling code that the libraries read
_MOST_GROUPS = 12  # in a cell; with more of them each country reads it in full


def readings_elsewhere(cell: str) -> tuple[str, ...]:
    """Return each number that a cell may mean in some country with a policy, each once.

    Nobody is called in any other country, so a number of one needs no stop.
    """
    found: dict[str, None] = {}
    for region in _regions_to_ask(cell):
        found.update(dict.fromkeys(readings_in(cell, region)))
    return tuple(found)


def readings_in(cell: str, region: str) -> Iterator[str]:
    """Yield each number that a cell may mean in a country."""
    for point in read_cell(cell, region):
        settled = [point.e164] if point.status is not NumberStatus.invalid else []
        yield from (number for number in (*settled, *point.readings) if number)


def _regions_to_ask(cell: str) -> Iterable[str]:
    """Return the countries that may find a number in a cell, in their order."""
    regions = list_regions()
    texts = _texts(cell)
    if texts is None:
        return regions
    able = {region for text in texts for region in _regions_of(text.digits)}
    if any(_may_be_from_abroad(text) for text in texts):
        # A number in full is the same one everywhere: one country's word on it is all others'.
        other = next((region for region in regions if region not in able), None)
        if other is None or any(readings_in(cell, other)):
            return regions
    return [region for region in regions if region in able]


class _Text(NamedTuple):
    """Hold the digits of a piece of a cell that may be read as one number."""

    digits: str
    is_abroad: bool


def _texts(cell: str) -> set[_Text] | None:
    """Return all that a reading asks for in a cell in which it finds nothing; None: too many.

    That is each run, and what of it stands before a dash or a bracket; where several numbers may
    stand side by side or behind slashes, any row of its groups.
    """
    text, _ = clean(cell)
    found = {_Text("".join(_GROUP.findall(text)), is_abroad=False)}
    for part in split(text):
        groups = list(_GROUP.finditer(part.run))
        if len(groups) > _MOST_GROUPS:
            return None
        for first, last in _pieces(part, groups):
            piece = part.run[first.start() : last.end()]
            is_abroad = first is groups[0] and "+" in part.run
            for spelling in {piece, piece.replace("(0)", "")}:
                found.add(_Text("".join(_GROUP.findall(spelling)), is_abroad))
    return found


def _pieces(part: Part, groups: list[_Group]) -> Iterator[tuple[_Group, _Group]]:
    """Yield the first and the last group of each piece of a run that may be read by itself."""
    if "/" in part.run or sum(map(str.isdigit, part.run)) >= _SIDE_BY_SIDE:
        yield from combinations_with_replacement(groups, 2)
        return
    ends = ".," if part.kind == "decimal" else "-("
    for last, after in zip(groups, [*groups[1:], None], strict=True):
        if after is None or set(ends) & set(part.run[last.end() : after.start()]):
            yield groups[0], last


class _Dialling(NamedTuple):
    """Hold how numbers are dialled: abroad, and at home behind a trunk prefix."""

    abroad: re.Pattern[str] | None
    trunk: re.Pattern[str] | None
    rule: str | None


def _metadata(code: int, region: str) -> Any:
    from phonenumbers import PhoneMetadata

    return PhoneMetadata.metadata_for_region_or_calling_code(code, region)


@cache
def _codes() -> dict[str, tuple[str, ...]]:
    """Return each calling code's regions, its main one first; `001` is none of any region."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    return {str(code): regions for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()}


def _dialling(code: str, region: str) -> _Dialling:
    metadata = _metadata(int(code), region)
    abroad, trunk = metadata.international_prefix, metadata.national_prefix_for_parsing
    return _Dialling(
        re.compile(abroad) if abroad else None,
        re.compile(trunk) if trunk else None,
        metadata.national_prefix_transform_rule,
    )


@cache
def _main_dialling(code: str) -> _Dialling:
    return _dialling(code, _codes()[code][0])


@cache
def _diallings() -> dict[_Dialling, dict[str, list[str]]]:
    """Return every way to dial in the countries with a policy, with its codes and their regions."""
    wanted, found = set(list_regions()), dict[_Dialling, dict[str, list[str]]]()
    for code, regions in _codes().items():
        for region in wanted.intersection(regions):
            same = found.setdefault(_dialling(code, region), {})
            same.setdefault(code, []).append(region)
    return found


def _regions_of(digits: str) -> Iterator[str]:
    """Yield the countries where digits may be dialled to reach a number."""
    for dialling, codes in _diallings().items():
        abroad = dialling.abroad.match(digits) if dialling.abroad else None
        is_abroad = abroad is not None and _is_in_full(digits[abroad.end() :])
        at_home = _without_trunk(dialling, digits)
        for code, regions in codes.items():
            nationals = at_home
            if digits.startswith(code):
                nationals = at_home | _without_trunk(dialling, digits[len(code) :])
            if is_abroad or any(_is_number(code, one) for one in nationals):
                yield from regions


def _without_trunk(dialling: _Dialling, digits: str) -> set[str]:
    """Return digits with and without the trunk prefix; a reading may take it off twice."""
    found = {digits}
    for _ in range(2):
        match = dialling.trunk.match(digits) if dialling.trunk else None
        if not match:
            break
        is_changed = dialling.rule and match.lastindex and match[match.lastindex] is not None
        before = match.expand(dialling.rule) if dialling.rule and is_changed else ""
        digits = before + digits[match.end() :]
        found.add(digits)
    return found


def _may_be_from_abroad(text: _Text) -> bool:
    return (text.is_abroad and _is_in_full(text.digits)) or (
        text.digits.startswith("00") and _is_in_full(text.digits[2:])
    )


def _is_in_full(digits: str) -> bool:
    """Tell whether digits are a number behind its calling code."""
    code = next((digits[:size] for size in (1, 2, 3) if digits[:size] in _codes()), None)
    if code is None:
        return False
    nationals = _without_trunk(_main_dialling(code), digits[len(code) :])
    return any(_is_number(code, one) for one in nationals)


def _is_number(code: str, national: str) -> bool:
    """Tell whether either library knows a number, or fiction has it."""
    if len(national) not in _lengths(code):
        return False
    zeros = len(national) - len(national.lstrip("0"))
    number = PhoneNumber(int(code), int(national), None, zeros > 0 or None, zeros or None)
    return (
        number_type(number) != _UNKNOWN
        or _plan(code).match(national) is not None
        or find_range(f"+{code}{national}") is not None
    )


@cache
def _lengths(code: str) -> frozenset[int]:
    """Return how many digits stand behind a calling code, by what either library has of it."""
    described = (_metadata(int(code), region).general_desc for region in _codes()[code])
    lengths = {length for one in described for length in one.possible_length}
    tried = range(2, _LONGEST + 1)
    return frozenset(lengths).union(
        size for size in tried if is_possible_number(PhoneNumber(int(code), 10 ** (size - 1)))
    )


@cache
def _plan(code: str) -> re.Pattern[str]:
    """Return what every number behind a calling code fits, and nothing else does."""
    plans = []
    for region in _codes()[code]:
        metadata = _metadata(int(code), region)
        kinds = "|".join(filter(None, (_pattern(getattr(metadata, kind)) for kind in _TYPES)))
        plans.append(f"(?={_pattern(metadata.general_desc)})(?:{kinds})")
    return re.compile("|".join(plans))


def _pattern(description: Any) -> str | None:
    if description is None or not description.national_number_pattern:
        return None
    lengths = "|".join(f".{{{length}}}$" for length in description.possible_length if length > 0)
    return f"(?={lengths})(?:{description.national_number_pattern})$" if lengths else None
