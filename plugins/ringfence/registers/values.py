"""Take dates, numbers, zones and lists of entries out of a register's YAML, with their faults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from ringfence.registers.yaml_marks import Fault, Marked, Section, read_marked


def take_date(section: Section, key: str, *, required: bool = False) -> date | None:
    """Return a date written as 2026-01-15."""
    text = section.text(key, required=required)
    if text is None:
        return None
    # Python also reads 20260115 and 2026-W03-4; a register is read by people.
    with suppress(ValueError):
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return date.fromisoformat(text)
    section.fault(f"`{key}` must be a date such as 2026-01-15", section.line_of(key))
    return None


def take_number(
    section: Section, key: str, *, least: int, most: int, required: bool = False
) -> int | None:
    """Return a whole number between `least` and `most`."""
    text = section.text(key, required=required)
    if text is None:
        return None
    if re.fullmatch(r"\d{1,9}", text) and least <= int(text) <= most:
        return int(text)
    section.fault(f"`{key}` must be a number from {least} to {most}", section.line_of(key))
    return None


def take_zone(section: Section, key: str, *, required: bool = False) -> str | None:
    """Return the name of a time zone."""
    name = section.text(key, required=required)
    if name is None:
        return None
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, KeyError):
        section.fault(f"`{key}` must be a name such as Europe/Berlin", section.line_of(key))
        return None


def entries(section: Section, key: str) -> Iterator[Section]:
    """Yield each entry of the list under `key`."""
    found = section.take(key)
    if found is None:
        return
    if not isinstance(found.value, list):
        section.fault(f"`{key}` must be a list: each entry begins with `- `", found.line)
        return
    for item in found.value:
        yield Section(item, key, section.file, section.faults)


def entries_of_file(file: Path, key: str, faults: list[Fault]) -> Iterator[Section]:
    """Yield each entry of the file's one list, `key`; a file that is not there holds none."""
    if not file.exists():
        return
    marked = read_marked(file, faults)
    if marked is None:
        return
    top = Section(marked, "", file, faults)
    yield from entries(top, key)
    top.close()


def line_of(file: Path, *path: str) -> int:
    """Return the line of a key, for faults that show only beside other registers.

    `path` names the key and those above it; of one that is not there, the nearest above tells.
    """
    found = read_marked(file, [])
    for key in path:
        inner = found.value.get(key) if found and isinstance(found.value, dict) else None
        if not isinstance(inner, Marked):
            break
        found = inner
    return found.line if found else 1
