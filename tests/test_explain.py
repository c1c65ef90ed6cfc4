"""Ask why a number was or was not callable: reasons, evidence, and the log of asking."""

from __future__ import annotations

import json
from datetime import date

import pytest
from psycopg import Connection
from tests.support_publish import (
    decide,
    lay_day,
    number,
    object_to_calls,
    publish,
    subject,
)

from ringfence.database import connect
from ringfence.errors import Misconfigured
from ringfence.explain import explain
from ringfence.explanation import Explanation
from ringfence.settings import Settings


def freeze(connection: Connection, index: int, verdict: str, evidence: tuple[str, ...]) -> None:
    """Freeze one decision of the last run, as `decide` does where it changed."""
    codes = ["objected"] if verdict == "blocked" else []
    connection.execute(
        """
        insert into ledger.call_decisions (
            decision_id, run_id, subject_id, campaign_id, call_date, verdict, first_reason_code,
            reason_codes, evidence_ids, ground
        )
        select gen_random_uuid(), run_id, %s, 'energy_gb', call_date, %s, %s, %s, %s, %s
        from ledger.decision_runs order by seq desc limit 1
        """,
        [
            subject(index), verdict, codes[0] if codes else None, codes, list(evidence),
            None if codes else "consent",
        ],
    )  # fmt: skip


@pytest.fixture
def day(fresh_database: Settings) -> Settings:
    """Return a published day on which number 1 was blocked by an objection, number 0 callable."""
    with connect(fresh_database, autocommit=True) as connection:
        connection.execute(
            "create table if not exists staging.reason_codes"
            " (reason_code text, sentence text, citation text)"
        )
        connection.execute(
            "insert into staging.reason_codes values"
            " ('objected', 'The person objected.', 'GDPR art. 21')"
        )
        lay_day(fresh_database, 3)
        object_to_calls(connection, 1)
        decide(connection, range(1))
        row = connection.execute("select event_id::text from ledger.consent_events").fetchone()
        freeze(connection, 0, "callable", ())
        freeze(connection, 1, "blocked", row or ())
    publish(fresh_database)
    return fresh_database


def told(settings: Settings, index: int, call_date: date | None = None) -> Explanation:
    return explain(settings, number(index), None, call_date=call_date, actor="auditor")


def test_a_blocked_number_is_explained_by_its_reasons_and_their_evidence(day: Settings) -> None:
    found = told(day, 1)
    assert "energy_gb: BLOCKED" in found.text
    assert "objected: The person objected. [GDPR art. 21]" in found.text
    assert "evidence: event type objected" in found.text
    assert "Lists of 2026-11-24: none" in found.text
    assert "source web_form" in found.text


def test_a_callable_number_is_explained_by_its_ground_and_its_list(day: Settings) -> None:
    found = told(day, 0)
    assert "energy_gb: CALLABLE, ground: consent" in found.text
    assert "energy_gb edition 1 (published), call_ref " in found.text


def test_the_number_and_the_person_never_come_back(day: Settings) -> None:
    for index in (0, 1):
        found = told(day, index)
        for text in (found.text, json.dumps(found.as_dict())):
            assert number(index) not in text
            assert number(index)[3:] not in text
            assert "Ada" not in text
            assert str(subject(index)) in text


def test_the_same_for_machines(day: Settings) -> None:
    found = json.loads(json.dumps(told(day, 1).as_dict()))
    (decision,) = found["decisions"]
    assert decision["verdict"] == "blocked"
    assert decision["reasons"][0]["reason_code"] == "objected"
    assert decision["evidence"][0]["event_type"] == "objected"
    assert found["readings"][0]["status"] == "fictional"
    assert found["leads"][0]["source_id"] == "web_form"


def test_every_look_is_logged_under_the_subject_alone(day: Settings) -> None:
    told(day, 1)
    with connect(day) as connection:
        row = connection.execute(
            "select actor, action, object_kind, object_id, details from ledger.audit_events"
            " order by seq desc limit 1"
        ).fetchone()
    assert row == ("auditor", "explain", "subject", str(subject(1)), {"call_date": "2026-11-24"})


def test_another_day_is_told_as_it_stood_then(day: Settings) -> None:
    assert "no decision was made for it" in told(day, 1, date(2026, 11, 20)).text
    with connect(day, autocommit=True) as connection:
        decide(connection, range(1), call_date="2026-11-25", valid_until="2026-11-26 00:00+00")
        freeze(connection, 1, "callable", ())
    assert "energy_gb: BLOCKED" in told(day, 1, date(2026, 11, 24)).text
    assert "energy_gb: CALLABLE" in told(day, 1).text
    assert "energy_gb: CALLABLE since 2026-11-24" in told(day, 0).text


def test_a_number_removed_at_the_last_look_says_so(fresh_database: Settings) -> None:
    lay_day(fresh_database, 2)
    with connect(fresh_database, autocommit=True) as connection:
        object_to_calls(connection, 1)
    publish(fresh_database)
    assert "REMOVED: last_look" in told(fresh_database, 1).text


def test_an_unknown_number_is_said_to_be_unknown(day: Settings) -> None:
    found = told(day, 777)
    assert "It was not a candidate of any campaign." in found.text
    assert "Nothing is held about this number." in found.text


def test_a_national_number_is_read_with_its_country(day: Settings) -> None:
    found = explain(day, "07700 900001", "GB", actor="auditor")
    assert found.subject_ids == (subject(1),)


def test_a_cell_that_cannot_be_read_is_explained_by_its_own_id(day: Settings) -> None:
    found = explain(day, "call me", None, actor="auditor")
    assert found.readings[0]["status"] != "valid"
    assert "call me" not in found.text
    assert "Nothing is held" in found.text


def test_an_empty_line_is_wrong_usage(day: Settings) -> None:
    with pytest.raises(Misconfigured):
        explain(day, "  ", None, actor="auditor")
