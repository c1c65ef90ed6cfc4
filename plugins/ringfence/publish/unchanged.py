"""Tell whether a new run would write the very list that is out already: then that one stands.

A call_ref is derived from its list's id. The new run's rows are therefore staged and written under
the id of the edition that is out: if nothing has changed, every file comes out to the byte as the
manifest names it (call_list.csv with its valid_until, the dialler's own, the commitments with the
decision ids). The titles that stand in the manifest alone are compared with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from psycopg import Connection

from ringfence.keys import Keys
from ringfence.publish import archive, manifest
from ringfence.publish.last_look import count_stopped_since
from ringfence.publish.model import Campaign, Run
from ringfence.publish.prepare import CALLABLE, drop_outgoing, stage
from ringfence.publish.writing import campaign_folder, file_sha256, write_parts
from ringfence.settings import Settings

SAME_DECISIONS = f"""
    with decided as (
        select subject_id, decision_id {CALLABLE}
    ),
    kept as (
        select subject_id, decision_id
        from ledger.publication_rows as rows
        where list_id = %(list)s and not exists (
            select from ledger.publication_removals as removals
            where removals.list_id = rows.list_id and removals.subject_id = rows.subject_id
        )
    )
    select not exists (select * from decided except select * from kept)
        and not exists (select * from kept except select * from decided)
"""


@dataclass(frozen=True, slots=True)
class Edition:
    """Name the list of the day that is out."""

    list_id: UUID
    edition: int
    valid_until: datetime
    manifest_sha256: str


def same_as_out(
    settings: Settings, connection: Connection, keys: Keys, run: Run, campaign: Campaign
) -> UUID | None:
    """Return the list that is out if this run's would be the same; raises what staging raises."""
    out = _edition_out(connection, run, campaign)
    if out is None or not _has_same_decisions(connection, run, campaign, out):
        return None
    if count_stopped_since(connection, out.list_id, run.known_as_of, campaign.controller_id):
        return None
    folder = campaign_folder(settings, run, campaign)
    named = _files_as_published(folder, out, campaign)
    if not named:
        return None
    prepared = stage(connection, keys, run, campaign, out.edition, out.list_id)
    try:
        written = write_parts(settings, connection, keys, prepared)
        written.discard()
    finally:
        drop_outgoing(connection, campaign)
    is_same = {file.path.name: file.sha256 for file in written.files} == named
    return out.list_id if is_same and prepared.valid_until == out.valid_until else None


def _edition_out(connection: Connection, run: Run, campaign: Campaign) -> Edition | None:
    row = connection.execute(
        """
        select list_id, edition, valid_until, manifest_sha256
        from ledger.current_publications
        where campaign_id = %s and call_date = %s and status = 'published'
        order by edition desc
        limit 1
        """,
        [campaign.campaign_id, run.call_date],
    ).fetchone()
    return Edition(*row) if row else None


def _has_same_decisions(connection: Connection, run: Run, campaign: Campaign, out: Edition) -> bool:
    """Compare without writing anything: of most runs of a day this is the end of it."""
    row = connection.execute(
        SAME_DECISIONS,
        {"campaign": campaign.campaign_id, "run": run.run_id, "list": out.list_id},
    ).fetchone()
    return bool(row and row[0])


def _files_as_published(folder: Path, out: Edition, campaign: Campaign) -> dict[str, str]:
    """Return the hash of each file of the edition.

    {} if one of them is not as it was published, or the manifest names the campaign otherwise.
    """
    if file_sha256(folder / manifest.FILE_NAME) != out.manifest_sha256:
        return {}
    published = archive.read_manifest(folder)
    if not manifest.told_of(campaign).items() <= published.items():
        return {}
    files = published.get("files", {})
    named = {str(name): str(facts["sha256"]) for name, facts in files.items()}
    is_whole = all(file_sha256(folder / name) == sha256 for name, sha256 in named.items())
    return named if is_whole else {}
