"""Read a number that its own country does not have as each other country would."""

from __future__ import annotations

from ringfence.phones.cells import read_cell
from ringfence.phones.countries import list_regions
from ringfence.phones.points import NumberStatus


def readings_elsewhere(cell: str) -> tuple[str, ...]:
    """Return each number that a cell may mean in some country with a policy, each once.

    Nobody is called in any other country, so a number of one needs no stop.
    """
    found: dict[str, None] = {}
    for region in list_regions():
        for point in read_cell(cell, region):
            settled = [point.e164] if point.status is not NumberStatus.invalid else []
            found.update((number, None) for number in (*settled, *point.readings) if number)
    return tuple(found)
