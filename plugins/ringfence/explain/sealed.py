"""Open rows that were set aside, to see whether the asked number stands in one of them.

Rows with a fault and stops that nobody could match are kept encrypted, under no subject's id. Only
the digits of a cell are compared before it is read: a hundred thousand rows take a few seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from psycopg import Connection
from psycopg.rows import dict_row

from ringfence.clear_text import ending
from ringfence.explain.model import Row
from ringfence.explain.number import Asked
from ringfence.explain.queries import SEALED
from ringfence.keys import Keys
from ringfence.landing.sealed_cells import CellSeal
from ringfence.phones import read_cell

NOT_A_DIGIT = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class SetAside:
    """Hold the rows with the number in a cell; `count_shut` could not be opened with our key."""

    rows: tuple[Row, ...]
    count_shut: int


def find_set_aside(connection: Connection, keys: Keys, asked: Asked) -> SetAside:
    """Return every row set aside in which a cell can be read as the number asked for."""
    found, count_shut = [], 0
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.stream(SEALED):
            sealed = row.pop("cells_encrypted")
            try:
                cells = CellSeal(keys, row["delivery_id"]).open(sealed)
            except InvalidTag:
                count_shut += 1
                continue
            if any(_means(cell, asked) for cell in _texts(cells)):
                found.append(row)
    return SetAside(tuple(found), count_shut)


def _texts(cells: object) -> Iterator[str]:
    match cells:
        case dict():
            for held in cells.values():
                yield from _texts(held)
        case list():
            for held in cells:
                yield from _texts(held)
        case str():
            yield cells


def _means(cell: str, asked: Asked) -> bool:
    """Tell whether a cell can be read as the number, in its own country or as it was asked for."""
    point = asked.point
    if point.e164 is None:
        return cell.strip() == point.raw
    if ending(point.e164) not in NOT_A_DIGIT.sub("", cell):
        return False
    return any(
        point.e164 == read.e164 or point.e164 in read.readings
        for country in {point.region, asked.country, None}
        for read in read_cell(cell, country)
    )
