"""Prove that the hashes made in SQL are the ones that the description in Python gives."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import Connection, sql

from ringfence.ledger import chain
from ringfence.ledger.canonical import (
    COLUMNS,
    FORM_OF_TYPE,
    PAYLOAD_COLUMNS,
    encode,
    encode_sql,
)

ORIGINALS = [None, "", "2026-11-20 10:11", 'straße "quoted" \\ tab\t newline\n \x7f €']


def new_batch(connection: Connection, **facts: Any) -> UUID:
    batch = uuid4()
    row = {
        "batch_id": batch,
        "delivery_id": uuid4(),
        "part": "stops",
        "source_id": "crm_uk",
        "controller_id": "northwind",
        "file_sha256": "0" * 64,
        "mapping_sha256": uuid4().hex,
        "published_at": datetime(2026, 11, 20, tzinfo=UTC),
        "status": "received",
        "received_at": datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC),
        **facts,
    }
    names = sql.SQL(", ").join(map(sql.Identifier, row))
    values = sql.SQL(", ").join(map(sql.Placeholder, row))
    connection.execute(
        sql.SQL("insert into landing.batches ({}) values ({})").format(names, values), row
    )
    return batch


def add_suppressions(connection: Connection, batch: UUID, count: int) -> None:
    connection.execute(
        sql.SQL(
            """
            with prepared as materialized (
                select nextval('ledger.suppression_entries_seq_seq') as seq,
                    uuid_send(gen_random_uuid()) as salt,
                    number as row_number, %(original)s::text as event_at_original,
                    'do not call ' || number as kind_original
                from generate_series(1, %(count)s) as number
            ),
            payload as (
                insert into ledger.suppression_entries_payload
                select seq, salt, event_at_original, kind_original from prepared
            )
            insert into ledger.suppression_entries (
                seq, entry_id, batch_id, row_number, source_id, controller_id, subject_id, scope,
                kind, event_at, event_time_status, commitment
            )
            overriding system value
            select seq, gen_random_uuid(), %(batch)s, row_number, 'crm_uk', 'northwind',
                gen_random_uuid(), 'controller', 'objection', '2026-11-20 10:00+00', 'ok',
                {commitment}
            from prepared
            """
        ).format(commitment=chain.commitment_sql(PAYLOAD_COLUMNS["suppression_entries"])),
        {"batch": batch, "count": count, "original": ORIGINALS[3]},
    )


def test_a_new_column_of_a_ledger_cannot_be_forgotten_in_its_hash(connection: Connection) -> None:
    for ledger_name, forms in COLUMNS.items():
        declared = dict(
            connection.execute(
                """
                select column_name, data_type from information_schema.columns
                where table_schema = 'ledger' and table_name = %s
                """,
                [ledger_name],
            ).fetchall()
        )
        assert {name: FORM_OF_TYPE[kind] for name, kind in declared.items()} == forms


def test_every_payload_column_is_under_the_commitment(connection: Connection) -> None:
    for ledger_name, payload in PAYLOAD_COLUMNS.items():
        declared = connection.execute(
            """
            select column_name from information_schema.columns
            where table_schema = 'ledger' and table_name = %s and column_name not in ('seq', 'salt')
            """,
            [f"{ledger_name}_payload"],
        ).fetchall()
        assert sorted(name for (name,) in declared) == sorted(payload)


@pytest.mark.parametrize("first", ORIGINALS)
@pytest.mark.parametrize("second", ORIGINALS)
def test_a_commitment_made_in_sql_is_the_one_made_in_python(
    connection: Connection, first: str | None, second: str | None
) -> None:
    salt = bytes(range(16))
    row = connection.execute(
        sql.SQL("select {} from (select %s::bytea as salt, %s::text as a, %s::text as b) r").format(
            chain.commitment_sql(("a", "b"))
        ),
        [salt, first, second],
    ).fetchone()
    assert row
    assert bytes(row[0]) == chain.commitment(salt, (("a", first), ("b", second)))


def test_a_leaf_does_not_change_with_the_session(connection: Connection) -> None:
    batch = new_batch(connection)
    add_suppressions(connection, batch, 1)
    names = list(COLUMNS["suppression_entries"])
    query = sql.SQL("select {}, {} from ledger.suppression_entries where batch_id = %s").format(
        chain.leaf_sql("suppression_entries"), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    connection.execute("set local timezone = 'Pacific/Auckland'")
    connection.execute("set local datestyle = 'German'")
    connection.execute("set local bytea_output = 'escape'")
    abroad = connection.execute(query, [batch], binary=True).fetchone()
    assert abroad
    expected = hashlib.sha256(b"\x01" + encode(zip(names, abroad[1:], strict=True))).digest()
    assert bytes(abroad[0]) == expected


def test_every_form_has_the_same_bytes_in_sql_and_python(connection: Connection) -> None:
    values = {
        "text": "Łódź",
        "uuid": uuid4(),
        "integer": -5,
        "instant": datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        "boolean": True,
        "bytes": b"\x00\xff",
        "nothing": None,
    }
    types = ("text", "uuid", "bigint", "timestamp with time zone", "boolean", "bytea", "text")
    columns = sql.SQL(", ").join(
        sql.SQL("{}::{} as {}").format(sql.Placeholder(name), sql.SQL(kind), sql.Identifier(name))
        for name, kind in zip(values, types, strict=True)
    )
    forms = {name: FORM_OF_TYPE[kind] for name, kind in zip(values, types, strict=True)}
    row = connection.execute(
        sql.SQL("select {} from (select {}) as r").format(encode_sql(forms), columns), values
    ).fetchone()
    assert row
    assert bytes(row[0]) == encode(values.items())


def test_a_batch_is_sealed_in_blocks_and_hangs_on_the_one_before(connection: Connection) -> None:
    batches = []
    for count in (4097, 0, 3):
        batch = new_batch(connection)
        add_suppressions(connection, batch, count)
        chain.seal_batch(connection, batch)
        batches.append(str(batch))
    blocks = connection.execute(
        """
        select batch_id::text, block_number, count_rows from ledger.block_roots
        where batch_id = any(%s::uuid[]) order by first_seq
        """,
        [batches],
    ).fetchall()
    assert blocks == [(batches[0], 0, 4096), (batches[0], 1, 1), (batches[2], 0, 3)]
    links = connection.execute(
        "select object_id, previous_hash, link_hash from ledger.chain_links order by seq"
    ).fetchall()
    assert [link[0] for link in links][-3:] == batches
    assert links[0][1] == chain.FIRST_PREVIOUS_HASH
    assert [link[1] for link in links[1:]] == [link[2] for link in links[:-1]]
