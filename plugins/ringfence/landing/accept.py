"""Accept what has passed the door: from incoming into landing and the ledgers, in one transaction.

It takes the lock `knowledge` shared and draws its `accepted_at` last, so that a decision run sees
the whole delivery or nothing of it. Its stops went before: accept_stops.py.
"""

from __future__ import annotations

from uuid import UUID

from psycopg import Connection, sql

from ringfence.landing import incoming
from ringfence.landing.accept_register import replace_register
from ringfence.landing.ledger_rows import (
    LEDGERS,
    Part,
    insert_ledger,
    names,
    share_knowledge,
)
from ringfence.ledger.chain import seal_batch
from ringfence.registers.sources import STOPS

_NOT_WITHDRAWN = dict.fromkeys(STOPS, "and not incoming.is_stop") | {
    "customer_relations": "and incoming.ended_at is null"
}
"""What a repeated row says all the same: its stops, and that a contract ended."""


def set_repeats_aside(connection: Connection, delivery_id: UUID, kinds: tuple[str, ...]) -> int:
    """Quarantine rows whose record id stood earlier in the same file; the first row wins."""
    if "leads" not in kinds:
        return 0
    faults = incoming.identifier(delivery_id, "faults")
    with connection.transaction():
        repeats = connection.execute(
            sql.SQL(
                """
                insert into {} (row_number, reason_code)
                select row_number, 'record_id_repeated'
                from (
                    select row_number,
                        row_number() over (partition by lead_id order by row_number) as place
                    from {}
                ) as ranked
                where place > 1
                """
            ).format(faults, incoming.identifier(delivery_id, "leads"))
        ).rowcount
        for kind in (*kinds, "contact_points") if repeats else ():
            stays = sql.SQL(_NOT_WITHDRAWN.get(kind, ""))
            connection.execute(
                sql.SQL(
                    """
                    delete from {} as incoming using {} as faults
                    where incoming.row_number = faults.row_number {}
                    """
                ).format(incoming.identifier(delivery_id, kind), faults, stays)
            )
    return repeats


def accept_rest(
    connection: Connection,
    part: Part,
    kinds: tuple[str, ...],
    *,
    rows_read: int,
    rows_landed: int,
) -> dict[str, int]:
    """Accept everything but the stops and return entries per kind; the rows must add up."""
    with connection.transaction():
        share_knowledge(connection)
        entries = {
            kind: insert_ledger(
                connection,
                part,
                kind,
                condition=sql.SQL("not is_stop" if kind in STOPS else "true"),
            )
            for kind in kinds
            if kind in LEDGERS
        }
        if "leads" in kinds:
            entries |= _insert_leads(connection, part)
        if "register" in kinds:
            entries["register"] = replace_register(connection, part)
        quarantined = _insert_quarantine(connection, part)
        seal_batch(connection, part.batch_id)
        incoming.drop(connection, part.delivery_id)
        connection.execute(
            """
            update landing.batches
            set status = 'accepted', rows_read = %(read)s, rows_landed = %(landed)s,
                rows_quarantined = %(quarantined)s, entries = %(entries)s,
                accepted_at = ledger.now(), file_label = null
            where batch_id = %(batch)s
            """,
            {
                "read": rows_read,
                "landed": rows_landed,
                "quarantined": quarantined,
                "entries": _json(entries),
                "batch": part.batch_id,
            },
        )
    return entries


def _json(value: object) -> object:
    from psycopg.types.json import Jsonb

    return Jsonb(value)


def _insert_leads(connection: Connection, part: Part) -> dict[str, int]:
    lead_columns = tuple(name for name in incoming.columns("leads"))
    leads = connection.execute(
        sql.SQL(
            """
            insert into landing.lead_records (batch_id, source_id, controller_id, {columns})
            select %s, %s, %s, {columns} from {incoming}
            """
        ).format(
            columns=names(lead_columns), incoming=incoming.identifier(part.delivery_id, "leads")
        ),
        [part.batch_id, part.source_id, part.controller_id],
    ).rowcount
    points = connection.execute(
        sql.SQL(
            """
            insert into landing.lead_contact_points (
                record_id, subject_id, person_ref, position, batch_id, number_status, e164, raw,
                number_region, line_type
            )
            select record_id, subject_id, person_ref, position, %s, number_status, e164, raw,
                number_region, line_type
            from {}
            """
        ).format(incoming.identifier(part.delivery_id, "contact_points")),
        [part.batch_id],
    ).rowcount
    return {"leads": leads, "contact_points": points}


def _insert_quarantine(connection: Connection, part: Part) -> int:
    """Keep one fault a row; its personal values are encrypted and short-lived."""
    return connection.execute(
        sql.SQL(
            """
            insert into landing.quarantined_records (
                batch_id, row_number, reason_code, cells_encrypted, quarantined_at
            )
            select distinct on (row_number) %s, row_number, reason_code, cells_encrypted, at.now
            from {}, (select ledger.now() as now) as at
            order by row_number, cells_encrypted nulls last
            """
        ).format(incoming.identifier(part.delivery_id, "faults")),
        [part.batch_id],
    ).rowcount
