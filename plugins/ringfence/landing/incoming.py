"""Hold a delivery in unlogged tables until the door has spoken; one table a batch and kind.

They are committed as they are filled, since Great Expectations reads over a connection of its own;
what a crash leaves behind is swept at the source's next run.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from psycopg import Connection, sql

LEADS = """row_number bigint, record_id uuid, lead_id uuid, person_ref uuid, source_record_id text,
    title text, first_name text, last_name text, company text, email text, postcode text,
    city text, region text, country text, address_country text, audience text, birth_date date,
    language text, campaign_id text, collected_at timestamptz, kept jsonb"""
CONTACT_POINTS = """row_number bigint, record_id uuid, subject_id uuid, person_ref uuid,
    position smallint, number_status text, e164 text, raw text, number_region text,
    line_type text"""
CONSENT_EVENTS = """row_number bigint, is_stop boolean, event_id uuid, subject_id uuid,
    person_ref uuid, event_type text, event_at timestamptz, event_time_status text,
    expires_at timestamptz, purpose text, call_mode text, channel text, notice_version text,
    collection_context text, collection_method text, collector text,
    recording_notice_given boolean, is_pre_ticked boolean, is_bundled boolean,
    verified_channel text, evidence_status text,
    evidence_ref text, event_at_original text, event_type_original text"""
SUPPRESSION = """row_number bigint, is_stop boolean, entry_id uuid, subject_id uuid,
    person_ref uuid, scope text, purpose text, channel text, kind text, event_at timestamptz,
    event_time_status text, event_at_original text, kind_original text"""
CALL_ATTEMPTS = """row_number bigint, is_stop boolean, attempt_id uuid, subject_id uuid,
    campaign_id text, call_ref text, attempted_at timestamptz, event_time_status text,
    disposition text, is_abandoned boolean, attempted_at_original text, disposition_original text,
    is_uncertain boolean"""
CUSTOMER_RELATIONS = """row_number bigint, relation_id uuid, subject_id uuid, person_ref uuid,
    contract_id uuid, contract_ref text, product text, started_at timestamptz, ended_at timestamptz,
    last_purchase_at timestamptz, inquiry_at timestamptz, is_objection_offered boolean"""
REGISTER = """row_number bigint, subject_id uuid, e164 text, number_status text,
    number_region text, asked_hash text, is_listed boolean, is_revoking_all boolean,
    listed_at timestamptz, proof text"""

TABLES = {
    "leads": LEADS,
    "contact_points": CONTACT_POINTS,
    "consent_events": CONSENT_EVENTS,
    "suppression": SUPPRESSION,
    "call_attempts": CALL_ATTEMPTS,
    "customer_relations": CUSTOMER_RELATIONS,
    "register": REGISTER,
}
FAULTS = "row_number bigint, reason_code text, cells_encrypted bytea"
UNMATCHED = """unmatched_stop_id uuid, row_number bigint, kind text, cells_encrypted bytea,
    uncertain uuid[], row_digest bytea"""
SIDE_TABLES = {"faults": FAULTS, "unmatched": UNMATCHED}


def columns(kind: str) -> tuple[str, ...]:
    """Return the column names of an incoming table, in order."""
    declared = {**TABLES, **SIDE_TABLES}[kind]
    return tuple(part.split()[0] for part in declared.replace("\n", " ").split(","))


def table(batch_id: UUID, kind: str) -> str:
    """Return the schema-qualified name of a batch's incoming table."""
    return f"landing.incoming_{batch_id.hex}_{kind}"


def identifier(batch_id: UUID, kind: str) -> sql.Identifier:
    """Return the same name quoted for psycopg."""
    return sql.Identifier(*table(batch_id, kind).split("."))


def create(connection: Connection, batch_id: UUID, kinds: Iterable[str]) -> None:
    """Make the tables; the caller commits."""
    for kind in (*kinds, *SIDE_TABLES):
        declared = {**TABLES, **SIDE_TABLES}[kind]
        connection.execute(
            sql.SQL("create unlogged table {} ({})").format(
                identifier(batch_id, kind),
                sql.SQL(declared),
            )
        )


def copy_rows(
    connection: Connection, batch_id: UUID, kind: str, rows: Iterable[tuple[Any, ...]]
) -> None:
    """Append rows (tuples in the order of `columns`) by COPY."""
    statement = sql.SQL("copy {} from stdin").format(identifier(batch_id, kind))
    with connection.cursor().copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def drop(connection: Connection, batch_id: UUID) -> None:
    """Drop whatever incoming tables the batch has."""
    names = connection.execute(
        "select tablename from pg_tables where schemaname = 'landing' and tablename like %s",
        [f"incoming\\_{batch_id.hex}\\_%"],
    ).fetchall()
    for (name,) in names:
        connection.execute(sql.SQL("drop table {}").format(sql.Identifier("landing", name)))
