"""Find what lies in the folder of a source of objections and is read by nobody.

It may name people who must not be called, so all counts but what transfer tools leave: sidecars of
dates, empty hidden files, and hidden files that a transfer is still writing (`.x.csv.part`,
`.x.csv.Ab3dEf` of rsync).

It is put on record as a rejected delivery that may hold stops, once for the same bytes: lists wait
until these bytes are read, under whatever name, or somebody who looked dismisses them. What is gone
may have been a transfer under way: the file it became begins with its bytes.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID

from psycopg import Connection

from ringfence.clear_text import shown_name
from ringfence.errors import RejectedBatch
from ringfence.home import Home
from ringfence.keys import Keys
from ringfence.landing import batches
from ringfence.landing.batches import (
    HEARD,
    NAME_IT,
    NOT_TAKEN,
    UNHEARD,
    BatchReport,
    Identity,
    is_dismissed,
    name_hash,
)
from ringfence.landing.deliveries import SIDECAR, files_in, fits
from ringfence.registers.sources import Source
from ringfence.settings import Settings

_PART = "filepart|part|partial|tmp|temp|crdownload"
_UNDER_WAY = re.compile(
    rf"\.(?:.*\.)?(?i:{_PART}|swp|lock)"
    r"|\..+\.(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{6}"
    r"|\.nfs[0-9a-f]+|\.DS_Store"
)


# What a transfer calls a file until it is whole.
_PART_OF = re.compile(rf"(?P<whole>.+)\.(?i:{_PART})")
NO_PATTERN = "a file whose name fits no `pattern`"
_BLOCK = 1024 * 1024
_EVER = "infinity"  # whatever was taken back until now


def report_unheard(
    settings: Settings,
    connection: Connection,
    keys: Keys,
    source: Source,
    sources: Iterable[Source],
) -> list[BatchReport]:
    """Put on record what nobody reads in a source's folder; the caller holds the source's lock."""
    reports: list[BatchReport] = []
    lying: set[UUID] = set()
    for path, what in unheard(settings, source, sources):
        told = RejectedBatch(
            f"In the folder of a source of objections lies {what}: nobody reads it, and no list of"
            " its controller leaves.",
            code=UNHEARD,
            where=f"source {source.source_id}, {shown_name(path.name)}",
            remedy=f"{NAME_IT}; or take it out, and have somebody who looked into it approve"
            " `./ringfence retract`",
        )
        sha256, count = _sha256_and_size(path)
        named = _PART_OF.fullmatch(path.name)
        name = name_hash(keys, named["whole"] if named else path.name)
        if _is_read(connection, source, sha256):
            continue
        if looked_into := _dismissed(connection, source, sha256):
            reports.append(
                BatchReport(
                    str(looked_into), source.source_id, "dismissed", reason_code=UNHEARD,
                    reason="Somebody looked into it and dismissed it; it still lies there.",
                )
            )  # fmt: skip
            continue
        batch_id = _recorded(connection, source, path, name, sha256, count, told)
        lying.add(batch_id)
        reports.append(
            BatchReport(
                str(batch_id), source.source_id, "rejected", reason_code=UNHEARD, reason=str(told)
            )
        )
    _answer_what_is_gone(settings, connection, keys, source, lying)
    return reports


def _answer_what_is_gone(
    settings: Settings, connection: Connection, keys: Keys, source: Source, lying: set[UUID]
) -> None:
    """Note which accepted file a transfer became: one of its name that begins with its bytes."""
    waiting = connection.execute(
        """
        select batch_id, name_hash, file_sha256, unheard_bytes from landing.batches
        where source_id = %s and reason_code = %s and has_unread_stops
            and answered_by is null and unheard_bytes is not null
        """,
        [source.source_id, UNHEARD],
    ).fetchall()
    gone = [one for one in waiting if one[0] not in lying]
    if source.delivery.query or not gone:
        return
    folder = Home(settings.home).root / source.delivery.folder
    read = {name_hash(keys, path.name): path for path in files_in(folder) if fits(path, source)}
    for batch_id, name, sha256, count in gone:
        whole = _sha256_if_begun(read[name], sha256, count) if name in read else NOT_TAKEN
        if whole != NOT_TAKEN:
            connection.execute(
                f"""
                update landing.batches as unread set answered_by = good.batch_id
                from landing.batches as good
                where unread.batch_id = %(batch)s and good.file_sha256 = %(whole)s
                    and good.source_id = unread.source_id and good.name_hash = unread.name_hash
                    and good.part = 'rest' and {HEARD}
                    and good.received_at > unread.received_at
                """,
                {"batch": batch_id, "whole": whole, "at": _EVER},
            )


def _sha256_if_begun(path: Path, start: str, count: int) -> str:
    """Return the hash of a file whose first bytes have the hash `start`, NOT_TAKEN of any other."""
    hashed = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while count and (block := file.read(min(count, _BLOCK))):
                hashed.update(block)
                count -= len(block)
            if count or hashed.hexdigest() != start:
                return NOT_TAKEN
            while block := file.read(_BLOCK):
                hashed.update(block)
    except OSError:
        return NOT_TAKEN
    return hashed.hexdigest()


def _is_read(connection: Connection, source: Source, sha256: str) -> bool:
    """Tell whether these bytes were read, under whatever name."""
    return sha256 != NOT_TAKEN and bool(
        connection.execute(
            f"""
            select from landing.batches as good
            where source_id = %(source)s and file_sha256 = %(sha256)s and part = 'rest'
                and {HEARD}
            limit 1
            """,
            {"source": source.source_id, "sha256": sha256, "at": _EVER},
        ).fetchall()
    )


def _dismissed(connection: Connection, source: Source, sha256: str) -> UUID | None:
    """Return the newest batch of these bytes if somebody dismissed them, under whatever name."""
    row = connection.execute(
        f"""
        select batch_id from landing.batches
        where source_id = %s and file_sha256 = %s and file_sha256 <> %s
            and {is_dismissed("batches")}
        order by received_at desc limit 1
        """,
        [source.source_id, sha256, NOT_TAKEN],
    ).fetchone()
    return row[0] if row else None


def _recorded(
    connection: Connection,
    source: Source,
    path: Path,
    name: bytes,
    sha256: str,
    count: int | None,
    told: RejectedBatch,
) -> UUID:
    """Return the batch that stands for these bytes; what has none is asked about anew each time."""
    known = connection.execute(
        """
        select batch_id from landing.batches
        where source_id = %(source)s and name_hash = %(name)s and file_sha256 = %(sha256)s
            and reason_code = %(code)s and answered_by is null and has_unread_stops
        order by received_at desc limit 1
        """,
        {
            "source": source.source_id, "name": name, "sha256": sha256, "code": UNHEARD,
        },
    ).fetchone()  # fmt: skip
    if known:
        found: UUID = known[0]
        return found
    batch_id = batches.open_batch(
        connection,
        Identity(source.source_id, sha256, None, source.mapping_sha256),
        source.controller,
        "rest",
        name_hash=name,
        label=shown_name(path.name),
        may_stop=True,
    )
    batches.reject_batch(connection, batch_id, UNHEARD, str(told), has_unread_stops=True)
    connection.execute(
        "update landing.batches set unheard_bytes = %s where batch_id = %s", [count, batch_id]
    )
    return batch_id


def _sha256_and_size(path: Path) -> tuple[str, int | None]:
    """Return the hash and the size of a file; NOT_TAKEN of what is none or cannot be read."""
    if not path.is_file():
        return NOT_TAKEN, None
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
    except OSError:
        return NOT_TAKEN, None


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


def unclaimed(settings: Settings, sources: Iterable[Source]) -> Iterator[str]:
    """Yield a sentence for each entry of the inbox that lies in the folder of no source in use."""
    home = Home(settings.home)
    folders = {home.root / one.delivery.folder for one in sources if not one.delivery.query}
    if home.inbox in folders or not home.inbox.is_dir():
        return
    for path in sorted(set(home.inbox.iterdir()) - folders):
        if what := _what_is(path, folders):
            kind = "a file" if what == NO_PATTERN else what
            yield (
                f"inbox/{shown_name(path.name)} is {kind}, and no source in use reads it: move it"
                " into the folder of its source, or write or mend the source whose"
                " `delivery.folder` it is; `./ringfence sources check` lists those in use."
            )


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
        return NO_PATTERN
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
