"""Draw telephone numbers from the ranges that regulators reserve for fiction, and from no other.

`number` is pure: the same three arguments always name the same number, so that two files of the
day can speak of one person without sharing any state.
"""

from __future__ import annotations

from functools import cache

from ringfence.phones.fictional import load_ranges

# Coprime to every pool's size, so that neighbours in a file do not have neighbouring numbers.
STRIDE = 6_101
US_AREA_CODES = ("212", "303", "312", "404", "415", "503", "617", "702")
US_LINES = 100
# Digits of the area code behind the trunk 0, by the number's beginning; longest beginning first.
AREA_CODES = {
    "GB": {"1632": 4, "20": 2, "28": 3, "29": 3, "1": 3, "7": 4, "8": 3, "9": 3},
    "DE": {"30": 2, "69": 2, "40": 2, "89": 2, "221": 3, "15": 4, "17": 3},
    "SE": {"70": 2},
    "AU": {"4": 3, "": 1},
}
CALLING_CODES = {"GB": "44", "DE": "49", "FR": "33", "SE": "46", "US": "1", "AU": "61"}


@cache
def _pool(region: str, line_type: str) -> tuple[range, ...]:
    return tuple(
        range(entry.start, entry.end + 1)
        for entry in load_ranges()
        if entry.region == region and entry.line_type == line_type
    )


def number(region: str, line_type: str, index: int) -> str:
    """Return the E.164 number at `index` (0, 1, 2 …) of the region's reserved numbers."""
    if region == "US":
        area = US_AREA_CODES[index % len(US_AREA_CODES)]
        return f"+1{area}55501{index * 37 % US_LINES:02}"
    spans = _pool(region, line_type)
    size = sum(len(span) for span in spans)
    if index >= size:
        raise IndexError(f"{region} has only {size} reserved numbers of the kind {line_type}")
    position = index * STRIDE % size
    for span in spans:
        if position < len(span):
            return f"+{span[position]}"
        position -= len(span)
    raise AssertionError("the position lies inside the pool")


def national(e164: str, region: str) -> str:
    """Write a number as it is written at home: `020 7946 0123`, `06 39 98 01 23`."""
    rest = e164.removeprefix(f"+{CALLING_CODES[region]}")
    if region == "US":
        return f"({rest[:3]}) {rest[3:6]}-{rest[6:]}"
    if region == "FR":
        return " ".join(f"0{rest}"[start : start + 2] for start in range(0, 10, 2))
    area, subscriber = split_area(e164, region)
    if region == "SE":
        return f"{area}-{subscriber[:3]} {subscriber[3:5]} {subscriber[5:]}"
    if region in {"GB", "AU"} and len(subscriber) in {7, 8}:
        return f"{area} {subscriber[:-4]} {subscriber[-4:]}"
    return f"{area} {subscriber}"


def split_area(e164: str, region: str) -> tuple[str, str]:
    """Return the area code with its trunk 0, and the subscriber's part."""
    rest = e164.removeprefix(f"+{CALLING_CODES[region]}")
    length = next(length for begin, length in AREA_CODES[region].items() if rest.startswith(begin))
    return f"0{rest[:length]}", rest[length:]


def written(e164: str, region: str, style: int) -> str:
    """Write a number in one of the ways found in real files, chosen by `style` (any integer)."""
    code = CALLING_CODES[region]
    at_home = national(e164, region)
    ways = (
        at_home,
        e164,
        at_home,
        f"+{code} {at_home.lstrip('0') if region != 'US' else at_home}",
        at_home.replace(" ", ""),
        f"00{e164[1:]}",
    )
    return ways[style % len(ways)]
