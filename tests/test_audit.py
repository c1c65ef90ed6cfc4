"""Write an audit event and see that it cannot be changed."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import Connection

from ringfence.audit import record


def test_an_event_says_who_did_what_to_which(connection: Connection) -> None:
    record(connection, "ops", "drill", "list", "42", {"count": 3})
    row = connection.execute(
        "select actor, action, object_kind, object_id, details, recorded_at is not null"
        " from ledger.audit_events order by seq desc limit 1"
    ).fetchone()
    assert row == ("ops", "drill", "list", "42", {"count": 3}, True)


def test_an_event_cannot_be_taken_back(connection: Connection) -> None:
    record(connection, actor="ops", action="drill", object_kind="list", object_id="42")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("delete from ledger.audit_events")
