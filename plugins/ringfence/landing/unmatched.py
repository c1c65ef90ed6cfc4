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
from ringfence.kinds import Suppression
from ringfence.known_names import is_known
from ringfence.landing.suppress import SuppressReport, suppress
from ringfence.login_name import login_name
from ringfence.settings import Settings

SETTLED = "settle_unmatched_stop"


@dataclass(frozen=True, slots=True)
class UnmatchedStop:
    """Say where an open one stands; its row is that of the delivered file, never what it holds."""

    unmatched_stop_id: UUID
    source_id: str
    batch_id: UUID
    row_number: int
    since: datetime
    due_at: datetime


def open_stops(connection: Connection) -> list[UnmatchedStop]:
    """Return every stop that waits for somebody, the first deadline first."""
    rows = connection.execute(
        """
        select
            stops.unmatched_stop_id, batches.source_id, stops.batch_id, stops.row_number,
            stops.received_at, stops.due_at
        from landing.unmatched_stops as stops
        inner join landing.batches using (batch_id)
        where stops.resolved_at is null
        order by stops.due_at, batches.source_id, stops.row_number, stops.unmatched_stop_id
        """
    ).fetchall()
    return [UnmatchedStop(*row) for row in rows]


def settle_as_stop(
    settings: Settings, stop_id: str, number: str, country: str | None
) -> SuppressReport:
    """Suppress the number that was meant, for whom it was told, and close the task.

    It counts from now on. Raises Misconfigured when the number cannot be read; nothing is closed.
    """
    with connect(settings, name="ringfence unmatched") as connection:
        found, _, controller_id = _open(connection, stop_id)
        if not is_known(connection, "controller", controller_id):
            controller_id = None
    report = suppress(
        settings,
        number,
        country,
        controller_id=controller_id,
        kind=Suppression.OBJECTION.value,
        reference="unmatched stop",
    )
    _close(settings, str(found), {"as": "stop", "batch_id": str(report.batch_id)})
    return report


def settle_as_no_stop(
    settings: Settings, stop_id: str, *, reason: str, approved_by: str | None
) -> None:
    """Take somebody's word that a row stops nobody; what it may have meant stays stopped.

    Raises Misconfigured without a reason or an approval, since silence would do the same.
    """
    refuse_personal(reason, where="--reason")
    refuse_personal(approved_by, where="--approved-by")
    if not reason.strip() or not (approved_by or "").strip():
        raise Misconfigured(
            "That somebody did not object has to be looked at and approved.",
            where="--not-a-stop",
            remedy="give --reason and --approved-by",
        )
    _close(settings, stop_id, {"as": "no_stop", "reason": reason, "approved_by": approved_by})


def _open(connection: Connection, stop_id: str) -> tuple[UUID, str, str | None]:
    """Return an open task, its source and its controller; holds it until the transaction ends."""
    try:
        wanted = UUID(stop_id)
    except ValueError:
        wanted = None
    row = connection.execute(
        """
        select stops.unmatched_stop_id, batches.source_id, batches.controller_id,
            stops.resolved_at
        from landing.unmatched_stops as stops
        inner join landing.batches using (batch_id)
        where stops.unmatched_stop_id = %s
        for update of stops
        """,
        [wanted],
    ).fetchone()
    if row is None:
        raise Misconfigured(
            "There is no unmatched stop of this id.",
            remedy="`./ringfence unmatched` lists those that wait",
        )
    if row[3] is not None:
        raise Refusal(
            "This unmatched stop was settled already.",
            where=str(row[0]),
            remedy="nothing; `./ringfence unmatched` lists those that wait",
        )
    return row[0], row[1], row[2]


def _close(settings: Settings, stop_id: str, details: dict[str, str | None]) -> None:
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
            "update landing.unmatched_stops set resolved_at = ledger.now()"
            " where unmatched_stop_id = %s",
            [found],
        )
