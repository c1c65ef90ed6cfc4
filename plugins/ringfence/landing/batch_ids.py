"""Find the batch, or the unmatched stop, that the first characters of an id name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection, sql

from ringfence.errors import Misconfigured

SHOWN = 8
_ID = re.compile(rf"[0-9a-f]{{{SHOWN},32}}")


@dataclass(frozen=True, slots=True)
class _Named:
    """Say what an id stands for, where it is kept, and where the user finds it listed."""

    one: str
    many: str
    table: sql.Identifier
    column: sql.Identifier
    listed: str


_BATCH = _Named(
    "a batch",
    "batches",
    sql.Identifier("landing", "batches"),
    sql.Identifier("batch_id"),
    "`./ringfence site build`, page Deliveries, lists them",
)
_UNMATCHED = _Named(
    "an unmatched stop",
    "unmatched stops",
    sql.Identifier("landing", "unmatched_stops"),
    sql.Identifier("unmatched_stop_id"),
    "`./ringfence unmatched` lists those that wait",
)


def find_batch(connection: Connection, typed: str) -> UUID:
    """Return the one batch whose id begins so; raises Misconfigured for none and for several."""
    return _find(connection, typed, _BATCH)


def find_unmatched(connection: Connection, typed: str) -> UUID:
    """Return the one unmatched stop whose id begins so, settled or not; raises as `find_batch`."""
    return _find(connection, typed, _UNMATCHED)


def _find(connection: Connection, typed: str, named: _Named) -> UUID:
    wanted = typed.strip().lower()
    digits = wanted.replace("-", "")
    if not _ID.fullmatch(digits):
        raise Misconfigured(
            f"This is no id of {named.one}.",
            remedy=f"give the whole id, or its first {SHOWN} characters; {named.listed}",
        )
    rows = connection.execute(
        sql.SQL(
            "select {column} from {table} where replace({column}::text, '-', '') like %s || '%%'"
            " order by 1"
        ).format(column=named.column, table=named.table),
        [digits],
    ).fetchall()
    if not rows:
        noun = named.one.partition(" ")[2]
        raise Misconfigured(f"There is no such {noun}.", where=wanted, remedy=named.listed)
    if len(rows) > 1:
        raise Misconfigured(
            f"{len(rows)} {named.many} begin so: {', '.join(str(row[0]) for row in rows)}.",
            where=wanted,
            remedy="give more of the id that you mean",
        )
    found: UUID = rows[0][0]
    return found
