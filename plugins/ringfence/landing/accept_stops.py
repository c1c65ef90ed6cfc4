"""Accept the stops of a delivery, before anything of it is checked: nothing can reject them.

They take effect in a transaction of their own, which takes the lock `knowledge` shared and draws
its `accepted_at` last, so that a decision run sees all of them or none.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from ringfence.landing import incoming
from ringfence.landing.ledger_rows import LEDGERS, Part, insert_ledger, share_knowledge
from ringfence.ledger.chain import seal_batch


@dataclass(frozen=True)
class NewStops:
    """Say which stops of a delivery are new, by the parts in which the same bytes brought stops.

    A stop with a time of its own is new unless a part of `already` brought it; one without, that
    counts from when it was sent, unless a part of `heard` did: those of this very sending.
    """

    already: tuple[UUID, ...] = ()
    heard: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class StopCounts:
    """Count what was accepted: entries, those of a certain number, and stops that wait unmatched.

    An entry for a number that a stop only may mean is none of a certain one.
    """

    entries: int = 0
    certain: int = 0
    unmatched: int = 0


def holds_new_stops(
    connection: Connection, delivery_id: UUID, kinds: tuple[str, ...], new: NewStops
) -> bool:
    """Tell whether a delivery has stops that are new."""
    waiting = [
        sql.SQL("exists (select from {} where {})").format(
            incoming.identifier(delivery_id, kind), _condition(kind, new)
        )
        for kind in kinds
    ]
    unmatched = sql.SQL(
        "exists (select unmatched_stop_id from {} except"
        " select unmatched_stop_id from landing.unmatched_stops)"
    ).format(incoming.identifier(delivery_id, "unmatched"))
    row = connection.execute(
        sql.SQL("select {}").format(sql.SQL(" or ").join([*waiting, unmatched]))
    ).fetchone()
    return bool(row and row[0])


def _condition(kind: str, new: NewStops) -> sql.Composable:
    ledger = LEDGERS[kind]
    return sql.SQL(
        """
        is_stop and case
            when event_time_status in ('ok', 'date_only')
                then {id} not in (select {id} from {ledger} where batch_id = any({already}))
            else {id} not in (select {id} from {ledger} where batch_id = any({heard}))
        end
        """
    ).format(
        id=sql.Identifier(ledger.facts[0]),
        ledger=sql.Identifier("ledger", ledger.name),
        already=sql.Literal(list(new.already)),
        heard=sql.Literal(list(new.heard)),
    )


def accept_stops(
    connection: Connection, part: Part, kinds: tuple[str, ...], new: NewStops
) -> StopCounts:
    """Accept every new stop of the delivery and count them; nothing can reject them."""
    with connection.transaction():
        share_knowledge(connection)
        count = sum(
            insert_ledger(connection, part, kind, condition=_condition(kind, new)) for kind in kinds
        )
        unmatched = _enter_unmatched(connection, part)
        counts = StopCounts(count, count - _uncertain(connection, part, kinds), unmatched)
        seal_batch(connection, part.batch_id)
        connection.execute(
            """
            update landing.batches
            set status = 'accepted', rows_landed = %s, entries = %s, accepted_at = ledger.now()
            where batch_id = %s
            """,
            [count, Jsonb({"certain_stops": counts.certain}), part.batch_id],
        )
    return counts


def _enter_unmatched(connection: Connection, part: Part) -> int:
    """Make a task of each stop that cannot be matched, and count those that wait.

    Settled as an earlier one are those whose very row somebody settled, unless what was entered by
    hand for it was taken back.
    """
    row = connection.execute(
        sql.SQL(
            """
            with arrived as (
                select *, row_number() over (
                    partition by row_digest order by row_number, unmatched_stop_id
                ) as occurrence
                from {}
            ),
            entered as (
                insert into landing.unmatched_stops (
                    unmatched_stop_id, batch_id, row_number, kind, cells_encrypted, received_at,
                    due_at, row_digest, occurrence,
                    resolved_at, settled_as, entered_in, settled_by
                )
                select arrived.unmatched_stop_id, %(batch)s, arrived.row_number, arrived.kind,
                    arrived.cells_encrypted, at.now, at.now + interval '1 month',
                    arrived.row_digest, arrived.occurrence,
                    case when settled.settled_by is not null then at.now end,
                    settled.settled_as, settled.entered_in, settled.settled_by
                from arrived
                cross join (select ledger.now() as now) as at
                left join lateral (
                    select earlier.settled_as, earlier.entered_in,
                        coalesce(earlier.settled_by, earlier.unmatched_stop_id) as settled_by
                    from landing.unmatched_stops as earlier
                    left join landing.batches as by_hand on earlier.entered_in = by_hand.batch_id
                    where earlier.settled_as is not null
                        and (earlier.settled_as = 'no_stop' or by_hand.status = 'accepted')
                        and earlier.row_digest = arrived.row_digest
                        and earlier.occurrence = arrived.occurrence
                    order by earlier.settled_as desc, earlier.resolved_at
                    limit 1
                ) as settled on true
                on conflict do nothing
                returning resolved_at
            )
            select count(*) filter (where resolved_at is null) from entered
            """
        ).format(incoming.identifier(part.delivery_id, "unmatched")),
        {"batch": part.batch_id},
    ).fetchone()
    return int(row[0]) if row else 0


def _uncertain(connection: Connection, part: Part, kinds: tuple[str, ...]) -> int:
    """Count the accepted stops of numbers that their rows only may mean."""
    found = 0
    for kind in kinds:
        row = connection.execute(
            sql.SQL(
                """
                select count(*) from {ledger} as entries
                where batch_id = %s and exists (
                    select from {unmatched} as unmatched
                    where unmatched.row_number = entries.row_number
                        and entries.subject_id = any(unmatched.uncertain)
                )
                """
            ).format(
                ledger=sql.Identifier("ledger", LEDGERS[kind].name),
                unmatched=incoming.identifier(part.delivery_id, "unmatched"),
            ),
            [part.batch_id],
        ).fetchone()
        found += row[0] if row else 0
    return found


def resolve_call_refs(connection: Connection, delivery_id: UUID, origin: str) -> None:
    """Find the subject behind each call_ref; `origin` names the source and its file.

    A call_ref that is known settles what its row only may mean. A row of which neither the call_ref
    nor a number is known is quarantined; a stop is a task unless one of them is known for certain.
    """
    attempts = incoming.identifier(delivery_id, "call_attempts")
    with connection.transaction():
        connection.execute(
            sql.SQL(
                """
                with named as (
                    update {attempts} as attempts
                    set subject_id = publication_rows.subject_id
                    from ledger.publication_rows
                    where attempts.call_ref = publication_rows.call_ref
                        and attempts.subject_id is null
                    returning attempts.row_number
                )
                delete from {attempts} as attempts using named
                where attempts.row_number = named.row_number
                    and attempts.is_uncertain and attempts.subject_id is not null
                """
            ).format(attempts=attempts)
        )
        # A row may name one subject twice, by its number and by the call_ref.
        connection.execute(
            sql.SQL(
                """
                delete from {attempts} as again using {attempts} as attempts
                where again.row_number = attempts.row_number
                    and again.subject_id = attempts.subject_id and again.ctid > attempts.ctid
                """
            ).format(attempts=attempts)
        )
        connection.execute(
            sql.SQL(
                """
                with nameless as (
                    delete from {attempts} where subject_id is null
                    returning row_number, is_stop and is_uncertain as is_task
                ),
                unnamed as (
                    select nameless.row_number, nameless.is_task,
                        array_agg(attempts.subject_id) filter (
                            where attempts.subject_id is not null
                        ) as uncertain
                    from nameless
                    left join {attempts} as attempts using (row_number)
                    group by 1, 2
                ),
                stops as (
                    insert into {unmatched} (unmatched_stop_id, row_number, kind, uncertain)
                    select md5(%(origin)s || '/' || row_number)::uuid, row_number, 'call_attempts',
                        uncertain
                    from unnamed where is_task
                )
                insert into {faults} (row_number, reason_code)
                select row_number, 'call_ref_unknown' from unnamed where uncertain is null
                """
            ).format(
                attempts=attempts,
                unmatched=incoming.identifier(delivery_id, "unmatched"),
                faults=incoming.identifier(delivery_id, "faults"),
            ),
            {"origin": origin},
        )
