"""Read a register as decisions know it: what was in force at an instant, not what the files say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import Connection


def register(connection: Connection, kind: str, known_as_of: datetime) -> list[dict[str, Any]]:
    """Return the entries of one register as they were in force at an instant."""
    row = connection.execute(
        """
        select content from ledger.config_versions
        where kind = %s and accepted_at <= %s
        order by seq desc
        limit 1
        """,
        [kind, known_as_of],
    ).fetchone()
    return list(row[0]) if row else []


def joint_controllers(connection: Connection, controller_id: str, at: datetime) -> list[str]:
    """Return every id under which a person meets this controller: a stop to one of them binds all.

    Its own, those it answers jointly with, and earlier ids: one that ever stood for the same name
    is the same controller, registered anew. The model `stg_joint_controllers` says the same to the
    decision.
    """
    joint = [controller_id]
    for entry in register(connection, "controllers", at):
        if entry["controller_id"] == controller_id:
            joint.extend(entry.get("joint_with", ()))
    rows = connection.execute(
        r"""
        with named as (
            select distinct
                entry ->> 'controller_id' as controller_id,
                lower(regexp_replace(trim(entry ->> 'name'), '\s+', ' ', 'g')) as name
            from ledger.config_versions, jsonb_array_elements(content) as entry
            where kind = 'controllers' and accepted_at <= %(at)s and entry ->> 'name' <> ''
        )
        select distinct others.controller_id
        from named
        inner join named as others using (name)
        where named.controller_id = any(%(joint)s) and others.controller_id <> all(%(joint)s)
        order by others.controller_id
        """,
        {"joint": joint, "at": at},
    ).fetchall()
    return [*joint, *(other for (other,) in rows)]
