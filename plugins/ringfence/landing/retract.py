"""Take a wrong batch back: its rows stay on record, but count no more from this instant."""

from __future__ import annotations

import hashlib
from uuid import UUID

from ringfence.audit import record
from ringfence.database import connect
from ringfence.errors import Misconfigured, Refusal
from ringfence.ledger.chain import append_link
from ringfence.settings import Settings


def retract_batch(
    settings: Settings, batch_id: UUID, *, reason: str, approved_by: str | None = None
) -> str:
    """Retract one batch; stops need `approved_by`, since taking them back opens calls again.

    Returns a phrase with the counts. Raises Misconfigured for an unknown batch, Refusal for one
    that cannot be taken back.
    """
    with connect(settings, name="ringfence retract") as connection:
        row = connection.execute(
            "select part, status, source_id, rows_landed, entries from landing.batches"
            " where batch_id = %s",
            [batch_id],
        ).fetchone()
        if row is None:
            raise Misconfigured(
                "There is no such batch.",
                where=str(batch_id),
                remedy="`./ringfence site build`, page Deliveries, lists them",
            )
        part, status, source_id, rows_landed, entries = row
        if status not in {"accepted", "reconfirmed"}:
            raise Refusal(f"This batch is {status}; there is nothing to take back.")
        if part == "stops" and not approved_by:
            raise Refusal(
                "These are stops: taking them back lets people be called again.",
                where=f"{source_id}, {rows_landed} stops",
                remedy="have it approved and give --approved-by",
            )
        if "register" in entries:
            raise Refusal(
                "A register's snapshot is replaced, not retracted.",
                where=source_id,
                remedy="ingest the right snapshot with its own --published-at",
            )
        connection.execute("select pg_advisory_xact_lock_shared(hashtextextended('knowledge', 0))")
        record(
            connection,
            actor=approved_by or "operator",
            action="retract",
            object_kind="batch",
            object_id=str(batch_id),
            details={"reason": reason, "part": part, "source_id": source_id},
        )
        connection.execute(
            "update landing.batches set status = 'retracted', retracted_at = ledger.now()"
            " where batch_id = %s",
            [batch_id],
        )
        told = f"{batch_id}\x1f{reason}\x1f{approved_by or ''}"
        root = hashlib.sha256(told.encode()).digest()
        append_link(connection, "retraction", str(batch_id), root)
    return f"{rows_landed:,} rows of {source_id} ({part})"
