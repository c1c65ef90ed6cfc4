"""Spread the value of merged cells over the rows they cover; a sheet keeps it in the first only.

The ranges stand behind the data in the sheet's XML. They are found by a search in its bytes, which
costs a small part of what reading the cells does and holds nothing but the ranges.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MOST_RANGES = 50_000
"""A list of people has a few; more is a drawing made of cells."""
_CHUNK = 1024 * 1024
_OVERLAP = 512
_RANGE = re.compile(rb"<(?:[\w.-]+:)?mergeCell\s[^<>]*?ref=[\"']([A-Z]+)(\d+):([A-Z]+)(\d+)[\"']")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class TooManyRangesError(Exception):
    """A sheet holds more merged ranges than we keep."""


@dataclass(slots=True)
class Merged:
    """Hold one range: rows count from 1, columns from 0; `value` once its first row was read."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int
    value: str | None = ""


def ranges_in(sheet: BinaryIO) -> list[Merged]:
    """Return the merged ranges of a sheet's XML, by first row. Raises TooManyRangesError."""
    found: dict[tuple[int, int, int, int], Merged] = {}
    for text in _overlapping(sheet):
        for match in _RANGE.finditer(text):
            left, top, right, bottom = (part.decode("ascii") for part in match.groups())
            place = (int(top), int(bottom), _number(left), _number(right))
            found[place] = Merged(*place)
            if len(found) > MOST_RANGES:
                raise TooManyRangesError
    return sorted(found.values(), key=lambda one: one.first_row)


def _overlapping(sheet: BinaryIO) -> Iterator[bytes]:
    """Yield the XML in pieces that overlap by more than one element, in an ASCII-like encoding."""
    rest = b""
    decoder: codecs.IncrementalDecoder | None = None
    while chunk := sheet.read(_CHUNK):
        if not rest and chunk.startswith(_UTF16):
            decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
        text = decoder.decode(chunk).encode() if decoder else chunk
        yield rest + text
        rest = text[-_OVERLAP:]


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class Spreading:
    """Give each row, in their order, the values of the ranges that cover it."""

    def __init__(self, ranges: list[Merged]) -> None:
        self._coming = ranges[::-1]
        self._active: list[Merged] = []

    def begin(self, row: int) -> None:
        """Leave out the ranges that begin above `row`: titles, and headers over several columns."""
        while self._coming and self._coming[-1].first_row < row:
            self._coming.pop()

    def spread(self, row: int, cells: list[str | None], width: int) -> None:
        """Fill the empty cells of a row that a range covers, none beyond `width`."""
        while self._coming and self._coming[-1].first_row <= row:
            merged = self._coming.pop()
            if merged.first_row == row and merged.first_column < len(cells):
                merged.value = cells[merged.first_column]
                self._active.append(merged)
        if not self._active:
            return
        self._active = [merged for merged in self._active if merged.last_row >= row]
        for merged in self._active:
            last = min(merged.last_column + 1, max(width, len(cells)))
            cells.extend([""] * (last - len(cells)))
            for column in range(merged.first_column, last):
                if cells[column] == "":
                    cells[column] = merged.value
