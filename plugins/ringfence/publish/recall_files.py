"""Write beside a list which of its rows were recalled: for everybody, and in the dialler's words.

recall-1.csv              call_ref, phone, reason_family, recalled_at: of edition 1, all of them
recall-1-vicidial.txt …   the same as the dialler's own delete action, where it has one

They follow from the ledger alone: written again they are the same to the byte.
"""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path
from uuid import UUID

from psycopg import Connection

from ringfence.publish import facts
from ringfence.publish.call_list import instant, phone_cell
from ringfence.publish.delete_actions import DELETE_ACTIONS, RecalledRow
from ringfence.publish.writing import file_sha256, rename, write_part

COLUMNS = ("call_ref", "phone", "reason_family", "recalled_at")


def recall_file(folder: Path, edition: int) -> Path:
    """Return where the rows recalled of an edition stand."""
    return folder / f"recall-{edition}.csv"


def recall_files_in(folder: Path) -> list[Path]:
    """Return every file of a folder that holds recalled rows."""
    return sorted(folder.glob("recall-*"))


def recall_names(connection: Connection, list_id: UUID) -> tuple[str, ...]:
    """Return the names of the files of a list's recall, the one for everybody first."""
    rows = connection.execute(
        "select edition, campaign_id from ledger.current_publications where list_id = %s",
        [list_id],
    ).fetchall()
    ((edition, campaign_id),) = rows
    campaign = facts.campaign_of(connection, facts.run_of(connection, list_id), campaign_id)
    action = DELETE_ACTIONS.get(campaign.dialler) if campaign else None
    return (f"recall-{edition}.csv", *((f"recall-{edition}-{action.ending}",) if action else ()))


def write_recall(connection: Connection, folder: Path, list_id: UUID) -> None:
    """Make the files say what the ledger says; one that does already is left alone."""
    rows = _rows(connection, list_id)
    stale = {}
    for name in recall_names(connection, list_id):
        own = [one for one in DELETE_ACTIONS.values() if name.endswith(f"-{one.ending}")]
        content = (own[0].text(rows) if own else _generic(rows)).encode()
        if file_sha256(folder / name) != hashlib.sha256(content).hexdigest():
            stale[folder / name] = content
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if stale:
        rename(tuple(write_part(path, content) for path, content in stale.items()))


def rewrite_recall(connection: Connection, folder: Path, list_id: UUID) -> None:
    """Take out of a recall's files what was erased since, if they are still there."""
    if any((folder / name).exists() for name in recall_names(connection, list_id)):
        write_recall(connection, folder, list_id)


def _generic(rows: list[RecalledRow]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(
        (row.call_ref, row.phone, row.reason_family, instant(row.recalled_at)) for row in rows
    )
    return text.getvalue()


def _rows(connection: Connection, list_id: UUID) -> list[RecalledRow]:
    """Return the recalled rows of a list in order of call_ref, without those erased since."""
    found = connection.execute(
        """
        select rows.call_ref, coalesce(points.e164, ''), recalled.reason_family,
            recalled.recalled_at, lists.valid_until
        from ledger.recalled_rows as recalled
        inner join ledger.publication_rows as rows using (list_id, subject_id)
        inner join ledger.current_publications as lists using (list_id)
        left join lateral (
            select e164 from landing.lead_contact_points
            where subject_id = recalled.subject_id and e164 is not null
            limit 1
        ) as points on true
        where recalled.list_id = %(list)s and not exists (
            select from ledger.publication_removals as removals
            where removals.list_id = recalled.list_id
                and removals.subject_id = recalled.subject_id and removals.reason = 'erasure'
        )
        order by rows.call_ref collate "C"
        """,
        {"list": list_id},
    ).fetchall()
    return [
        RecalledRow(call_ref, phone_cell(phone) if phone else "", family, at, until)
        for call_ref, phone, family, at, until in found
    ]
