"""Write down what a door said: one row of ledger.door_checks, with counts and never a value."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection
from psycopg.types.json import Jsonb

from ringfence.doors.expect import Outcome
from ringfence.doors.facts import Facts
from ringfence.doors.suites import Suite


def write_check(
    connection: Connection,
    suite: Suite,
    outcomes: list[Outcome],
    facts: Facts,
    *,
    door: str,
    is_passed: bool,
    subject: dict[str, str],
    batch_id: UUID | None = None,
    list_id: UUID | None = None,
) -> UUID:
    """Insert the check and return its id; `subject` says what was checked (source, campaign)."""
    check_id = uuid4()
    results: dict[str, Any] = {
        **subject,
        "suite_sha256": suite.sha256,
        "previous_rows": facts.previous_rows,
        "expectations": [_told(outcome) for outcome in outcomes],
    }
    connection.execute(
        """
        insert into ledger.door_checks (
            check_id, door, suite, batch_id, list_id, is_passed, count_rows, results, checked_at
        )
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            check_id, door, suite.name, batch_id, list_id, is_passed, facts.count_rows,
            Jsonb(results), facts.now,
        ],
    )  # fmt: skip
    return check_id


def _told(outcome: Outcome) -> dict[str, Any]:
    expectation = outcome.expectation
    return {
        "id": expectation.id,
        "type": expectation.type,
        "column": expectation.column or ", ".join(expectation.columns) or None,
        "severity": expectation.severity.value,
        "is_met": outcome.is_met,
        "count_rows": outcome.count_rows,
        "count_unexpected": outcome.count_unexpected,
        "error": outcome.error or None,
    }
