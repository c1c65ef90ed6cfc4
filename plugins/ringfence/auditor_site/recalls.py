"""Tell how soon stops reached the lists that were out: from receipt to the recall file on disk."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from ringfence.auditor_site.queries import Row, fetch

RECENT = 200
UNITS = (("hour", 3600), ("minute", 60), ("second", 1))


def recalls(connection: Connection) -> dict[str, Any]:
    """Return the newest recalls by delivery and list, and the slowest of the newest day (UTC)."""
    rows = [
        row | {"lasted": lasting(row["seconds"])}
        for row in fetch(
            connection,
            """
            select
                times.written_at, times.known_at, times.seconds, times.reason_family,
                times.count_rows, times.batch_id, batches.source_id, lists.campaign_id,
                lists.call_date, lists.edition,
                (times.written_at at time zone 'UTC')::date as written_on
            from ledger.recall_times as times
            inner join landing.batches as batches using (batch_id)
            inner join ledger.current_publications as lists using (list_id)
            order by times.written_at desc, times.seconds desc, lists.edition desc
            limit %(limit)s
            """,
            limit=RECENT,
        )
    ]
    return {"recalls": rows, "slowest_recall": _slowest_of_newest_day(rows)}


def lasting(seconds: float) -> str:
    """Return a time in the largest whole unit that it fills: `59 seconds`, `2 hours`."""
    for unit, size in UNITS:
        if seconds >= size:
            count = int(seconds // size)
            return f"1 {unit}" if count == 1 else f"{count} {unit}s"
    return "less than a second"


def _slowest_of_newest_day(rows: list[Row]) -> Row | None:
    newest = [row for row in rows if row["written_on"] == rows[0]["written_on"]]
    return max(newest, key=lambda row: float(row["seconds"]), default=None)
