"""Take a wrong batch back: its rows stay on record, but count no more from this instant."""

from __future__ import annotations

import getpass
from uuid import UUID

from psycopg import Connection

from ringfence.audit import RETRACTED, record
from ringfence.clear_text import refuse_personal
from ringfence.counted import counted
from ringfence.database import connect
from ringfence.errors import Misconfigured, Refusal
from ringfence.keys import load_keys
from ringfence.landing.batches import DISMISSED, NOT_TAKEN
from ringfence.landing.ledger_rows import share_knowledge
from ringfence.ledger.checkpoints import write_checkpoint
from ringfence.ledger.roots import seal_retraction
from ringfence.settings import Settings

_OF_THE_SAME = """
    attempt.source_id = batches.source_id and attempt.file_sha256 = batches.file_sha256
    and (
        batches.file_sha256 <> %(not_taken)s
        or (
            attempt.name_hash = batches.name_hash
            and attempt.received_at < batches.received_at
        )
    )
"""
"""An attempt at the bytes of `batches`, as `is_dismissed` has it."""


def retract_batch(
    settings: Settings, batch_id: UUID, *, reason: str, approved_by: str | None = None
) -> str:
    """Retract one batch; stops need `approved_by`, since taking them back opens calls again.

    A rejected delivery that may hold stops can be dismissed in the same way, by any attempt at its
    bytes and for all of them. The login that does it is kept beside who approved it. Returns a
    phrase with the counts. Raises Misconfigured for an unknown batch, Refusal for one that cannot
    be taken back.
    """
    refuse_personal(reason, where="--reason")
    refuse_personal(approved_by, where="--approved-by")
    with connect(settings, name="ringfence retract") as connection:
        keys = load_keys(settings, connection)
        row = connection.execute(
            f"""
            select part, status, source_id, rows_landed, entries,
                has_unread_stops
                or (
                    part = 'rest' and status in ('received', 'rejected')
                    and exists (
                        select from landing.batches as attempt
                        where attempt.has_unread_stops and {_OF_THE_SAME}
                    )
                )
            from landing.batches where batch_id = %(batch)s
            """,
            {"batch": batch_id, "not_taken": NOT_TAKEN},
        ).fetchone()
        if row is None:
            raise Misconfigured(
                "There is no such batch.",
                where=str(batch_id),
                remedy="`./ringfence site build`, page Deliveries, lists them",
            )
        part, status, source_id, rows_landed, entries, has_unread_stops = row
        if has_unread_stops and approved_by:
            return _dismiss(connection, batch_id, source_id, reason, approved_by)
        if has_unread_stops:
            raise Refusal(
                "This delivery was not read to its end, and may hold objections.",
                where=source_id,
                remedy="mend it and ingest again; or have somebody look, and give --approved-by",
            )
        if status not in {"accepted", "reconfirmed"}:
            raise Refusal(f"This batch is {status}; there is nothing to take back.")
        if part == "stops" and not approved_by:
            raise Refusal(
                "These are stops: taking them back lets people be called again.",
                where=f"{source_id}, {counted(rows_landed, 'stop')}",
                remedy="have it approved and give --approved-by",
            )
        if "register" in entries:
            raise Refusal(
                "A register's snapshot is replaced, not retracted.",
                where=source_id,
                remedy="ingest the right snapshot with its own --published-at",
            )
        share_knowledge(connection)
        record(
            connection,
            actor=getpass.getuser(),
            action=RETRACTED,
            object_kind="batch",
            object_id=str(batch_id),
            details={
                "reason": reason, "approved_by": approved_by, "part": part, "source_id": source_id,
            },
        )  # fmt: skip
        connection.execute(
            "update landing.batches set status = 'retracted', retracted_at = ledger.now()"
            " where batch_id = %s",
            [batch_id],
        )
        seal_retraction(connection, batch_id)
        connection.commit()
        write_checkpoint(connection, settings, keys)
    return f"{counted(rows_landed, 'row')} of {source_id} ({part})"


def _dismiss(
    connection: Connection, batch_id: UUID, source_id: str, reason: str, approved_by: str
) -> str:
    """Take somebody's word that nobody is stopped in a delivery that could not be read."""
    attempts = connection.execute(
        f"""
        update landing.batches as attempt set has_unread_stops = false
        from landing.batches
        where batches.batch_id = %(batch)s and attempt.has_unread_stops
            and (attempt.batch_id = batches.batch_id or {_OF_THE_SAME})
        returning attempt.batch_id::text
        """,
        {"batch": batch_id, "not_taken": NOT_TAKEN},
    ).fetchall()
    record(
        connection,
        actor=getpass.getuser(),
        action=DISMISSED,
        object_kind="batch",
        object_id=str(batch_id),
        details={
            "reason": reason, "approved_by": approved_by, "source_id": source_id,
            "attempts": sorted(attempt for (attempt,) in attempts),
        },
    )  # fmt: skip
    return f"the unread delivery of {source_id}"
