"""Move a delivery from its incoming tables into landing and the ledgers, one transaction a part.

`stops` are accepted before anything is checked, `rest` after the door. Each part takes the lock
`knowledge` shared and draws its `accepted_at` last, so that a decision run sees it whole or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection, sql

from ringfence.landing import incoming
from ringfence.ledger.chain import commitment_sql, seal_batch


@dataclass(frozen=True)
class LedgerTable:
    """Say which incoming columns are facts of a ledger and which are its erasable payload."""

    name: str
    facts: tuple[str, ...]
    payload: tuple[str, ...]


LEDGERS = {
    "consent_events": LedgerTable(
        "consent_events",
        (
            "event_id", "subject_id", "person_ref", "event_type", "event_at", "event_time_status",
            "expires_at", "purpose", "call_mode", "channel", "notice_version",
            "collection_context", "collection_method", "collector", "recording_notice_given",
            "verified_channel", "evidence_status",
        ),
        ("evidence_ref", "event_at_original", "event_type_original"),
    ),
    "suppression": LedgerTable(
        "suppression_entries",
        (
            "entry_id", "subject_id", "person_ref", "scope", "purpose", "channel", "kind",
            "event_at", "event_time_status",
        ),
        ("event_at_original", "kind_original"),
    ),
    "call_attempts": LedgerTable(
        "call_attempts",
        ("attempt_id", "subject_id", "campaign_id", "call_ref", "attempted_at", "disposition"),
        ("attempted_at_original", "disposition_original"),
    ),
    "customer_relations": LedgerTable(
        "customer_relations",
        (
            "relation_id", "subject_id", "person_ref", "product", "started_at", "ended_at",
            "last_purchase_at", "inquiry_at", "is_objection_offered",
        ),
        ("contract_ref",),
    ),
}  # fmt: skip
KINDS_WITH_STOPS = ("consent_events", "suppression", "call_attempts")


@dataclass(frozen=True)
class Part:
    """Name one part of a delivery; `delivery_id` is the batch id its incoming tables carry."""

    batch_id: UUID
    delivery_id: UUID
    source_id: str
    controller_id: str | None
    published_at: datetime | None
    register_id: str | None = None


def accept_stops(connection: Connection, part: Part, kinds: tuple[str, ...]) -> int:
    """Accept every stop of the delivery and return how many there were; nothing can reject them."""
    with connection.transaction():
        _share_knowledge(connection)
        _resolve_call_refs(connection, part, kinds)
        count = sum(
            _insert_ledger(connection, part, kind, condition="is_stop")
            for kind in kinds
            if kind in KINDS_WITH_STOPS
        )
        connection.execute(
            sql.SQL(
                """
                insert into landing.unmatched_stops (
                    unmatched_stop_id, batch_id, row_number, kind, cells_encrypted,
                    received_at, due_at
                )
                select unmatched_stop_id, %(batch)s, row_number, kind, cells_encrypted,
                    at.now, at.now + interval '1 month'
                from {}, (select ledger.now() as now) as at
                on conflict do nothing
                """
            ).format(incoming.identifier(part.delivery_id, "unmatched")),
            {"batch": part.batch_id},
        )
        seal_batch(connection, part.batch_id)
        connection.execute(
            """
            update landing.batches
            set status = 'accepted', rows_landed = %s, accepted_at = ledger.now()
            where batch_id = %s
            """,
            [count, part.batch_id],
        )
    return count


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
            stays = sql.SQL("and not incoming.is_stop" if kind in KINDS_WITH_STOPS else "")
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
        _share_knowledge(connection)
        entries = {
            kind: _insert_ledger(
                connection,
                part,
                kind,
                condition="not is_stop" if kind in KINDS_WITH_STOPS else "true",
            )
            for kind in kinds
            if kind in LEDGERS
        }
        if "leads" in kinds:
            entries |= _insert_leads(connection, part)
        if "register" in kinds:
            entries["register"] = _replace_register(connection, part)
        quarantined = _insert_quarantine(connection, part)
        seal_batch(connection, part.batch_id)
        incoming.drop(connection, part.delivery_id)
        connection.execute(
            """
            update landing.batches
            set status = 'accepted', rows_read = %(read)s, rows_landed = %(landed)s,
                rows_quarantined = %(quarantined)s, entries = %(entries)s,
                accepted_at = ledger.now()
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


def _share_knowledge(connection: Connection) -> None:
    connection.execute("select pg_advisory_xact_lock_shared(hashtextextended('knowledge', 0))")


def _json(value: object) -> object:
    from psycopg.types.json import Jsonb

    return Jsonb(value)


def _names(columns: tuple[str, ...], qualifier: str = "") -> sql.Composed:
    return sql.SQL(", ").join(
        sql.Identifier(qualifier, name) if qualifier else sql.Identifier(name) for name in columns
    )


def _insert_ledger(connection: Connection, part: Part, kind: str, *, condition: str) -> int:
    """Copy one kind from incoming to its ledger and payload, with a salted commitment each."""
    ledger = LEDGERS[kind]
    statement = sql.SQL(
        """
        with prepared as materialized (
            select nextval({sequence}) as seq, uuid_send(gen_random_uuid()) as salt, ordered.*
            from (select * from {incoming} where {condition} order by row_number) as ordered
        ),
        payload as (
            insert into {payload_table} (seq, salt, {payload_columns})
            select seq, salt, {payload_columns} from prepared
        )
        insert into {ledger_table} (
            seq, batch_id, row_number, source_id, controller_id, {facts}, commitment
        )
        overriding system value
        select seq, %(batch)s, row_number, %(source)s, %(controller)s, {facts}, {commitment}
        from prepared
        """
    ).format(
        sequence=sql.Literal(f"ledger.{ledger.name}_seq_seq"),
        incoming=incoming.identifier(part.delivery_id, kind),
        condition=sql.SQL(condition),
        payload_table=sql.Identifier("ledger", f"{ledger.name}_payload"),
        payload_columns=_names(ledger.payload),
        ledger_table=sql.Identifier("ledger", ledger.name),
        facts=_names(ledger.facts),
        commitment=commitment_sql(ledger.payload),
    )
    return connection.execute(
        statement,
        {"batch": part.batch_id, "source": part.source_id, "controller": part.controller_id},
    ).rowcount


def _resolve_call_refs(connection: Connection, part: Part, kinds: tuple[str, ...]) -> None:
    """Find the subject behind a call_ref; what cannot be found is quarantined, a stop kept."""
    if "call_attempts" not in kinds:
        return
    attempts = incoming.identifier(part.delivery_id, "call_attempts")
    connection.execute(
        sql.SQL(
            """
            update {} as attempts
            set subject_id = publication_rows.subject_id
            from ledger.publication_rows
            where attempts.call_ref = publication_rows.call_ref and attempts.subject_id is null
            """
        ).format(attempts)
    )
    connection.execute(
        sql.SQL(
            """
            with unknown as (
                delete from {attempts} where subject_id is null
                returning row_number, is_stop
            ),
            stops as (
                insert into {unmatched} (unmatched_stop_id, row_number, kind)
                select gen_random_uuid(), row_number, 'call_attempts' from unknown where is_stop
            )
            insert into {faults} (row_number, reason_code)
            select row_number, 'call_ref_unknown' from unknown
            """
        ).format(
            attempts=attempts,
            unmatched=incoming.identifier(part.delivery_id, "unmatched"),
            faults=incoming.identifier(part.delivery_id, "faults"),
        )
    )


def _insert_leads(connection: Connection, part: Part) -> dict[str, int]:
    lead_columns = tuple(name for name in incoming.columns("leads"))
    leads = connection.execute(
        sql.SQL(
            """
            insert into landing.lead_records (batch_id, source_id, controller_id, {columns})
            select %s, %s, %s, {columns} from {incoming}
            """
        ).format(
            columns=_names(lead_columns), incoming=incoming.identifier(part.delivery_id, "leads")
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


def _replace_register(connection: Connection, part: Part) -> int:
    """Make the snapshot the register's current one, set-based; unchanged entries stay untouched."""
    source = incoming.identifier(part.delivery_id, "register")
    names = {"register": part.register_id, "snapshot": part.batch_id}
    removed = connection.execute(
        sql.SQL(
            """
            delete from landing.register_entries as entries
            where entries.register_id = %(register)s and not exists (
                select from {} as incoming where incoming.subject_id = entries.subject_id
            )
            """
        ).format(source),
        names,
    ).rowcount
    added = connection.execute(
        sql.SQL(
            """
            insert into landing.register_entries (register_id, subject_id, snapshot_id)
            select distinct %(register)s, subject_id, %(snapshot)s::uuid from {}
            on conflict do nothing
            """
        ).format(source),
        names,
    ).rowcount
    counted = connection.execute(
        "select count(*) from landing.register_entries where register_id = %(register)s", names
    ).fetchone()
    entries = int(counted[0]) if counted else 0
    connection.execute(
        """
        insert into ledger.register_snapshots (
            snapshot_id, register_id, batch_id, published_at, count_entries, count_added,
            count_removed
        )
        values (%s, %s, %s, %s, %s, %s, %s)
        """,
        [
            part.batch_id, part.register_id, part.batch_id, part.published_at, entries, added,
            removed,
        ],
    )  # fmt: skip
    return entries


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
