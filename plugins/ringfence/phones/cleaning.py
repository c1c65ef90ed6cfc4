"""Make a cell plain: ASCII digits and signs, ordinary blanks, nothing invisible."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_LINE_BREAKS = frozenset("\n\r\v\f\x85\u2028\u2029•●▪◦")
# Letters by Unicode's reckoning, blanks by the eye; U+FFA0 stands in real Maltese numbers.
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_TWINS = {"\u2212": "-", "\u2044": "/", "\u2215": "/", "·": ".", "、": ",", "،": ",", "؛": ";"}


def clean(cell: str) -> tuple[str, Sequence[int]]:
    """Return the plain text and, for each of its characters, the place it had in `cell`."""
    if cell.isascii() and cell.isprintable():
        return cell, range(len(cell))
    text: list[str] = []
    places: list[int] = []
    for place, character in enumerate(cell):
        if plain := _plain(character):
            text.append(plain)
            places.append(place)
    return "".join(text), places


@lru_cache(maxsize=1024)
def _plain(character: str) -> str:
    if character in _LINE_BREAKS:
        return "\n"
    if character in _FILLERS:
        return " "
    if character in _TWINS:
        return _TWINS[character]
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in ("Cf", "Mn", "Me"):
        return ""
    if category[0] in "ZC":
        return " "
    if category == "Pd":
        return "-"
    if "\uff01" <= character <= "\uff5e":
        return chr(ord(character) - 0xFEE0)
    return character
