"""Let the next edition of a run take the place of the one that is out, without the recalled rows.

A run has one list of a campaign. A further edition of it is made by a recall alone: then nobody is
on it whom the edition in place has lost since, for whatever reason, nor whose ground is gone.
"""

from __future__ import annotations

from uuid import UUID

from psycopg import Connection

from ringfence.publish.model import Campaign, Prepared, Run
from ringfence.publish.taken_back import rows_on_taken_back


def superseded_of(connection: Connection, run: Run, campaign: Campaign) -> UUID | None:
    """Return the list of this run that is out, which a further edition of it would supersede."""
    row = connection.execute(
        """
        select list_id from ledger.current_publications
        where run_id = %s and campaign_id = %s and status = 'published'
        order by edition desc
        limit 1
        """,
        [run.run_id, campaign.campaign_id],
    ).fetchone()
    return row[0] if row else None


def look_back(connection: Connection, prepared: Prepared) -> int:
    """Take out of a superseding list what its predecessor lost; returns how many are new.

    It is part of the last look: these rows never leave with this edition.
    """
    superseded = superseded_of(connection, prepared.run, prepared.campaign)
    if superseded is None:
        return 0
    groundless = rows_on_taken_back(
        connection, prepared.list_id, prepared.run, prepared.campaign.campaign_id
    )
    return connection.execute(
        """
        insert into ledger.publication_removals (list_id, subject_id, reason, removed_at)
        select rows.list_id, rows.subject_id, 'last_look', at.now
        from ledger.publication_rows as rows, (select ledger.now() as now) as at
        where rows.list_id = %(list)s and (
            rows.subject_id = any(%(groundless)s) or exists (
                select from ledger.publication_removals as lost
                where lost.list_id = %(superseded)s and lost.subject_id = rows.subject_id
            )
        ) and not exists (
            select from ledger.publication_removals as removals
            where removals.list_id = rows.list_id and removals.subject_id = rows.subject_id
        )
        """,
        {"list": prepared.list_id, "superseded": superseded, "groundless": list(groundless)},
    ).rowcount
