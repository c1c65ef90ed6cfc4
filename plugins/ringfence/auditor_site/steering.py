"""Tell what people did by hand: stops, resumes, objections, what they took away or settled.

And how soon stops, by hand or not, reached the lists that were out.

Who, when and why are free text that somebody typed; what looks like a number is masked here.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from ringfence.audit import RETRACTED, WHO
from ringfence.auditor_site.queries import Row, fetch
from ringfence.auditor_site.recalls import recalls
from ringfence.clear_text import masked
from ringfence.landing.batches import DISMISSED
from ringfence.landing.unmatched import SETTLED
from ringfence.registers.retire import RETIRED
from ringfence.stops import standing_stops

RECENT = 200


def steering(connection: Connection) -> dict[str, Any]:
    """Return what stands, and what was done, newest first."""
    return {
        "standing": [
            {
                "scope": one.scope,
                "actor": masked(one.actor),
                "reason": masked(one.reason),
                "since": one.since,
            }
            for one in standing_stops(connection)
        ],
        "stop_history": [_told(row) for row in _stop_history(connection)],
        "by_hand": [_told(row) for row in _by_hand(connection)],
        "taken_back": [_told(row) for row in _taken_back(connection)],
        "retired": [_told(row) for row in _retired(connection)],
        "settled": [_told(row) for row in _settled(connection)],
        **recalls(connection),
    }


def _told(row: Row) -> Row:
    free = ("actor", "approved_by", "reason", "asked_by", "reference")
    return {name: masked(told) if name in free else told for name, told in row.items()}


def _stop_history(connection: Connection) -> list[Row]:
    return fetch(
        connection,
        """
        select recorded_at, action, campaign_id, actor, reason
        from ledger.publication_stops
        order by seq desc
        limit %(limit)s
        """,
        limit=RECENT,
    )


def _by_hand(connection: Connection) -> list[Row]:
    """Return each stop entered by hand; one that was never accepted says so."""
    return fetch(
        connection,
        """
        select
            events.recorded_at, events.actor, events.details ->> 'by' as asked_by,
            events.details ->> 'reference' as reference, events.details ->> 'kind' as kind,
            batches.batch_id, batches.controller_id, batches.status,
            batches.rows_landed, batches.retracted_at
        from ledger.audit_events as events
        inner join landing.batches on events.object_id = batches.batch_id::text
        where events.action = 'suppress'
        order by events.seq desc
        limit %(limit)s
        """,
        limit=RECENT,
    )


def _taken_back(connection: Connection) -> list[Row]:
    """Return each delivery taken back, and each of which somebody said that it holds no stops."""
    return fetch(
        connection,
        f"""
        select
            events.recorded_at, events.action = %(dismissed)s as is_dismissed, {WHO},
            events.details ->> 'reason' as reason,
            batches.batch_id, batches.source_id, batches.part, batches.rows_landed
        from ledger.audit_events as events
        inner join landing.batches on events.object_id = batches.batch_id::text
        where events.action in (%(retracted)s, %(dismissed)s)
        order by events.seq desc
        limit %(limit)s
        """,
        retracted=RETRACTED,
        dismissed=DISMISSED,
        limit=RECENT,
    )


def _retired(connection: Connection) -> list[Row]:
    """Return each source that somebody let go: its silence holds no list back any more."""
    return fetch(
        connection,
        f"""
        select events.recorded_at, events.object_id as source_id, {WHO},
            events.details ->> 'reason' as reason
        from ledger.audit_events as events
        where events.action = %(retired)s
        order by events.seq desc
        limit %(limit)s
        """,
        retired=RETIRED,
        limit=RECENT,
    )


def _settled(connection: Connection) -> list[Row]:
    """Return each unmatched stop that somebody settled: as a stop, or as none."""
    return fetch(
        connection,
        """
        select events.recorded_at, events.actor, events.details ->> 'approved_by' as approved_by,
            events.details ->> 'as' = 'stop' as is_stop, events.details ->> 'reason' as reason,
            events.details ->> 'source_id' as source_id, stops.row_number, stops.batch_id,
            stops.unmatched_stop_id, (
                select count(*) from landing.unmatched_stops as again
                where again.settled_by = stops.unmatched_stop_id
            ) as count_again
        from ledger.audit_events as events
        inner join landing.unmatched_stops as stops
            on events.object_id = stops.unmatched_stop_id::text
        where events.action = %(settled)s
        order by events.seq desc
        limit %(limit)s
        """,
        settled=SETTLED,
        limit=RECENT,
    )
