"""Take out of a prepared list whoever has been stopped since the decision.

The look errs on the side of the person: any stop of this controller (or of nobody in particular)
counts, whatever its purpose or channel, and it takes all numbers of the person along, and of
everybody ever seen at that number. The next decision weighs it with all that is known.

Nothing is lost between looks: a delivery is accepted under the shared lock `knowledge`, and the
look before the rename holds that lock alone until the list is out. A stop is thus either seen by
the look, or accepted when the list was already on record as prepared, where a recall finds it.
"""

from __future__ import annotations

from psycopg import Connection

from ringfence.publish.model import Prepared

STOPPED_SUBJECTS = """
    with batches as (
        select batch_id from landing.batches
        where accepted_at > %(known_as_of)s and retracted_at is null
    ),
    stops as (
        select subject_id, person_ref
        from ledger.consent_events
        inner join batches using (batch_id)
        where controller_id = %(controller)s
            and event_type in ('refused', 'withdrawn', 'objected', 'restricted', 'unreadable')
        union all
        select subject_id, person_ref
        from ledger.suppression_entries
        inner join batches using (batch_id)
        where scope = 'all' or controller_id is null or controller_id = %(controller)s
        union all
        select subject_id, null::uuid
        from ledger.call_attempts
        inner join batches using (batch_id)
        where controller_id = %(controller)s
            and disposition in (
                'refused', 'objected', 'wrong_party', 'reassigned', 'deceased', 'minor',
                'unreadable'
            )
    ),
    -- Stops may carry an id from before a key was changed.
    subjects as (
        select subject_id from stops
        union
        select new_subject_id from ledger.subject_aliases
        where old_subject_id in (select subject_id from stops)
    ),
    persons as (
        select person_ref from stops where person_ref is not null
        union
        select points.person_ref
        from landing.lead_contact_points as points
        inner join landing.lead_records as leads using (record_id)
        where leads.controller_id = %(controller)s
            and points.subject_id in (select subject_id from subjects)
    )
    select subject_id from subjects
    union
    select points.subject_id
    from landing.lead_contact_points as points
    inner join landing.lead_records as leads using (record_id)
    where leads.controller_id = %(controller)s
        and points.person_ref in (select person_ref from persons)
"""


def look(connection: Connection, prepared: Prepared) -> int:
    """Record the removal of every row stopped since the run knew; returns how many are new.

    The rows stay in ledger.publication_rows; the caller's transaction decides when it counts.
    """
    return connection.execute(
        f"""
        insert into ledger.publication_removals (list_id, subject_id, reason, removed_at)
        select rows.list_id, rows.subject_id, 'last_look', at.now
        from ledger.publication_rows as rows, (select ledger.now() as now) as at
        where rows.list_id = %(list)s and rows.subject_id in ({STOPPED_SUBJECTS})
        on conflict do nothing
        """,
        {
            "list": prepared.list_id,
            "known_as_of": prepared.run.known_as_of,
            "controller": prepared.campaign.controller_id,
        },
    ).rowcount


def count_removed(connection: Connection, prepared: Prepared) -> int:
    """Return how many rows of the list have been taken out so far, for whatever reason."""
    row = connection.execute(
        "select count(distinct subject_id) from ledger.publication_removals where list_id = %s",
        [prepared.list_id],
    ).fetchone()
    return int(row[0]) if row else 0
