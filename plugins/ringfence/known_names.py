"""Refuse a name that no register ever held: mistyped, it would bind nobody."""

from __future__ import annotations

from psycopg import Connection

from ringfence.errors import Misconfigured


def check_known(connection: Connection, kind: str, name: str) -> None:
    """Raise Misconfigured unless a register once named this `campaign`, `controller` or `source`.

    Before the first run no register is on record yet, and then every name passes.
    """
    known = _known(connection, kind)
    if known and name not in known:
        raise Misconfigured(
            f"There is no {kind} `{name}`.",
            where=f"--{kind}",
            remedy=f"one of: {', '.join(known)}",
        )


def is_known(connection: Connection, kind: str, name: str | None) -> bool:
    """Tell whether `check_known` would let a name pass."""
    known = _known(connection, kind)
    return not known or name in known


def _known(connection: Connection, kind: str) -> list[str]:
    rows = connection.execute(
        """
        select distinct entry ->> (%(kind)s || '_id')
        from ledger.config_versions, jsonb_array_elements(content) as entry
        where kind = %(kind)s || 's'
        order by 1
        """,
        {"kind": kind},
    ).fetchall()
    return [found for (found,) in rows]
