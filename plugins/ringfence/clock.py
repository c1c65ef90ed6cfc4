"""Tell the time: `ledger.now()` in the database is the only source of now.

A live home reads Postgres' clock, so that all processes agree. A demo's clock stands at the
sample's instant and moves one millisecond a look (migration 0001 says why).
"""

from __future__ import annotations

from datetime import UTC, datetime

from psycopg import Connection


def now(connection: Connection) -> datetime:
    """Return this home's instant, in UTC."""
    row = connection.execute("select ledger.now()").fetchone()
    if row is None:
        raise RuntimeError("ledger.now() returned no row")
    instant: datetime = row[0]
    return instant


def without_database() -> datetime:
    """Return this machine's instant, for what a stranger checks away from every home."""
    return datetime.now(UTC)  # noqa: TID251 - the one exception


def mode(connection: Connection) -> str:
    """Return `live` or `demo`."""
    row = connection.execute("select mode from ledger.clock").fetchone()
    return str(row[0]) if row else "live"
