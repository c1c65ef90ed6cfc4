"""List the stops whose number could not be read with certainty, and settle them one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from ringfence.audit import record
from ringfence.clear_text import refuse_personal
from ringfence.database import connect
from ringfence.errors import Misconfigured, Refusal
from ringfence.kinds import ConsentEvent, Disposition, Suppression
from ringfence.known_names import is_known
from ringfence.landing.batch_ids import find_unmatched
from ringfence.landing.suppress import SuppressReport, suppress
from ringfence.login_name import login_name
from ringfence.settings import Settings

SETTLED = "settle_unmatched_stop"
STRICTEST = (
    Suppression.ERASURE,
    Suppression.DECEASED,
    Suppression.COMPLAINT,
    Suppression.WRONG_NUMBER,
    Suppression.WITHDRAWAL,
    Suppression.OBJECTION,
)
"""The strictest first: no consent lifts any but the last two."""
MEANT: dict[str, Suppression] = {
    **{kind.value: kind for kind in Suppression},
    ConsentEvent.WITHDRAWN.value: Suppression.WITHDRAWAL,
    Disposition.OBJECTED.value: Suppression.OBJECTION,  # of a consent as well
    Disposition.REFUSED.value: Suppression.OBJECTION,
    Disposition.UNREADABLE.value: Suppression.OBJECTION,
    Disposition.WRONG_PARTY.value: Suppression.WRONG_NUMBER,
    Disposition.REASSIGNED.value: Suppression.WRONG_NUMBER,
}
"""What a row's word for a stop is by hand; any other is a complaint, which no consent lifts."""


@dataclass(frozen=True, slots=True)
class UnmatchedStop:
    """Say where an open one stands; its row is that of the delivered file, never what it holds.

    `kind` is what the row was read for, or the fault by which it could not be read whole.
    """

    unmatched_stop_id: UUID
    source_id: str
    batch_id: UUID
    row_number: int
    kind: str
    since: datetime
    due_at: datetime


def open_stops(connection: Connection) -> list[UnmatchedStop]:
    """Return every stop that waits for somebody, the first deadline first."""
    rows = connection.execute(
        """
        select waiting.unmatched_stop_id, waiting.source_id, waiting.batch_id, waiting.row_number,
            stops.kind, waiting.received_at, waiting.due_at
        from landing.waiting_stops as waiting
        inner join landing.unmatched_stops as stops using (unmatched_stop_id)
        order by waiting.due_at, waiting.source_id, waiting.row_number, waiting.unmatched_stop_id
        """
    ).fetchall()
    return [UnmatchedStop(*row) for row in rows]


def settle_as_stop(
    settings: Settings, stop_id: str, number: str, country: str | None
) -> SuppressReport:
    """Suppress the number that was meant, for whom and as what it was told, and close the task.

    Of a row that left no entry nobody knows either: every controller, and no consent lifts it.
    It counts from now on. Raises Misconfigured when the number cannot be read; nothing is closed.
    """
    with connect(settings, name="ringfence unmatched") as connection:
        found, _, controller_id = _open(connection, stop_id)
        told = _told(connection, found)
        kind = min(
            (MEANT.get(word, Suppression.COMPLAINT) for word, _ in told),
            key=STRICTEST.index,
            default=Suppression.COMPLAINT,
        )
        is_for_all = not told or any(binds_all for _, binds_all in told)
        if is_for_all or not is_known(connection, "controller", controller_id):
            controller_id = None
    report = suppress(
        settings,
        number,
        country,
        controller_id=controller_id,
        kind=kind.value,
        reference="unmatched stop",
    )
    _close(settings, str(found), {"as": "stop", "batch_id": str(report.batch_id)})
    return report


def settle_as_no_stop(
    settings: Settings, stop_id: str, *, reason: str, approved_by: str | None
) -> UUID:
    """Take somebody's word that a row stops nobody; what it may have meant stays stopped.

    Returns the id of the task. Raises Misconfigured without a reason or an approval, since silence
    would do the same.
    """
    refuse_personal(reason, where="--reason")
    refuse_personal(approved_by, where="--approved-by")
    if not reason.strip() or not (approved_by or "").strip():
        raise Misconfigured(
            "That somebody did not object has to be looked at and approved.",
            where="--not-a-stop",
            remedy="give --reason and --approved-by",
        )
    return _close(
        settings, stop_id, {"as": "no_stop", "reason": reason, "approved_by": approved_by}
    )


def _told(connection: Connection, stop_id: UUID) -> list[tuple[str, bool]]:
    """Return what the ledgers hold of a task's row: its words, and whether they bind everybody."""
    return connection.execute(
        """
        with told as (
            select batch_id, row_number, kind as word, scope = 'all' as is_for_all
            from ledger.suppression_entries
            union all
            select batch_id, row_number, event_type, false from ledger.consent_events
            union all
            select batch_id, row_number, disposition, false from ledger.call_attempts
        )
        select distinct told.word, told.is_for_all
        from told
        inner join landing.unmatched_stops as stops using (batch_id, row_number)
        where stops.unmatched_stop_id = %s
        """,
        [stop_id],
    ).fetchall()


def _open(connection: Connection, stop_id: str) -> tuple[UUID, str, str | None]:
    """Return an open task, its source and its controller; holds it until the transaction ends."""
    row = connection.execute(
        """
        select stops.unmatched_stop_id, batches.source_id, batches.controller_id,
            stops.resolved_at
        from landing.unmatched_stops as stops
        inner join landing.batches using (batch_id)
        where stops.unmatched_stop_id = %s
        for update of stops
        """,
        [find_unmatched(connection, stop_id)],
    ).fetchone()
    if row is None:  # gone since it was found
        raise Misconfigured(
            "There is no such unmatched stop.",
            remedy="`./ringfence unmatched` lists those that wait",
        )
    if row[3] is not None:
        raise Refusal(
            "This unmatched stop was settled already.",
            where=str(row[0]),
            remedy="nothing; `./ringfence unmatched` lists those that wait",
        )
    return row[0], row[1], row[2]


def _close(settings: Settings, stop_id: str, details: dict[str, str | None]) -> UUID:
    with connect(settings, name="ringfence unmatched") as connection:
        found, source_id, _ = _open(connection, stop_id)
        record(
            connection,
            actor=login_name(),
            action=SETTLED,
            object_kind="unmatched_stop",
            object_id=str(found),
            details={**details, "source_id": source_id},
        )
        connection.execute(
            "update landing.unmatched_stops set resolved_at = ledger.now(), settled_as = %s,"
            " entered_in = %s where unmatched_stop_id = %s",
            [details["as"], details.get("batch_id"), found],
        )
    return found
