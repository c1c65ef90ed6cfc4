"""Find what lies in the folder of a source of objections and is read by nobody.

It may name people who must not be called, so all counts but what transfer tools leave: sidecars of
dates, empty hidden files, and hidden files that a transfer is still writing (`.x.csv.part`,
`.x.csv.Ab3dEf` of rsync).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ringfence.home import Home
from ringfence.landing.deliveries import SIDECAR, files_in, fits
from ringfence.registers.sources import Source
from ringfence.settings import Settings

_UNDER_WAY = re.compile(
    r"\.(?:.*\.)?(?i:filepart|part|partial|tmp|temp|crdownload|swp|lock)"
    r"|\..+\.(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{6}"
    r"|\.nfs[0-9a-f]+|\.DS_Store"
)


def unheard(
    settings: Settings, source: Source, sources: Iterable[Source]
) -> Iterator[tuple[Path, str]]:
    """Yield what nobody reads in a source's folder, and what it is in words."""
    if source.delivery.query:
        return
    root = Home(settings.home).root
    folder = root / source.delivery.folder
    others = [one for one in sources if not one.delivery.query]
    readers = [one for one in others if root / one.delivery.folder == folder]
    read = {path for path in files_in(folder) if any(fits(path, one) for one in readers)}
    folders = {root / one.delivery.folder for one in others}
    for path in sorted(set(folder.iterdir()) - read):
        if what := _what_is(path, folders):
            yield path, what


def _what_is(path: Path, folders: set[Path]) -> str:
    """Say what an unread entry is, '' for one that may lie there."""
    if path.name.endswith(SIDECAR):
        return ""
    if path.is_dir():
        return "a folder with files in it" if _holds_files(path, folders) else ""
    if not path.exists():
        return "a link to nothing" if path.is_symlink() else ""
    if not path.is_file():
        return "something that is no ordinary file"
    if not path.name.startswith("."):
        return "a file whose name fits no `pattern`"
    if _UNDER_WAY.fullmatch(path.name) or path.stat().st_size == 0:
        return ""
    return "a hidden file"


def _holds_files(folder: Path, folders: set[Path]) -> bool:
    """Tell whether a folder holds a file, those of other sources apart."""
    for place, inner, files in os.walk(folder):
        inner[:] = [name for name in inner if Path(place) / name not in folders]
        if files and Path(place) not in folders:
            return True
    return False
