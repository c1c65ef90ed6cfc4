"""Gather each delivery with its two parts, and say whether its control totals add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection

from ringfence.auditor_site.queries import Row, fetch
from ringfence.landing.suppress import OPERATOR

RECENT_DELIVERIES = 200


@dataclass(frozen=True)
class Delivery:
    """Hold one file or query: the part of its stops, and the part of all else."""

    source: str
    rest: Row | None
    stops: Row | None

    @property
    def first(self) -> Row:
        """Return the part that tells when the delivery came: that of all else, if there is one."""
        found = self.rest or self.stops
        if found is None:
            raise ValueError("a delivery has at least one part")
        return found

    @property
    def why(self) -> str:
        """Say what the delivery was turned away for, in words and by its code."""
        return why_rejected(self.first) if self.first["status"] == "rejected" else ""

    @property
    def balance(self) -> tuple[str, str]:
        """Return how the totals of all else stand: ok, bad or warn, and in words."""
        row = self.rest
        if row is None:
            return "warn", "stops only"
        match row["status"]:
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
        if self.stops is None:
            return "–"
        count = f"{self.stops['rows_landed']:,}"
        match self.stops["status"]:
            case "accepted":
                is_out = self.rest is not None and self.rest["status"] == "rejected"
                return f"{count} took effect{' all the same' if is_out else ''}"
            case "retracted":
                return f"{count}, taken back"
        return str(self.stops["status"])


def deliveries(connection: Connection) -> list[Delivery]:
    """Return the newest deliveries, newest first."""
    parts: dict[UUID, dict[str, Any]] = {}
    for row in fetch(
        connection,
        f"""
        with newest as (
            select delivery_id, max(received_at) as received_at
            from landing.batches
            group by delivery_id
            order by 2 desc, 1
            limit %(limit)s
        )
        select
            batches.batch_id, batches.delivery_id, batches.part, batches.source_id,
            batches.status, batches.reason_code, batches.rows_read, batches.rows_landed,
            batches.rows_quarantined, batches.published_at, batches.received_at,
            batches.has_unread_stops, {UNMET} as unmet
        from newest
        inner join landing.batches using (delivery_id)
        order by newest.received_at desc, newest.delivery_id, batches.part
        """,
        limit=RECENT_DELIVERIES,
    ):
        parts.setdefault(row["delivery_id"], {})[row["part"]] = row
    return [
        Delivery(_source(next(iter(found.values()))), found.get("rest"), found.get("stops"))
        for found in parts.values()
    ]


def open_rejections(connection: Connection) -> list[Row]:
    """Return sources whose last delivery was rejected, with what it was rejected for."""
    return fetch(
        connection,
        f"""
        select
            batches.source_id, batches.reason_code, batches.received_at,
            batches.has_unread_stops, {UNMET} as unmet
        from (
            select distinct on (source_id) *
            from landing.batches
            where part = 'rest' and status <> 'received'
            order by source_id, received_at desc
        ) as batches
        where batches.status = 'rejected'
        order by batches.source_id
        """,
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
