"""Delete the files of lists whose time is over; what proves them stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from psycopg import Connection

from ringfence.home import Home
from ringfence.publish.list_files import list_files_in
from ringfence.publish.recall_files import recall_files_in
from ringfence.settings import Settings


@dataclass(frozen=True, slots=True)
class Folder:
    """Name one campaign's folder of one day, with the lists that were ever in it."""

    campaign_id: str
    call_date: date
    list_ids: tuple[UUID, ...]

    def files(self, settings: Settings) -> list[Path]:
        """Return the files with rows, also recalled ones; what proves a list is not among them."""
        folder = Home(settings.home).list_folder(self.call_date, self.campaign_id)
        named = [folder / name for name in list_files_in(folder)]
        left = (*recall_files_in(folder), *folder.glob(".*.part"))
        return [path for path in (*named, *left) if path.is_file()]


def due_folders(connection: Connection, now: datetime, days: int) -> list[Folder]:
    """Return the folders whose every list has been over for `days`, and that were not cleared."""
    rows = connection.execute(
        """
        select campaign_id, call_date, array_agg(list_id order by edition)
        from ledger.current_publications
        where status not in ('voided', 'deleted')
        group by campaign_id, call_date
        having max(valid_until) < %(now)s - %(days)s * interval '1 day'
        order by call_date, campaign_id
        """,
        {"now": now, "days": days},
    ).fetchall()
    return [Folder(campaign, day, tuple(lists)) for campaign, day, lists in rows]


def clear(connection: Connection, settings: Settings, folder: Folder) -> int:
    """Delete the files, then write the lists down as deleted; returns the number of files.

    Killed in between, the next run finds no files and writes the lists down.
    """
    files = folder.files(settings)
    for file in files:
        file.unlink(missing_ok=True)
    for list_id in folder.list_ids:
        connection.execute(
            """
            insert into ledger.publications (
                list_id, status, campaign_id, call_date, run_id, edition, count_rows, valid_until,
                file_sha256, manifest_sha256, reason, recorded_at
            )
            select
                list_id, 'deleted', campaign_id, call_date, run_id, edition, count_rows,
                valid_until, file_sha256, manifest_sha256, 'retention', ledger.now()
            from ledger.current_publications
            where list_id = %s
            """,
            [list_id],
        )
    return len(files)
