"""Write down who looked at or changed what; ids, codes and counts only, never a personal value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

RETRACTED = "retract"
# Who did it, and who approved it. Events of before both were kept name the approver as the actor.
WHO = """
    case when events.details ? 'approved_by' then events.actor end as actor,
    case
        when events.details ? 'approved_by' then events.details ->> 'approved_by'
        else nullif(events.actor, 'operator')
    end as approved_by
"""


def record(
    connection: Connection,
    actor: str,
    action: str,
    object_kind: str,
    object_id: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add one event to `ledger.audit_events`, in the caller's transaction.

    `actor` is a login, a DAG id or a command; a person is named by `subject_id` alone.
    """
    connection.execute(
        """
        insert into ledger.audit_events
            (recorded_at, actor, action, object_kind, object_id, details)
        values (ledger.now(), %s, %s, %s, %s, %s)
        """,
        [actor, action, object_kind, object_id, Jsonb(dict(details or {}))],
    )
