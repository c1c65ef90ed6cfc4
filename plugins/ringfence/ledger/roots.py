"""Compute the roots of what is chained besides batches: retractions, lists, retention receipts.

A retraction's link stands for the instant from which the batch counts no more, and for the word
that was given for it.

A list's link stands for its manifest and for every row it had when it was prepared; what was
removed later is added elsewhere and changes no row. A receipt's link stands for its totals.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

from psycopg import Connection, sql

from ringfence.audit import RETRACTED
from ringfence.ledger.canonical import Form, encode, encode_sql
from ringfence.ledger.chain import VERSION, append_link

ROW_FORMS = {
    "list_id": Form.UUID,
    "subject_id": Form.UUID,
    "decision_id": Form.UUID,
    "call_ref": Form.TEXT,
}
RECEIPT_FORMS = {
    "receipt_id": Form.UUID,
    "planned_for": Form.INSTANT,
    "totals": Form.JSON,
    "finished_at": Form.INSTANT,
}
RECEIPT_SQL = sql.SQL(
    "select receipt_id::text, sha256('\\x01'::bytea || {}) from ledger.retention_receipts"
).format(encode_sql(RECEIPT_FORMS))
RETRACTION_FACTS = ("batch_id", "retracted_at", "reason", "approved_by")
# Rows first, so that the (list, hash of rows) pairs are made in one pass over all lists.
PUBLICATION_SQL = sql.SQL(
    """
    with hashed as (
        select list_id, sha256(
            '\\x01'::bytea || string_agg(leaf, ''::bytea order by call_ref collate "C")
        ) as rows_root
        from (
            select list_id, call_ref, sha256('\\x01'::bytea || {}) as leaf
            from ledger.publication_rows
            where %(list)s::uuid is null or list_id = %(list)s
        ) as leaves
        group by list_id
    )
    select
        publications.list_id, campaign_id, call_date::text as call_date, edition, count_rows,
        file_sha256, manifest_sha256, rows_root
    from ledger.publications
    left join hashed using (list_id)
    where publications.status = 'published'
        and (%(list)s::uuid is null or publications.list_id = %(list)s)
    """
).format(encode_sql(ROW_FORMS))


def seal_publication(connection: Connection, list_id: UUID) -> bytes:
    """Chain a list in the transaction that inserts its `published` row, after that row."""
    roots = publication_roots(connection, list_id)
    return append_link(connection, "publication", str(list_id), roots[str(list_id)])


def seal_retraction(connection: Connection, batch_id: UUID) -> bytes:
    """Chain a retraction in the transaction that makes it, after its batch and its audit event."""
    roots = retraction_roots(connection, batch_id)
    return append_link(connection, "retraction", str(batch_id), roots[str(batch_id)])


def seal_receipt(connection: Connection, receipt_id: UUID) -> bytes:
    """Chain a retention receipt in the transaction that inserts it, after its row."""
    roots = receipt_roots(connection, receipt_id)
    return append_link(connection, "retention", str(receipt_id), roots[str(receipt_id)])


def retraction_roots(connection: Connection, batch_id: UUID | None = None) -> dict[str, bytes]:
    """Return the root of one batch's retraction, or of all of them, by batch id."""
    rows = connection.execute(
        """
        select
            batches.batch_id, batches.retracted_at, events.details ->> 'reason',
            events.details ->> 'approved_by'
        from landing.batches
        inner join ledger.audit_events as events
            on events.action = %(action)s and events.object_id = batches.batch_id::text
        where %(batch)s::uuid is null or batches.batch_id = %(batch)s
        """,
        {"action": RETRACTED, "batch": batch_id},
    )
    return {
        str(row[0]): hashlib.sha256(
            VERSION + encode(zip(RETRACTION_FACTS, row, strict=True))
        ).digest()
        for row in rows
    }


def publication_roots(connection: Connection, list_id: UUID | None = None) -> dict[str, bytes]:
    """Return the root of one published list, or of all of them, by list id."""
    cursor = connection.execute(PUBLICATION_SQL, {"list": list_id})
    names = [column.name for column in cursor.description or ()]
    return {
        str(row[0]): hashlib.sha256(VERSION + encode(zip(names, row, strict=True))).digest()
        for row in cursor
    }


def receipt_roots(connection: Connection, receipt_id: UUID | None = None) -> dict[str, bytes]:
    """Return the root of one retention receipt, or of all of them, by receipt id."""
    one = sql.SQL("{} where %(receipt)s::uuid is null or receipt_id = %(receipt)s")
    rows = connection.execute(one.format(RECEIPT_SQL), {"receipt": receipt_id}).fetchall()
    return {name: bytes(root) for name, root in rows}
