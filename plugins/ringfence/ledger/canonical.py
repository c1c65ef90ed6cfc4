"""Encode ledger rows to bytes, once in SQL for speed and once in Python for whoever checks us.

    field  = length of name (4 bytes, big-endian) ‖ name ‖ length of value (4 bytes) ‖ value
    row    = the fields that are not null, in the order of COLUMNS, nothing between them
    text   → UTF-8        uuid → its 16 bytes        integer → 8 bytes, signed
    boolean → one byte    bytea → as it is           instant → microseconds since 2000-01-01 UTC
    jsonb → the text that Postgres prints for it

These are Postgres' own wire forms, so no session setting (zone, date style) changes a hash. A null
writes nothing: a column that is added later leaves the hashes of older rows as they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from psycopg import sql

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Form(StrEnum):
    """Name how a column's value becomes bytes."""

    TEXT = "text"
    UUID = "uuid"
    INTEGER = "integer"
    INSTANT = "instant"
    BOOLEAN = "boolean"
    BYTES = "bytes"
    JSON = "json"


SQL_OF_FORM = {
    Form.TEXT: "convert_to({}, 'UTF8')",
    Form.UUID: "uuid_send({})",
    Form.INTEGER: "int8send({}::bigint)",
    Form.INSTANT: "timestamptz_send({})",
    Form.BOOLEAN: "boolsend({})",
    Form.BYTES: "{}",
    Form.JSON: "convert_to({}::text, 'UTF8')",
}
FORM_OF_TYPE = {
    "text": Form.TEXT,
    "uuid": Form.UUID,
    "bigint": Form.INTEGER,
    "integer": Form.INTEGER,
    "timestamp with time zone": Form.INSTANT,
    "boolean": Form.BOOLEAN,
    "bytea": Form.BYTES,
}


def _columns(**forms: str) -> dict[str, Form]:
    """Read `text="a b"` style lists into a mapping of column to form, in the order written."""
    return {name: Form(form) for form, names in forms.items() for name in names.split()}


COLUMNS: dict[str, dict[str, Form]] = {
    "consent_events": _columns(
        integer="seq row_number",
        uuid="event_id batch_id subject_id person_ref",
        text=(
            "source_id controller_id event_type event_time_status purpose call_mode channel"
            " notice_version collection_context collection_method collector verified_channel"
            " evidence_status"
        ),
        instant="event_at expires_at",
        boolean="recording_notice_given is_pre_ticked is_bundled",
        bytes="commitment",
    ),
    "suppression_entries": _columns(
        integer="seq row_number",
        uuid="entry_id batch_id subject_id person_ref",
        text="source_id controller_id scope purpose channel kind event_time_status",
        instant="event_at",
        bytes="commitment",
    ),
    "call_attempts": _columns(
        integer="seq row_number",
        uuid="attempt_id batch_id subject_id",
        text="source_id controller_id campaign_id call_ref disposition event_time_status",
        instant="attempted_at",
        boolean="is_abandoned",
        bytes="commitment",
    ),
    "customer_relations": _columns(
        integer="seq row_number",
        uuid="relation_id batch_id subject_id person_ref contract_id",
        text="source_id controller_id product",
        instant="started_at ended_at last_purchase_at inquiry_at",
        boolean="is_objection_offered",
        bytes="commitment",
    ),
    "register_snapshots": _columns(
        integer="seq count_entries count_added count_removed",
        uuid="snapshot_id batch_id",
        text="register_id",
        instant="published_at",
    ),
}
PAYLOAD_COLUMNS: dict[str, tuple[str, ...]] = {
    "consent_events": ("evidence_ref", "event_at_original", "event_type_original"),
    "suppression_entries": ("event_at_original", "kind_original"),
    "call_attempts": ("attempted_at_original", "disposition_original"),
    "customer_relations": ("contract_ref",),
}


def encode(fields: Iterable[tuple[str, Any]]) -> bytes:
    """Return the bytes of one row; `None` values write nothing."""
    parts: list[bytes] = []
    for name, value in fields:
        if value is not None:
            for piece in (name.encode(), value_bytes(value)):
                parts += (len(piece).to_bytes(4, "big"), piece)
    return b"".join(parts)


def value_bytes(value: object) -> bytes:
    """Return one value's bytes by its Python type, as the module's table says."""
    match value:
        case bool():
            return b"\x01" if value else b"\x00"
        case int():
            return value.to_bytes(8, "big", signed=True)
        case str():
            return value.encode()
        case UUID():
            return value.bytes
        case datetime():
            microseconds = (value - EPOCH) // timedelta(microseconds=1)
            return microseconds.to_bytes(8, "big", signed=True)
        case bytes() | bytearray() | memoryview():
            return bytes(value)
    raise TypeError(f"a {type(value).__name__} has no canonical form")


def encode_sql(forms: Mapping[str, Form], *, qualifier: str = "") -> sql.Composed:
    """Return the SQL expression whose bytes equal `encode` of the same columns."""
    parts = []
    for name, form in forms.items():
        column = sql.Identifier(qualifier, name) if qualifier else sql.Identifier(name)
        value = sql.SQL(SQL_OF_FORM[form]).format(column)
        tag = len(name.encode()).to_bytes(4, "big") + name.encode()
        parts.append(
            sql.SQL("coalesce({}::bytea || int4send(octet_length({})) || {}, '')").format(
                sql.Literal("\\x" + tag.hex()), value, value
            )
        )
    return sql.SQL(" || ").join(parts)
