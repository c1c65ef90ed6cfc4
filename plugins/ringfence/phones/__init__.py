"""Read phone cells into contact points: split first, then parse, never guess.

from ringfence.phones import read_cell
read_cell("01632 960300-301", "GB")    # two points, both fictional
"""

from ringfence.phones.cells import read_cell, read_cells
from ringfence.phones.countries import normalise_country
from ringfence.phones.points import ContactPoint, NumberStatus

__all__ = ["ContactPoint", "NumberStatus", "normalise_country", "read_cell", "read_cells"]
