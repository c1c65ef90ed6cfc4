"""What stops a call is told in one place in Python, and dbt and Postgres agree with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from psycopg import Connection

from ringfence.kinds import (
    CONSENT_EVENTS,
    DISPOSITIONS,
    GRANTS,
    QUIET_DISPOSITIONS,
    STOPPING_DISPOSITIONS,
    STOPPING_EVENTS,
    SUPPRESSIONS,
    SUPPRESSIONS_BY_HAND,
    Suppression,
)

PACKAGE = Path(__file__).parents[1] / "plugins" / "ringfence"
MODEL = Path(__file__).parents[1] / "dbt_project/models/intermediate/int_stop_events.sql"
SQL = MODEL.read_text("utf-8")


def lists(condition: str) -> list[frozenset[str]]:
    """Return the quoted words of every list in the model that follows a condition."""
    found = re.findall(rf"{condition}\s*\(([^)]*)\)", SQL)
    return [frozenset(re.findall(r"'(\w+)'", words)) for words in found]


def test_dbt_lets_pass_what_python_lets_pass() -> None:
    assert lists(r"consent_events\.event_type not in") == [GRANTS]
    assert lists(r"call_attempts\.disposition not in") == [QUIET_DISPOSITIONS]


def test_dbt_lifts_only_kinds_that_exist_and_stop() -> None:
    (events,) = lists(r"consent_events\.event_type in")
    (dispositions,) = lists(r"call_attempts\.disposition in")
    (suppressions,) = lists(r"suppression_entries\.kind in")
    assert events <= STOPPING_EVENTS
    assert dispositions <= STOPPING_DISPOSITIONS
    assert suppressions <= SUPPRESSIONS
    named = set(re.findall(r"when '(\w+)'\s+then '(?:consent|objected)", SQL))
    assert named <= CONSENT_EVENTS | DISPOSITIONS


@pytest.mark.parametrize(
    ("table", "column", "kinds"),
    [
        ("consent_events", "event_type", CONSENT_EVENTS),
        ("suppression_entries", "kind", SUPPRESSIONS),
        ("call_attempts", "disposition", DISPOSITIONS),
    ],
)
def test_the_ledger_takes_every_kind_and_no_other(
    connection: Connection, table: str, column: str, kinds: frozenset[str]
) -> None:
    row = connection.execute(
        "select pg_get_constraintdef(oid) from pg_constraint where conname = %s",
        [f"{table}_{column}_check"],
    ).fetchone()
    assert row is not None
    assert set(re.findall(r"'(\w+)'::text", row[0])) == kinds


def test_an_erasure_is_not_entered_by_hand() -> None:
    assert set(SUPPRESSIONS_BY_HAND) == SUPPRESSIONS - {Suppression.ERASURE}


def test_no_other_module_spells_a_list_of_kinds() -> None:
    """Two words of one list side by side are a second home for it."""
    words = "|".join(sorted(STOPPING_EVENTS | STOPPING_DISPOSITIONS | SUPPRESSIONS))
    side_by_side = re.compile(rf"""["'](?:{words})["'],\s*["'](?:{words})["']""")
    spelled = [
        file.name
        for folder in ("landing", "publish", "cli", "explain")
        for file in (PACKAGE / folder).rglob("*.py")
        if side_by_side.search(file.read_text("utf-8"))
    ]
    assert spelled == []
