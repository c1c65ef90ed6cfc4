"""Copy what a delivery holds for a ledger from its incoming tables, with a commitment each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection, sql

from ringfence.landing import incoming
from ringfence.ledger.chain import commitment_sql


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
            "is_pre_ticked", "is_bundled", "verified_channel", "evidence_status",
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
        (
            "attempt_id", "subject_id", "campaign_id", "call_ref", "attempted_at",
            "event_time_status", "disposition", "is_abandoned",
        ),
        ("attempted_at_original", "disposition_original"),
    ),
    "customer_relations": LedgerTable(
        "customer_relations",
        (
            "relation_id", "subject_id", "person_ref", "contract_id", "product", "started_at",
            "ended_at", "last_purchase_at", "inquiry_at", "is_objection_offered",
        ),
        ("contract_ref",),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """Name one part of a delivery; `delivery_id` is the batch id its incoming tables carry."""

    batch_id: UUID
    delivery_id: UUID
    source_id: str
    controller_id: str | None
    published_at: datetime | None
    register_id: str | None = None


def share_knowledge(connection: Connection) -> None:
    """Hold off, until the transaction ends, the run that would see only half of it."""
    connection.execute("select pg_advisory_xact_lock_shared(hashtextextended('knowledge', 0))")


def names(columns: tuple[str, ...]) -> sql.Composed:
    """Return the columns, quoted and listed."""
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def insert_ledger(
    connection: Connection, part: Part, kind: str, *, condition: sql.Composable
) -> int:
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
        condition=condition,
        payload_table=sql.Identifier("ledger", f"{ledger.name}_payload"),
        payload_columns=names(ledger.payload),
        ledger_table=sql.Identifier("ledger", ledger.name),
        facts=names(ledger.facts),
        commitment=commitment_sql(ledger.payload),
    )
    return connection.execute(
        statement,
        {"batch": part.batch_id, "source": part.source_id, "controller": part.controller_id},
    ).rowcount
