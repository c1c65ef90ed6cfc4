"""Find what waits for a source: files in its folder, or one query over a connection.

Each arrival is copied aside first (a sender may replace a file while we read), hashed, and given
its date: an operator's word, else the file name, a sidecar, or a column of the first row. The file
system's time, which a copy changes, only tells that the sender was heard.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import partial
from itertools import islice
from pathlib import Path

from ringfence.clear_text import shown_name
from ringfence.errors import RejectedBatch
from ringfence.home import Home
from ringfence.landing.times import read_event_time
from ringfence.readers import (
    NO_ROWS,
    Delivery,
    FormatSpec,
    FormatType,
    Row,
    read_rows,
    read_table,
    take_snapshot,
)
from ringfence.registers.sources import Source, compile_map
from ringfence.settings import Settings, connection_url

SIDECAR = ".published_at"
LONGEST_DATE = 200
Resolve = Callable[[str], str]


@dataclass(frozen=True)
class Waiting:
    """Name what waits; `take` copies it aside or raises RejectedBatch."""

    name: str
    take: Callable[[], Arrival]

    @property
    def label(self) -> str:
        """Return the name as it may stand in a message."""
        return shown_name(self.name)


@dataclass(frozen=True)
class Arrival:
    """Hold one delivery ready to be read; `close` forgets our copy of it."""

    name: str
    """As the sender gave it, to know a delivery again; it may hold a number: show `label`."""
    sha256: str
    published_at: datetime | None
    modified_at: datetime | None  # None for a query: it is sent when it is asked
    rows: Callable[[Collection[str]], Iterator[Row]]
    close: Callable[[], None]

    @property
    def label(self) -> str:
        """Return the name as it may stand in a message."""
        return shown_name(self.name)


def arrivals(
    settings: Settings,
    source: Source,
    published_at: datetime | None = None,
    resolve: Resolve = connection_url,
) -> Iterator[Waiting]:
    """Yield what waits, oldest date first; of one date, or of none, what was sent first.

    Files without a date come last; those of one time by name, `export_9` before `export_10`.

    `resolve` turns a connection id into a postgresql:// URL; under Airflow it asks Airflow.
    """
    # What a killed run has copied aside holds people's data; the caller has the source's lock.
    shutil.rmtree(_reading(settings, source), ignore_errors=True)
    if source.delivery.query:
        name = f"query of {source.source_id}"
        yield Waiting(name, lambda: _from_query(settings, source, published_at, resolve))
        return
    folder = Home(settings.home).root / source.delivery.folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = [
        (_date_of(path, source, published_at), path)
        for path in files_in(folder)
        if fits(path, source)
    ]
    latest = datetime.max.replace(tzinfo=UTC)

    def order(item: tuple[datetime | None, Path]) -> tuple[object, ...]:
        dated, path = item
        return dated or latest, _modified_ns(path), _natural(path.name), path.name

    for dated, path in sorted(found, key=order):
        yield Waiting(path.name, partial(_from_file, settings, source, path, dated))


def files_in(folder: Path) -> list[Path]:
    """Return what may be a delivery, by name; links to files are files."""
    return [
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.endswith(SIDECAR) and not path.name.startswith(".")
    ]


def _modified_ns(path: Path) -> int:
    """Return when a file was written; one that is gone meanwhile is told when it is taken."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _natural(name: str) -> list[tuple[str, int]]:
    """Return a name's words and numbers, to be put in the order that a person would."""
    return [(word.casefold(), int(digits or 0)) for word, digits in re.findall(r"(\D*)(\d*)", name)]


def fits(path: Path, source: Source) -> bool:
    """Tell whether a source reads a file; `Day.CSV` is a `*.csv`."""
    return fnmatchcase(path.name.casefold(), source.delivery.pattern.casefold())


def _reading(settings: Settings, source: Source) -> Path:
    return Home(settings.home).root / "reading" / source.source_id


def _from_file(settings: Settings, source: Source, path: Path, dated: datetime | None) -> Arrival:
    copy = take_snapshot(path, _reading(settings, source))
    if dated is None and source.delivery.published_at:
        dated = _date_in_column(copy, source)
    return Arrival(
        name=path.name,
        sha256=copy.sha256,
        published_at=dated,
        modified_at=copy.modified_at,
        rows=lambda needed: read_rows(
            copy.path, source.format, needed, compile_map(source).columns_read
        ),
        close=lambda: copy.path.unlink(missing_ok=True),
    )


def _date_of(path: Path, source: Source, word: datetime | None) -> datetime | None:
    plan = source.delivery.published_at
    if word or not plan:
        return word
    if plan.way == "file_name":
        try:
            return datetime.strptime(path.name, plan.value).replace(tzinfo=UTC)
        except ValueError:
            return None
    if plan.way == "sidecar":
        return _published(_said_in(path.with_name(path.name + SIDECAR)), source)
    return None


def _said_in(sidecar: Path) -> str:
    """Return the first words of a sidecar, '' without one; a pipe there would never answer."""
    if not sidecar.is_file():
        return ""
    try:
        with sidecar.open(encoding="utf-8", errors="replace") as file:
            return file.read(LONGEST_DATE)
    except OSError:
        return ""


def _date_in_column(copy: Delivery, source: Source) -> datetime | None:
    plan = source.delivery.published_at
    if plan is None or plan.way != "column":
        return None
    try:
        first = next(islice(read_rows(copy.path, source.format, (), (plan.value,)), 1), None)
    except RejectedBatch:
        return None  # the loader meets the same fault, and reports it
    text = first.cells.get(plan.value, "") if first else ""
    return _published(text, source)


def _published(text: str, source: Source) -> datetime | None:
    zone = source.timezone or "UTC"
    return read_event_time(text, zone, is_stop=True, dates=source.dates).at


def _from_query(
    settings: Settings, source: Source, published_at: datetime | None, resolve: Resolve
) -> Arrival:
    """Write the query's rows to a file of ours first: what was read can then be hashed and kept."""
    folder = _reading(settings, source)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    raw = folder / f"{source.source_id}.query.jsonl"
    needed = compile_map(source).columns_needed
    connection_id = str(source.delivery.connection)
    rows = read_table(
        resolve(connection_id), str(source.delivery.query), needed, name=connection_id
    )
    nothing: RejectedBatch | None = None
    try:
        with raw.open("w", encoding="utf-8") as file:
            raw.chmod(0o600)
            try:
                for row in rows:
                    file.write(json.dumps(row.cells, ensure_ascii=False) + "\n")
            except RejectedBatch as rejection:
                if rejection.code != NO_ROWS:
                    raise
                nothing = rejection
        copy = take_snapshot(raw, folder)
    finally:
        raw.unlink(missing_ok=True)

    def read(needed: Collection[str]) -> Iterator[Row]:
        if nothing:
            raise nothing
        return read_rows(copy.path, FormatSpec(FormatType.JSON_LINES), needed)

    return Arrival(
        name=f"query of {source.source_id}",
        sha256=copy.sha256,
        published_at=published_at,
        modified_at=None,
        rows=read,
        close=lambda: copy.path.unlink(missing_ok=True),
    )
