"""Take erased rows out of the files of a list that was published, so that it still verifies.

The rows leave every file and their salts leave `commitments.csv`; what the manifest signed stays as
it is. `erasures.json`, signed, names the call references and the hashes of the files as they are
now: `verify` then says how many rows were erased, and that the rest is what was published.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Connection

from ringfence import clock
from ringfence.home import Home
from ringfence.keys import Keys
from ringfence.publish import archive, commitments
from ringfence.publish.call_list import COLUMNS, SEPARATOR, ListRow
from ringfence.publish.diallers import GENERIC
from ringfence.publish.list_files import files_of
from ringfence.publish.manifest import FILE_NAME, instant
from ringfence.publish.recall_files import rewrite_recall
from ringfence.publish.writing import WrittenFile, open_part, rename, write_part, written_file
from ringfence.settings import Settings
from ringfence.signing import sign

FORMAT = "ringfence erasures 1"


def erase_rows(
    settings: Settings,
    connection: Connection,
    keys: Keys,
    subject_ids: Iterable[UUID],
    *,
    receipt_id: UUID,
) -> int:
    """Erase the subjects' rows from every list file there is; returns how many rows that were.

    Records each removal as `erasure`. The caller holds `publish:<campaign>` of the campaigns
    concerned and has an autocommit session; a repeat after a crash finishes the files.
    """
    rows = connection.execute(
        """
        select rows.list_id, rows.subject_id, rows.call_ref, lists.campaign_id, lists.call_date,
            lists.edition
        from ledger.publication_rows as rows
        inner join ledger.current_publications as lists using (list_id)
        where rows.subject_id = any(%s) and lists.status not in ('prepared', 'voided')
        order by rows.list_id
        """,
        [list(subject_ids)],
    ).fetchall()
    gone: dict[tuple[UUID, Path, int], set[str]] = {}
    for list_id, _, call_ref, campaign_id, call_date, edition in rows:
        folder = Home(settings.home).list_folder(call_date, campaign_id)
        gone.setdefault((list_id, folder, edition), set()).add(call_ref)
    for (list_id, folder, edition), call_refs in gone.items():
        _rewrite(connection, keys, list_id, folder, edition, call_refs, receipt_id)
    for list_id, subject_id, *_ in rows:
        connection.execute(
            "insert into ledger.publication_removals values (%s, %s, 'erasure', ledger.now())"
            " on conflict do nothing",
            [list_id, subject_id],
        )
    for list_id, folder, _ in gone:
        rewrite_recall(connection, folder, list_id)
    return len(rows)


def _rewrite(
    connection: Connection,
    keys: Keys,
    list_id: UUID,
    folder: Path,
    edition: int,
    call_refs: set[str],
    receipt_id: UUID,
) -> None:
    """Write the files of one edition anew without some rows, and the note of it."""
    in_place = archive.read_manifest(folder).get("list_id") == str(list_id)

    def named(name: str) -> Path:
        return folder / (name if in_place else archive.name_of_edition(name, edition))

    if not named(FILE_NAME).exists():
        return
    manifest = named(FILE_NAME).read_bytes()
    note = named(archive.ERASURES)
    if note.exists():
        call_refs = call_refs | set(json.loads(note.read_bytes())["call_refs"])
    lines = list(commitments.read(named(commitments.FILE_NAME)))
    call_refs &= {line.call_ref for line in lines}
    if not call_refs:
        return
    files = {commitments.FILE_NAME: _commitments(named(commitments.FILE_NAME), lines, call_refs)}
    if in_place and (folder / GENERIC.file_name).exists():
        files |= _lists(folder, json.loads(manifest), call_refs)
    document = {
        "format": FORMAT,
        "list_id": str(list_id),
        "manifest_sha256": hashlib.sha256(manifest).hexdigest(),
        "receipt_id": str(receipt_id),
        "recorded_at": instant(clock.now(connection)),
        "call_refs": sorted(call_refs),
        "files": {name: file.facts() for name, file in files.items()},
    }
    # The note first: with it and the old files, or with both new, nothing passes for unchanged.
    rename((write_part(note, sign(document, keys)),))
    rename(tuple(files.values()))


def _commitments(
    path: Path, lines: list[commitments.Commitment], call_refs: set[str]
) -> WrittenFile:
    with open_part(path) as file:
        write = commitments.writer(file)
        for line in lines:
            write(line.erased() if line.call_ref in call_refs else line)
    return written_file(path)


def _lists(folder: Path, manifest: dict[str, Any], call_refs: set[str]) -> dict[str, WrittenFile]:
    """Write the row files anew from the generic one, which holds every column."""
    intervals = [str(told["interval"]) for told in manifest["files"].values() if "interval" in told]
    list_files = files_of(manifest["dialler"], [SEPARATOR.join(intervals)] if intervals else [])
    for one in list_files:
        with (
            (folder / GENERIC.file_name).open(encoding="utf-8", newline="") as old,
            open_part(folder / one.name) as new,
        ):
            write = one.dialler.writer(new)
            for cells in csv.DictReader(old):
                row = one.row(ListRow(**{name: cells[name] for name in COLUMNS}))
                if row is not None and row.call_ref not in call_refs:
                    write(row)
    return {one.name: written_file(folder / one.name, one.interval) for one in list_files}
