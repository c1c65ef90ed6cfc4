"""Chain the ledgers: a batch's rows are hashed in blocks, each batch hangs on the one before.

    commitment = SHA-256(salt ‖ 01 ‖ payload fields)                 stands in the row for ever
    leaf       = SHA-256(01 ‖ all fields of the row, commitment included)
    block root = SHA-256(01 ‖ leaves in order of seq), 4,096 rows of one ledger and batch
    batch root = SHA-256(01 ‖ facts of the batch ‖ its blocks in order)
    link hash  = SHA-256(01 ‖ previous hash ‖ kind, object, root, instant)

Erasing a payload takes its salt along, so a commitment tells nothing about the values it was made
of, and no hash changes. `ringfence.ledger.canonical` says how fields become bytes.

Lock order: `knowledge` before `chain`, always. Whoever accepts holds both until the commit, so that
links stand in the order in which batches became known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from psycopg import Connection, sql

from ringfence.ledger.canonical import COLUMNS, Form, encode, encode_sql

VERSION = b"\x01"
BLOCK_ROWS = 4096
SALT_SQL = "uuid_send(gen_random_uuid())"
FIRST_PREVIOUS_HASH = bytes(32)
BATCH_FACTS = (
    "batch_id", "delivery_id", "part", "source_id", "controller_id", "file_sha256",
    "mapping_sha256", "published_at", "received_at",
)  # fmt: skip
BLOCK_FACTS = ("ledger_name", "block_number", "count_rows", "first_seq", "last_seq", "root")


def commitment_sql(payload_columns: Sequence[str], *, qualifier: str = "") -> sql.Composed:
    """Return the SQL of a row's commitment, over a column `salt` and the payload's text columns."""
    salt = sql.Identifier(qualifier, "salt") if qualifier else sql.Identifier("salt")
    forms = dict.fromkeys(payload_columns, Form.TEXT)
    return sql.SQL("sha256({} || '\\x01'::bytea || {})").format(
        salt, encode_sql(forms, qualifier=qualifier)
    )


def commitment(salt: bytes, payload: Sequence[tuple[str, str | None]]) -> bytes:
    """Return what `commitment_sql` gives, for a checker without a database."""
    return hashlib.sha256(salt + VERSION + encode(payload)).digest()


def leaf_sql(ledger_name: str, *, qualifier: str = "") -> sql.Composed:
    """Return the SQL of one row's leaf hash."""
    return sql.SQL("sha256('\\x01'::bytea || {})").format(
        encode_sql(COLUMNS[ledger_name], qualifier=qualifier)
    )


def blocks_sql(ledger_name: str, *, condition: sql.Composable) -> sql.Composed:
    """Return a query of block facts (batch, number, count, first, last, root) of the rows meant."""
    return sql.SQL(
        """
        select
            batch_id, {name}::text as ledger_name, block_number::integer as block_number,
            count(*)::integer as count_rows, min(seq) as first_seq, max(seq) as last_seq,
            sha256('\\x01'::bytea || string_agg(leaf, ''::bytea order by seq)) as root
        from (
            select
                batch_id, seq, {leaf} as leaf,
                (row_number() over (partition by batch_id order by seq) - 1) / {size}
                    as block_number
            from {table}
            where {condition}
        ) as leaves
        group by batch_id, block_number
        """
    ).format(
        name=sql.Literal(ledger_name),
        leaf=leaf_sql(ledger_name),
        size=sql.Literal(BLOCK_ROWS),
        table=sql.Identifier("ledger", ledger_name),
        condition=condition,
    )


def seal_batch(connection: Connection, batch_id: UUID) -> None:
    """Add the batch's blocks and its link; call it inside the accepting transaction, near its end.

    Every ledger row of the batch must stand by then. The batch row itself must carry its facts
    (source, part, hashes, times of publication and receipt); status and counts may still change.
    """
    for ledger_name in COLUMNS:
        connection.execute(
            sql.SQL(
                """
                insert into ledger.block_roots (
                    batch_id, ledger_name, block_number, count_rows, first_seq, last_seq, root
                )
                select * from ({}) as blocks
                """
            ).format(blocks_sql(ledger_name, condition=sql.SQL("batch_id = %(batch)s"))),
            {"batch": batch_id},
        )
    connection.execute("select pg_advisory_xact_lock_shared(hashtextextended('knowledge', 0))")
    append_link(connection, "batch", str(batch_id), batch_root(connection, batch_id))


def batch_root(connection: Connection, batch_id: UUID) -> bytes:
    """Return the root over the batch's own facts and its recorded blocks."""
    facts = connection.execute(
        sql.SQL("select {} from landing.batches where batch_id = %s").format(
            column_list(BATCH_FACTS)
        ),
        [batch_id],
    ).fetchone()
    if facts is None:
        raise LookupError(f"batch {batch_id} has no row in landing.batches")
    digest = hashlib.sha256(VERSION + encode(zip(BATCH_FACTS, facts, strict=True)))
    blocks = connection.execute(
        sql.SQL(
            "select {} from ledger.block_roots where batch_id = %s"
            ' order by ledger_name collate "C", block_number'
        ).format(column_list(BLOCK_FACTS)),
        [batch_id],
    )
    for block in blocks:
        digest.update(encode(zip(BLOCK_FACTS, block, strict=True)))
    return digest.digest()


def append_link(connection: Connection, kind: str, object_id: str, root: bytes) -> bytes:
    """Hang one more link on the chain and return its hash; holds `chain` until the commit.

    `kind` is batch, publication or retention; `root` are the 32 bytes that stand for the object.
    """
    connection.execute("select pg_advisory_xact_lock(hashtextextended('chain', 0))")
    newest = connection.execute(
        "select link_hash from ledger.chain_links order by seq desc limit 1"
    ).fetchone()
    previous = bytes(newest[0]) if newest else FIRST_PREVIOUS_HASH
    instant = connection.execute("select ledger.now()").fetchone()
    recorded_at = instant[0] if instant else None
    hashed = link_hash(previous, kind, object_id, root, recorded_at)
    connection.execute(
        """
        insert into ledger.chain_links (
            kind, object_id, root, previous_hash, link_hash, recorded_at
        )
        values (%s, %s, %s, %s, %s, %s)
        """,
        [kind, object_id, root, previous, hashed, recorded_at],
    )
    return hashed


def link_hash(
    previous: bytes, kind: str, object_id: str, root: bytes, recorded_at: object
) -> bytes:
    """Return a link's hash from what the link says."""
    fields = (("kind", kind), ("object_id", object_id), ("root", root), ("at", recorded_at))
    return hashlib.sha256(VERSION + previous + encode(fields)).digest()


def column_list(columns: Sequence[str]) -> sql.Composed:
    """Return the columns as an SQL list."""
    return sql.SQL(", ").join(map(sql.Identifier, columns))
