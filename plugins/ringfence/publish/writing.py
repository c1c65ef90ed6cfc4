"""Write the files of a list beside their final names, flushed to disk, and rename them at once.

A file under its final name is always whole. `.part` files are nobody's; the next list of the
campaign removes them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from uuid import UUID

from psycopg import Connection, sql

from ringfence.home import Home
from ringfence.keys import Keys
from ringfence.publish import commitments
from ringfence.publish.call_list import ListRow, clock_time, harmless, instant, phone_cell
from ringfence.publish.commitments import Commitment, merkle_root, row_commitment, row_salt
from ringfence.publish.list_files import files_of
from ringfence.publish.model import Campaign, Prepared, Run
from ringfence.settings import Settings

FETCH_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """Name one file that lies ready under its temporary name."""

    path: Path
    part: Path
    sha256: str
    size: int
    interval: str | None = None

    def facts(self) -> dict[str, str | int]:
        """Return what a manifest says of the file."""
        told: dict[str, str | int] = {"sha256": self.sha256, "bytes": self.size}
        return told | ({"interval": self.interval} if self.interval else {})


@dataclass(frozen=True, slots=True)
class Written:
    """Name all files of a list that lie ready, and what they commit to."""

    files: tuple[WrittenFile, ...]
    root: bytes
    count_rows: int

    @property
    def call_list(self) -> WrittenFile:
        return self.files[0]

    def discard(self) -> None:
        for file in self.files:
            file.part.unlink(missing_ok=True)


def folder_of(settings: Settings, prepared: Prepared) -> Path:
    """Return where a list lies."""
    return campaign_folder(settings, prepared.run, prepared.campaign)


def campaign_folder(settings: Settings, run: Run, campaign: Campaign) -> Path:
    """Return where a campaign's list of the run's day lies."""
    return Home(settings.home).list_folder(run.call_date, campaign.campaign_id)


def write_parts(
    settings: Settings, connection: Connection, keys: Keys, prepared: Prepared
) -> Written:
    """Write every file of the list, less what was removed, under temporary names."""
    folder = folder_of(settings, prepared)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    remove_parts(folder)
    list_files = files_of(prepared.campaign.dialler, _windows(connection, prepared))
    names = [*(file.name for file in list_files), commitments.FILE_NAME]
    leaves: list[bytes] = []
    try:
        with ExitStack() as stack:
            opened = [stack.enter_context(open_part(folder / name)) for name in names]
            writers = [
                (one, one.dialler.writer(file))
                for one, file in zip(list_files, opened, strict=False)
            ]
            commit = commitments.writer(opened[-1])
            for row, decision_id in kept_rows(connection, prepared):
                for one, write in writers:
                    spelled = one.row(row)
                    if spelled is not None:
                        write(spelled)
                salt = row_salt(keys, prepared.list_id, row.call_ref)
                hashed = row_commitment(salt, str(decision_id), row)
                commit(Commitment(row.call_ref, str(decision_id), salt, hashed))
                leaves.append(hashed)
        intervals = {one.name: one.interval for one in list_files}
        files = tuple(written_file(folder / name, intervals.get(name)) for name in names)
    except BaseException:
        remove_parts(folder)
        raise
    return Written(files, merkle_root(leaves), len(leaves))


def write_part(path: Path, content: bytes) -> WrittenFile:
    """Write one small file under its temporary name."""
    with open_part(path) as file:
        file.write(content.decode())
    return written_file(path)


@contextmanager
def open_part(path: Path) -> Iterator[TextIO]:
    """Open a file under its temporary name, private to its owner; flushed to disk at the end."""
    handle = os.open(_part(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def written_file(path: Path, interval: str | None = None) -> WrittenFile:
    """Measure a file that lies ready under its temporary name."""
    part = _part(path)
    return WrittenFile(path, part, str(file_sha256(part)), part.stat().st_size, interval)


def rename(files: tuple[WrittenFile, ...]) -> None:
    """Give the files their final names, and make the names last."""
    for file in files:
        file.part.replace(file.path)
    sync_folder(files[0].path.parent)


def sync_folder(folder: Path) -> None:
    """Flush the folder itself: a name is only safe once this is done."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_parts(folder: Path) -> None:
    """Remove what an interrupted writing left."""
    for part in folder.glob(".*.part"):
        part.unlink(missing_ok=True)


def file_sha256(path: Path) -> str | None:
    """Return the hash of a file, or None if there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def kept_rows(connection: Connection, prepared: Prepared) -> Iterator[tuple[ListRow, UUID]]:
    """Yield the rows that were not removed, in order of call_ref, with their decisions."""
    valid_until = instant(prepared.valid_until)
    controller = harmless(prepared.campaign.controller_name)
    query = sql.SQL(
        """
        select
            decision_id, call_ref, phone, title, first_name, last_name, company, postcode, city,
            country, language, ground, source, call_windows, call_windows_utc, timezone,
            call_window_start, call_window_end
        from {} as outgoing
        where not exists (
            select from ledger.publication_removals as removals
            where removals.list_id = %s and removals.subject_id = outgoing.subject_id
        )
        order by call_ref collate "C"
        """
    ).format(sql.Identifier(*prepared.outgoing.split(".")))
    with connection.transaction(), connection.cursor(name="kept_rows") as cursor:
        cursor.itersize = FETCH_ROWS
        cursor.execute(query, [prepared.list_id])
        for decision_id, call_ref, phone, *texts, start, end in cursor:
            title, first_name, last_name, company, postcode, city, *rest = map(harmless, texts)
            country, language, ground, source, windows, windows_utc, zone = rest
            yield (
                ListRow(
                    call_ref=call_ref,
                    phone=phone_cell(phone),
                    title=title,
                    first_name=first_name,
                    last_name=last_name,
                    company=company,
                    postcode=postcode,
                    city=city,
                    country=country,
                    language=language,
                    ground=ground,
                    source=source,
                    controller=controller,
                    call_window_start=clock_time(start),
                    call_window_end=clock_time(end),
                    timezone=zone,
                    valid_until=valid_until,
                    campaign_id=prepared.campaign.campaign_id,
                    call_windows=windows,
                    call_windows_utc=windows_utc,
                ),
                decision_id,
            )


def _windows(connection: Connection, prepared: Prepared) -> list[str]:
    """Return the different intervals of the rows that were staged, removed ones included.

    So the files stay the same while looks take rows out.
    """
    query = sql.SQL("select distinct call_windows_utc from {}").format(
        sql.Identifier(*prepared.outgoing.split("."))
    )
    return [str(windows) for (windows,) in connection.execute(query)]


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
