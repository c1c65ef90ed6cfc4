"""Say where an unmatched stop stands, as somebody finds it: the file, the row, and what of it.

The ledgers keep no name of a file, for it may be about somebody: it is known by what still lies in
the folder of the source.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from psycopg import Connection

from ringfence import clock
from ringfence.clear_text import shown_name
from ringfence.home import Home
from ringfence.keys import Keys, load_keys
from ringfence.landing.batches import name_hash
from ringfence.landing.deliveries import files_in
from ringfence.landing.unmatched import UnmatchedStop
from ringfence.readers import FormatType
from ringfence.readers.row import RowFault
from ringfence.registers.load import load_registers
from ringfence.registers.sources import Source
from ringfence.settings import Settings

_WITH_HEADER = frozenset({FormatType.CSV, FormatType.XLSX})
_FAULTS = frozenset(map(str, RowFault))


@dataclass(frozen=True, slots=True)
class Place:
    """Hold the file as it may be shown, the row as it is counted there, and what is in question."""

    file: str
    row: str
    about: str


def places_of(
    settings: Settings, connection: Connection, stops: Iterable[UnmatchedStop]
) -> dict[UUID, Place]:
    """Return the place of each stop; nothing of what its row holds."""
    listed = list(stops)
    if not listed:
        return {}
    keys = load_keys(settings, connection)
    registers, _ = load_registers(settings.registers, clock.mode(connection))
    sources = {source.source_id: source for source in registers.sources}
    brought = {
        batch_id: (name and bytes(name), modified_at)
        for batch_id, name, modified_at in connection.execute(
            """
            select
                stops.batch_id, coalesce(stops.name_hash, whole.name_hash),
                coalesce(stops.file_modified_at, whole.file_modified_at)
            from landing.batches as stops
            left join landing.batches as whole on stops.delivery_id = whole.batch_id
            where stops.batch_id = any(%s)
            """,
            [[one.batch_id for one in listed]],
        )
    }
    lying = {
        source_id: _lying(settings, keys, sources[source_id])
        for source_id in {one.source_id for one in listed} & sources.keys()
    }
    return {
        one.unmatched_stop_id: Place(
            _file(sources.get(one.source_id), lying.get(one.source_id, {}), *brought[one.batch_id]),
            _row(sources.get(one.source_id), one.row_number),
            about(one.kind),
        )
        for one in listed
    }


def about(kind: str) -> str:
    """Say what of its row a task is about: one row may give several."""
    told = kind.removeprefix("row_").replace("_", " ")
    return f"the row itself: {told}" if kind in _FAULTS else f"its number, read for {told}"


def _lying(settings: Settings, keys: Keys, source: Source) -> dict[bytes, Path]:
    """Return what lies in a source's folder, by what its batches know of a name."""
    folder = Home(settings.home).root / source.delivery.folder
    if source.delivery.query or not folder.is_dir():
        return {}
    return {name_hash(keys, path.name): path for path in files_in(folder)}


def _file(source: Source | None, lying: dict[bytes, Path], name: bytes | None, at: datetime) -> str:
    if source is not None and source.delivery.query:
        return "the answer of its query"
    path = lying.get(name) if name else None
    if path is None:
        return "a file that no longer lies in the folder of the source"
    try:
        changed = datetime.fromtimestamp(path.stat().st_mtime_ns / 1e9, UTC) != at
    except OSError:
        changed = True
    return f"{shown_name(path.name)}{' (written anew since)' if changed else ''}"


def _row(source: Source | None, number: int) -> str:
    has_header = source and source.format.type in _WITH_HEADER and source.format.header
    return f"row {number:,}{' below the header' if has_header else ''}"
