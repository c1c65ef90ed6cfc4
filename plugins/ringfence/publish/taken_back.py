"""Ask what of a run's ground was taken back since: no list leaves on it, one that is out says so.

A retraction takes the lock `knowledge` shared, as a delivery does. The publisher asks once when it
stages the rows and again under that lock alone, so that no list is renamed after the retraction.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from psycopg import Connection

from ringfence.errors import Refusal
from ringfence.publish import facts
from ringfence.publish.model import Run

SINCE_THE_RUN = "part = 'rest' and accepted_at <= %(known)s and retracted_at > %(known)s"
# A lead is the one that the row shows, any lead of the number where that cannot be told. A ground
# that came twice stands on the copy that is left.
ROWS = f"""
    with taken_back as (
        select batch_id, retracted_at from landing.batches where {SINCE_THE_RUN}
    ),
    still_held as (
        select batch_id from landing.batches where accepted_at is not null and retracted_at is null
    ),
    grounds as (
        select event_id::text as evidence_id, batch_id, retracted_at
        from ledger.consent_events as lost
        inner join taken_back using (batch_id)
        where not exists (
            select from ledger.consent_events as kept
            inner join still_held using (batch_id)
            where kept.event_id = lost.event_id and kept.subject_id = lost.subject_id
        )
        union
        select relation_id::text, batch_id, retracted_at
        from ledger.customer_relations as lost
        inner join taken_back using (batch_id)
        where not exists (
            select from ledger.customer_relations as kept
            inner join still_held using (batch_id)
            where kept.relation_id = lost.relation_id and kept.subject_id = lost.subject_id
        )
    ),
    rows_out as (
        select subject_id, decision_id
        from ledger.publication_rows as rows
        where list_id = %(list)s and not exists (
            select from ledger.publication_removals as removals
            where removals.list_id = rows.list_id and removals.subject_id = rows.subject_id
        )
    )
    select rows_out.subject_id, taken_back.batch_id, taken_back.retracted_at
    from taken_back
    inner join landing.lead_records as leads using (batch_id)
    inner join landing.lead_contact_points as points using (record_id)
    inner join rows_out on points.subject_id = rows_out.subject_id
    left join marts.call_decisions as decisions
        on rows_out.subject_id = decisions.subject_id
        and decisions.campaign_id = %(campaign)s and decisions.run_id = %(run)s
    where coalesce(decisions.presenting_record_id = leads.record_id, true)
    union
    select rows_out.subject_id, grounds.batch_id, grounds.retracted_at
    from rows_out
    inner join ledger.call_decisions as decisions
        on rows_out.subject_id = decisions.subject_id
        and rows_out.decision_id = decisions.decision_id
        and decisions.campaign_id = %(campaign)s
    cross join unnest(decisions.evidence_ids) as evidence_id
    inner join grounds using (evidence_id)
"""


def check_nothing_was_retracted(connection: Connection, run: Run) -> None:
    """Refuse when leads or grants that the run relied on were taken back since."""
    row = connection.execute(
        f"select source_id from landing.batches where {SINCE_THE_RUN} limit 1",
        {"known": run.known_as_of},
    ).fetchone()
    if row:
        raise Refusal(
            "A delivery that the decisions rest on was retracted since.",
            where=str(row[0]),
            remedy=facts.DECIDE,
        )


def count_on_taken_back(connection: Connection, list_id: UUID, run: Run, campaign_id: str) -> int:
    """Return how many rows of a list that is out rest on what was taken back since the run."""
    return len(rows_on_taken_back(connection, list_id, run, campaign_id))


def rows_on_taken_back(
    connection: Connection, list_id: UUID, run: Run, campaign_id: str
) -> dict[UUID, tuple[UUID, datetime]]:
    """Return the rows of a list that rest on what was taken back: which delivery first, and when.

    The list may also be one that is prepared, to supersede the one that is out.
    """
    rows = connection.execute(
        f"""
        select distinct on (subject_id) subject_id, batch_id, retracted_at
        from ({ROWS}) as resting
        order by subject_id, retracted_at, batch_id
        """,
        {"list": list_id, "known": run.known_as_of, "run": run.run_id, "campaign": campaign_id},
    ).fetchall()
    return {subject_id: (batch_id, at) for subject_id, batch_id, at in rows}
