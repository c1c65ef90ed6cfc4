"""Gather each delivery with its two parts, and say whether its control totals add up."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection

from ringfence.auditor_site.queries import Row, fetch
from ringfence.landing.batches import NOT_TAKEN, TAKEN_BACK, is_dismissed
from ringfence.landing.suppress import OPERATOR

RECENT_DELIVERIES = 200


@dataclass(frozen=True)
class Delivery:
    """Hold one file or query at its last attempt: the part of all else, and those of its stops.

    An earlier attempt that was rejected has brought its stops all the same: they are among `stops`.
    """

    source: str
    rest: Row | None
    stops: tuple[Row, ...]
    count_earlier: int = 0
    has_unread_stops: bool = False

    @property
    def first(self) -> Row:
        """Return the part that tells when the delivery came: that of all else, if there is one."""
        return self.rest or self.stops[0]

    @property
    def why(self) -> str:
        """Say what the delivery was turned away for, in words and by its code."""
        return why_rejected(self.first) if self.state == "rejected" else ""

    @property
    def state(self) -> str:
        """Return what became of the delivery; bytes that were taken back before stay so."""
        is_taken_back = self.first["reason_code"] == TAKEN_BACK
        return "taken back" if is_taken_back else str(self.first["status"])

    @property
    def balance(self) -> tuple[str, str]:
        """Return how the totals of all else stand: ok, bad or warn, and in words."""
        row = self.rest
        if row is None:
            return "warn", "stops only"
        match self.state:
            case "taken back":
                return "warn", "its stops alone"
            case "rejected":
                return "warn", "turned away whole"
            case "received":
                return "warn", "not finished"
            case "reconfirmed":
                return "ok", "the same bytes again"
        if row["rows_read"] == row["rows_landed"] + row["rows_quarantined"]:
            return "ok", "✓ adds up"
        return "bad", "✗ does not add up"

    @property
    def is_counted(self) -> bool:
        """Tell whether rows were read, landed and set aside at all."""
        return self.rest is not None and self.rest["status"] in ("accepted", "retracted")

    @property
    def effect(self) -> str:
        """Say what became of the delivery's stops."""
        told = []
        counts = {status: self._count_stops(status) for status in ("accepted", "retracted")}
        if counts["accepted"] is not None:
            is_out = self.rest is not None and self.state == "rejected"
            told.append(f"{counts['accepted']:,} took effect{' all the same' if is_out else ''}")
        if counts["retracted"] is not None:
            told.append(f"{counts['retracted']:,}, taken back")
        if waiting := sum(part["count_unmatched"] for part in self.stops):
            told.append(f"{waiting:,} unmatched {'waits' if waiting == 1 else 'wait'} for you")
        return "; ".join(told) or (str(self.stops[-1]["status"]) if self.stops else "–")

    def _count_stops(self, status: str) -> int | None:
        """Return how many stops have come to a status; None if no part of them has."""
        found = [part["count_stops"] for part in self.stops if part["status"] == status]
        return sum(found) if found else None


def deliveries(connection: Connection) -> list[Delivery]:
    """Return the newest deliveries at their last attempt, newest first."""
    parts: dict[UUID, list[Row]] = {}
    for row in fetch(
        connection,
        f"""
        with attempts as (
            select
                batch_id, source_id, file_sha256, is_retried,
                count(*) filter (where not is_retried) over (
                    partition by source_id, file_sha256, name_if_not_taken
                    order by received_at desc
                ) as place, name_if_not_taken
            from (
                select *, case when file_sha256 = %(not_taken)s then name_hash end
                    as name_if_not_taken
                from landing.batches
            ) as batches
            where part = 'rest'
        ),
        told as (
            select batches.*, coalesce(latest.batch_id, batches.delivery_id) as last_id
            from landing.batches
            left join attempts on batches.delivery_id = attempts.batch_id
            left join attempts as latest
                on attempts.source_id = latest.source_id
                and attempts.file_sha256 = latest.file_sha256
                and attempts.name_if_not_taken is not distinct from latest.name_if_not_taken
                and attempts.place = latest.place
                and not latest.is_retried
        ),
        newest as (
            select
                last_id, max(received_at) as last_received_at,
                count(*) filter (where part = 'rest' and is_retried) as count_earlier,
                bool_or(has_unread_stops and not {is_dismissed("told")}) as has_any_unread_stops
            from told
            group by last_id
            order by 2 desc, 1
            limit %(limit)s
        )
        select
            batches.batch_id, batches.part, batches.source_id, batches.status,
            batches.reason_code, batches.rows_read, batches.rows_landed,
            batches.rows_quarantined, batches.published_at, batches.received_at,
            coalesce((batches.entries ->> 'certain_stops')::bigint, batches.rows_landed)
                as count_stops,
            (
                select count(*) from landing.waiting_stops as waiting
                where waiting.batch_id = batches.batch_id
            ) as count_unmatched,
            newest.last_id, newest.count_earlier, newest.has_any_unread_stops, {UNMET} as unmet
        from newest
        inner join told as batches using (last_id)
        where not batches.is_retried
        order by newest.last_received_at desc, newest.last_id, batches.part, batches.received_at
        """,
        limit=RECENT_DELIVERIES,
        not_taken=NOT_TAKEN,
    ):
        parts.setdefault(row["last_id"], []).append(row)
    return [_delivery(found) for found in parts.values()]


def _delivery(parts: list[Row]) -> Delivery:
    return Delivery(
        source=_source(parts[0]),
        rest=next((row for row in parts if row["part"] == "rest"), None),
        stops=tuple(row for row in parts if row["part"] == "stops"),
        count_earlier=parts[0]["count_earlier"],
        has_unread_stops=parts[0]["has_any_unread_stops"],
    )


def open_rejections(connection: Connection) -> list[Row]:
    """Return sources whose last delivery was rejected, with what it was rejected for."""
    return fetch(
        connection,
        f"""
        select
            batches.batch_id, batches.source_id, batches.reason_code, batches.received_at,
            batches.has_unread_stops and not {is_dismissed("batches")} as has_unread_stops,
            {UNMET} as unmet
        from (
            select distinct on (source_id) *
            from landing.batches
            where part = 'rest' and status <> 'received'
                and reason_code is distinct from %(taken_back)s
            order by source_id, received_at desc
        ) as batches
        where batches.status = 'rejected'
        order by batches.source_id
        """,
        taken_back=TAKEN_BACK,
    )


# The expectations of a batch that its door check found unmet and that turn a delivery away.
UNMET = """
    array(
        select distinct told ->> 'id'
        from ledger.door_checks as checks
        cross join jsonb_array_elements(checks.results -> 'expectations') as told
        where
            checks.batch_id = batches.batch_id and not checks.is_passed
            and told ->> 'is_met' = 'false' and told ->> 'severity' = 'reject'
    )
"""


def why_rejected(row: Row) -> str:
    """Say why a delivery was turned away: the same words wherever it is told."""
    code, unmet = row["reason_code"] or "unknown", row["unmet"]
    if not unmet:
        return f"{code.replace('_', ' ')} ({code})"
    words = ", ".join(one.replace("_", " ") for one in unmet)
    return f"not met at the door: {words} ({code}: {', '.join(unmet)})"


def _source(row: Row) -> str:
    return "entered by hand" if row["source_id"] == OPERATOR else str(row["source_id"])
