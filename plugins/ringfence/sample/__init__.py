"""Hold the sample day: 2026-11-24 05:00 UTC, invented people, numbers reserved for fiction.

generate.py     writes day/ (committed) from the modules below; each is named for its source
model.py        instant, campaigns, and what a module hands over
reserved_numbers.py  numbers from the reserved ranges; people.py: names nobody bears
place.py        copies day/ into a home's inbox
"""

from ringfence.sample.model import CALL_DATE, INSTANT
from ringfence.sample.place import place

__all__ = ["CALL_DATE", "INSTANT", "place"]
