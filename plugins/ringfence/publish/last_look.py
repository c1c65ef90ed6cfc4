"""Take out of a prepared list whoever has been stopped since the decision.

The look errs on the side of the person: any stop of this controller (or of a joint one, or of
nobody in particular) counts, whatever its purpose or channel, and it takes all numbers of the
person along, and of everybody ever seen at that number. The next decision weighs it with all that
is known.

Nothing is lost between looks: a delivery is accepted under the shared lock `knowledge`, and the
look before the rename holds that lock alone until the list is out. A stop is thus either seen by
the look, or accepted when the list was already on record as prepared, where a recall finds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import Connection

from ringfence import clock
from ringfence.kinds import NO_STOPS
from ringfence.lists_out import ListOut, lists_out
from ringfence.publish.model import Prepared
from ringfence.registers.in_force import joint_controllers

SINCE_THE_RUN = "accepted_at > %(known_as_of)s and retracted_at is null"
OF_ONE_BATCH = "batch_id = %(batch)s"
STOPPED_SUBJECTS = """
    with batches as (
        select batch_id from landing.batches
        where {batches}
    ),
    stops as (
        select subject_id, person_ref, batch_id as stop_batch_id, event_type as stop_word
        from ledger.consent_events
        inner join batches using (batch_id)
        where controller_id = any(%(controllers)s)
            and event_type <> all(%(grants)s)
        union all
        select subject_id, person_ref, batch_id, kind
        from ledger.suppression_entries
        inner join batches using (batch_id)
        where scope = 'all' or controller_id is null or controller_id = any(%(controllers)s)
        union all
        select subject_id, null::uuid, batch_id, disposition
        from ledger.call_attempts
        inner join batches using (batch_id)
        where controller_id = any(%(controllers)s)
            and disposition <> all(%(quiet)s)
    ),
    -- Stops may carry an id from before a key was changed.
    subjects as (
        select subject_id{told} from stops
        union
        select new_subject_id{told}
        from ledger.subject_aliases
        inner join stops on old_subject_id = subject_id
    ),
    persons as (
        select person_ref{told} from stops where person_ref is not null
        union
        select person_ref{told}
        from landing.person_numbers
        -- Distinct again: the planner then knows that a number stands there once, and no more takes
        -- a million stops for a billion pairs.
        inner join (select distinct subject_id{told} from subjects) as known using (subject_id)
        where controller_id = any(%(controllers)s)
    )
    select subject_id{told} from subjects
    union
    select subject_id{told}
    from landing.person_numbers
    inner join persons using (person_ref)
    where controller_id = any(%(controllers)s)
"""
BY_WHICH_STOP = ", stop_batch_id, stop_word"


@dataclass(frozen=True, slots=True)
class StoppedRow:
    """Name a row that is out although its person is stopped; `subject_id` tells which number."""

    list_out: ListOut
    call_ref: str
    subject_id: UUID


def look(connection: Connection, prepared: Prepared) -> int:
    """Record the removal of every row that must not leave any more; returns how many are new.

    That is whoever was stopped since the run knew, and whoever stands in another list of the day
    that is out: a controller has one list a day for a number, by whatever id it goes and with
    whomever it is joint. The rows stay in ledger.publication_rows; the caller's transaction decides
    when it counts.
    """
    return _look_for_stops(connection, prepared) + _look_into_other_lists(connection, prepared)


def _look_into_other_lists(connection: Connection, prepared: Prepared) -> int:
    campaign = prepared.campaign
    same = set(joint_controllers(connection, campaign.controller_id, clock.now(connection)))
    others = [
        one.list_id
        for one in lists_out(connection)
        if not same.isdisjoint(one.controller_ids)
        and one.campaign_id != campaign.campaign_id
        and one.call_date == prepared.run.call_date
    ]
    return connection.execute(
        """
        insert into ledger.publication_removals (list_id, subject_id, reason, removed_at)
        select rows.list_id, rows.subject_id, 'other_list', at.now
        from ledger.publication_rows as rows, (select ledger.now() as now) as at
        where rows.list_id = %(list)s and exists (
            select from ledger.publication_rows as elsewhere
            where elsewhere.list_id = any(%(others)s) and elsewhere.subject_id = rows.subject_id
                and not exists (
                    select from ledger.publication_removals as removals
                    where removals.list_id = elsewhere.list_id
                        and removals.subject_id = elsewhere.subject_id
                )
        ) and not exists (
            select from ledger.publication_removals as removals
            where removals.list_id = rows.list_id and removals.subject_id = rows.subject_id
        )
        """,
        {"list": prepared.list_id, "others": others},
    ).rowcount


def _look_for_stops(connection: Connection, prepared: Prepared) -> int:
    stopped = STOPPED_SUBJECTS.format(batches=SINCE_THE_RUN, told="")
    return connection.execute(
        f"""
        insert into ledger.publication_removals (list_id, subject_id, reason, removed_at)
        select rows.list_id, rows.subject_id, 'last_look', at.now
        from ledger.publication_rows as rows, (select ledger.now() as now) as at
        where rows.list_id = %(list)s and rows.subject_id in ({stopped})
        on conflict do nothing
        """,
        {
            "list": prepared.list_id,
            "known_as_of": prepared.run.known_as_of,
            "controllers": bound_controllers(connection, prepared.campaign.controller_id),
            **NO_STOPS,
        },
    ).rowcount


def is_stopped_since(
    connection: Connection, subjects: Sequence[UUID], known_as_of: datetime, controller_id: str
) -> bool:
    """Tell whether a look at this moment would take out a row of one of these subjects."""
    stopped = STOPPED_SUBJECTS.format(batches=SINCE_THE_RUN, told="")
    row = connection.execute(
        f"select exists (select from ({stopped}) as found where subject_id = any(%(subjects)s))",
        {
            "subjects": list(subjects),
            "known_as_of": known_as_of,
            "controllers": bound_controllers(connection, controller_id),
            **NO_STOPS,
        },
    ).fetchone()
    return bool(row and row[0])


def count_stopped_since(
    connection: Connection, list_id: UUID, known_as_of: datetime, controller_id: str
) -> int:
    """Return how many rows of a list that is out a look at this moment would take out."""
    since = {"known_as_of": known_as_of}
    return len(_rows_out(connection, list_id, (controller_id,), SINCE_THE_RUN, since))


def rows_out_of_reach(connection: Connection, batch_id: UUID) -> Iterator[StoppedRow]:
    """Yield the rows of lists still valid whom one accepted delivery of stops came too late for.

    It reaches as far as a look does: also the person's other numbers.
    """
    batch = {"batch": batch_id}
    for one in lists_out(connection):
        for call_ref, subject_id in _rows_out(
            connection, one.list_id, one.controller_ids, OF_ONE_BATCH, batch
        ):
            yield StoppedRow(one, call_ref, subject_id)


def _rows_out(
    connection: Connection,
    list_id: UUID,
    controller_ids: Sequence[str],
    batches: LiteralString,
    which: Mapping[str, object],
) -> list[tuple[str, UUID]]:
    """Return call_ref and number of the rows still on a list whom stops of those batches reach."""
    stopped = STOPPED_SUBJECTS.format(batches=batches, told="")
    return connection.execute(
        f"""
        select rows.call_ref, rows.subject_id
        from ledger.publication_rows as rows
        where rows.list_id = %(list)s and rows.subject_id in ({stopped}) and not exists (
            select from ledger.publication_removals as removals
            where removals.list_id = rows.list_id and removals.subject_id = rows.subject_id
        )
        order by rows.call_ref
        """,
        {
            "list": list_id, "controllers": bound_controllers(connection, *controller_ids), **which,
            **NO_STOPS,
        },
    ).fetchall()  # fmt: skip


def bound_controllers(connection: Connection, *controller_ids: str) -> list[str]:
    """Return the controllers whose stops take a row out: a stop to a joint one binds this one."""
    at = clock.now(connection)
    return [joint for one in controller_ids for joint in joint_controllers(connection, one, at)]


def count_removed(connection: Connection, prepared: Prepared) -> int:
    """Return how many rows of the list have been taken out so far, for whatever reason."""
    row = connection.execute(
        "select count(distinct subject_id) from ledger.publication_removals where list_id = %s",
        [prepared.list_id],
    ).fetchone()
    return int(row[0]) if row else 0
