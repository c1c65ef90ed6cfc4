"""Find the batch that the first characters of an id name, as the pages show it."""

from __future__ import annotations

import re
from uuid import UUID

from psycopg import Connection

from ringfence.errors import Misconfigured

SHOWN = 8
_ID = re.compile(r"[0-9a-f]{8}[0-9a-f-]{0,28}")
_PAGE = "`./ringfence site build`, page Deliveries, lists them"


def find_batch(connection: Connection, typed: str) -> UUID:
    """Return the one batch whose id begins so; raises Misconfigured for none and for several."""
    wanted = typed.strip().lower()
    if not _ID.fullmatch(wanted):
        raise Misconfigured(
            "This is no id of a batch.",
            remedy=f"give the whole id, or its first {SHOWN} characters; {_PAGE}",
        )
    rows = connection.execute(
        "select batch_id from landing.batches where batch_id::text like %s || '%%' order by 1",
        [wanted],
    ).fetchall()
    if not rows:
        raise Misconfigured("There is no such batch.", where=wanted, remedy=_PAGE)
    if len(rows) > 1:
        raise Misconfigured(
            f"{len(rows)} batches begin so: {', '.join(str(row[0]) for row in rows)}.",
            where=wanted,
            remedy="give more of the id that you mean",
        )
    found: UUID = rows[0][0]
    return found
