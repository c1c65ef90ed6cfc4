"""Put the sample day where a home expects deliveries."""

from __future__ import annotations

from pathlib import Path

from ringfence.home import Home, write_atomically

DAY = Path(__file__).parent / "day"
EXPECTED = "expected.csv"


def place(home: Home) -> list[Path]:
    """Copy the day's files into `inbox/<source_id>/`; a file that is there already stays.

    Returns the files that were new. Each appears whole: it is renamed into place.
    """
    placed = []
    for file in sorted(DAY.glob("*/*")):
        target = home.inbox / file.parent.name / file.name
        if not target.exists():
            write_atomically(target, file.read_bytes())
            placed.append(target)
    return placed
