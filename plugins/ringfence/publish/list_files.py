"""Name the files of a list: one for each format, or one for each interval where a row has a break.

call_list.csv                                    every row once, with all its intervals
vicidial.txt                                     the dialler's own, while no row of the list breaks
vicidial_20261124T0900Z-20261124T1200Z.txt …     else one for each interval, named for it in UTC

Diallers hold one interval for a list. A row stands in the file of each of its intervals, with that
interval's hours alone, so a file may be loaded at its beginning and must be taken out at its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ringfence.publish.call_list import SEPARATOR, ListRow
from ringfence.publish.diallers import DIALLERS, GENERIC, Dialler, formats_of

INTERVAL_IN_NAME = re.compile(r"_\d{8}T\d{4}Z-\d{8}T\d{4}Z")


@dataclass(frozen=True, slots=True)
class ListFile:
    """Name one file with rows; without an `interval` (UTC, as in `call_windows_utc`) it has all."""

    name: str
    dialler: Dialler
    interval: str | None = None

    def row(self, row: ListRow) -> ListRow | None:
        """Return the row as it stands in this file, or None if it does not."""
        if self.interval is None:
            return row
        intervals = row.call_windows_utc.split(SEPARATOR)
        if self.interval not in intervals:
            return None
        hours = row.call_windows.split(SEPARATOR)[intervals.index(self.interval)]
        start, _, end = hours.partition("-")
        return row._replace(
            call_window_start=start,
            call_window_end=end,
            call_windows=hours,
            call_windows_utc=self.interval,
        )


def files_of(dialler: str, windows: Iterable[str]) -> tuple[ListFile, ...]:
    """Return the files of a list, the generic one first; `windows` are its rows' intervals."""
    told = set(windows)
    is_broken = any(SEPARATOR in one for one in told)
    intervals: list[str | None] = [None]
    if is_broken:
        intervals = [*sorted({interval for one in told for interval in one.split(SEPARATOR)})]
    generic, *own = formats_of(dialler)
    return (
        ListFile(generic.file_name, generic),
        *(
            ListFile(_name_of(one.file_name, interval), one, interval)
            for one in own
            for interval in intervals
        ),
    )


def list_files_in(folder: Path) -> frozenset[str]:
    """Return the name of every file in a folder that can hold rows of a list."""
    known = {dialler.file_name for dialler in (GENERIC, *DIALLERS.values()) if dialler}
    if not folder.is_dir():
        return frozenset()
    names = (path.name for path in folder.iterdir())
    return frozenset(name for name in names if INTERVAL_IN_NAME.sub("", name) in known)


def _name_of(file_name: str, interval: str | None) -> str:
    if interval is None:
        return file_name
    stem, _, ending = file_name.rpartition(".")
    start, end = (_compact(instant) for instant in interval.split("/"))
    return f"{stem}_{start}-{end}.{ending}"


def _compact(instant: str) -> str:
    """Return an instant as a file's name can hold it: to the minute, without punctuation."""
    day, _, at = instant.partition("T")
    hour, minute, *_ = at.split(":")
    return f"{day.replace('-', '')}T{hour}{minute}Z"
