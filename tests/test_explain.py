"""Ask why a number was or was not callable: reasons, evidence, and the log of asking."""

from __future__ import annotations

import json
from datetime import date

import pytest
from psycopg import Connection
from tests.support_publish import (
    add_point,
    decide,
    lay_day,
    number,
    object_to_calls,
    person,
    publish,
    subject,
)

from ringfence.database import connect
from ringfence.errors import Misconfigured
from ringfence.explain import Explanation, explain
from ringfence.keys import demo_keys
from ringfence.landing.suppress import suppress
from ringfence.settings import Settings


def freeze(connection: Connection, index: int, verdict: str, evidence: tuple[str, ...]) -> None:
    """Freeze one decision of the last run, as `decide` does where it changed."""
    codes = ["objected", "register_listed"] if verdict == "blocked" else []
    given = {
        "subject": subject(index), "verdict": verdict, "codes": codes, "evidence": list(evidence),
        "ground": None if codes else "consent",
    }  # fmt: skip
    connection.execute(
        """
        insert into ledger.call_decisions (
            decision_id, run_id, subject_id, campaign_id, call_date, verdict, first_reason_code,
            reason_codes, evidence_ids, ground
        )
        select gen_random_uuid(), run_id, %(subject)s, 'energy_gb', call_date, %(verdict)s,
            (%(codes)s::text[])[1], %(codes)s, %(evidence)s, %(ground)s
        from ledger.decision_runs order by seq desc limit 1
        """,
        given,
    )
    connection.execute(
        """
        insert into marts.call_decisions (
            candidate_id, subject_id, campaign_id, call_date, run_id, verdict
        )
        select gen_random_uuid(), %(subject)s, 'energy_gb', call_date, run_id, %(verdict)s
        from ledger.decision_runs
        where not exists (select from marts.call_decisions where subject_id = %(subject)s)
        order by seq desc limit 1
        """,
        given,
    )


@pytest.fixture
def day(fresh_database: Settings) -> Settings:
    """Return a published day on which number 1 was blocked by an objection, number 0 callable."""
    with connect(fresh_database, autocommit=True) as connection:
        connection.execute(
            "create table marts.call_decision_reasons"
            " (candidate_id uuid, reason_code text, evidence_id text, detail text)"
        )
        lay_day(fresh_database, 3)
        object_to_calls(connection, 1)
        decide(connection, range(1))
        row = connection.execute("select event_id::text from ledger.consent_events").fetchone()
        freeze(connection, 0, "callable", ())
        freeze(connection, 1, "blocked", (*(row or ()), "gb_tps"))
        connection.execute(
            """
            insert into marts.call_decision_reasons
            select candidate_id, code, evidence, detail
            from marts.call_decisions, (values
                ('objected', %s, null), ('register_listed', 'gb_tps', 'gb_tps, some_part')
            ) as reasons (code, evidence, detail)
            where subject_id = %s
            """,
            [row[0] if row else None, subject(1)],
        )
    publish(fresh_database)
    return fresh_database


def told(settings: Settings, index: int, call_date: date | None = None) -> Explanation:
    return explain(settings, number(index), None, call_date=call_date, actor="auditor")


def flat(explanation: Explanation) -> str:
    """Return the memo as one line, however it was wrapped."""
    return " ".join(explanation.text.split())


def test_a_blocked_number_is_explained_by_its_reasons_and_their_evidence(day: Settings) -> None:
    text = flat(told(day, 1))
    assert "energy_gb (Energy GB): BLOCKED" in text
    objected, listed = text.split("Reason:")[1:3]
    assert "The person objected, or sent a stop that cannot be read" in objected
    assert "Law: GDPR art. 21(2)-(3) (rule objected)" in objected
    assert (
        "Evidence: 2026-11-24 05:00 UTC objection to being called for every purpose, towards"
        " Northwind Energy, recorded by source inbox; known since 2026-11-24 05:00 UTC" in objected
    )
    assert "Which: Telephone Preference Service (gb_tps), some part" in listed
    assert "Telephone Preference Service (gb_tps), of which no copy had been loaded" in listed
    assert "List: on none of this day" in text


def test_a_callable_number_is_explained_by_its_ground_and_its_list(day: Settings) -> None:
    text = flat(told(day, 0))
    assert "energy_gb (Energy GB): CALLABLE Ground: the person's consent" in text
    assert "List: edition 1, call_ref " in text
    assert ": published; valid until 2026-11-25 00:00 UTC" in text
    assert "left with the call list of energy_gb for 2026-11-24, edition 1" in text


def test_the_number_and_the_person_never_come_back(day: Settings) -> None:
    for index in (0, 1):
        found = told(day, index)
        for text in (found.text, json.dumps(found.as_dict()), repr(found)):
            assert number(index) not in text
            assert number(index)[3:] not in text
            assert "Ada" not in text
        assert str(subject(index)) in found.text


def test_the_same_for_machines(day: Settings) -> None:
    found = json.loads(json.dumps(told(day, 1).as_dict()))
    (verdict,) = found["verdicts"]
    assert verdict["verdict"] == "blocked"
    assert verdict["reasons"][0]["reason_code"] == "objected"
    assert found["reading"] == {"status": "fictional", "region": "GB", "line_type": "mobile"}
    kinds = {entry["kind"]: entry["facts"] for entry in found["story"]}
    assert kinds["lead"]["source_id"] == "web_form"
    assert kinds["consent"]["event_type"] == "objected"
    assert found["searched"]["consent events"] == 1
    assert found["is_person_stopped_since"] is False


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
    past = told(day, 1, date(2026, 11, 24))
    assert [one.verdict for one in past.verdicts] == ["blocked"]
    assert "replay" in past.left_out[-1]
    assert "objection to being called" in flat(past).split("WHAT HAPPENED")[0]
    assert [one.verdict for one in told(day, 1).verdicts] == ["callable"]
    assert "Decided for 2026-11-24, and not changed since." in told(day, 0).text


def test_who_is_no_candidate_any_more_is_not_told_an_old_verdict(day: Settings) -> None:
    with connect(day, autocommit=True) as connection:
        decide(connection, range(1), call_date="2026-11-25", valid_until="2026-11-26 00:00+00")
    found = told(day, 1)
    assert found.verdicts == ()
    assert "It was not a candidate of any campaign." in found.text
    assert "decided for calls on 2026-11-24: energy_gb BLOCKED" in flat(found)
    assert flat(found).count("energy_gb: not a candidate of this run; last verdict BLOCKED") == 1


@pytest.mark.parametrize("further", [{}, {"another": {"count_candidates": 3}}])
def test_a_run_without_such_a_candidate_is_told_with_the_run_of_the_last_verdict(
    day: Settings, further: dict[str, object]
) -> None:
    before = told(day, 1).run
    assert before
    with connect(day, autocommit=True) as connection:
        connection.execute("truncate marts.call_decisions, marts.call_decision_reasons")
        connection.execute(
            """
            with run as (
                insert into ledger.decision_runs
                    (run_id, mode, call_date, known_as_of, code_version, versions)
                values (gen_random_uuid(), 'daily', '2026-11-24', ledger.now(), '0.1.0', '{}')
                returning run_id
            )
            insert into ledger.decision_totals select run_id, %s, ledger.now() from run
            """,
            [json.dumps({"campaigns": further})],
        )
    found = told(day, 1)
    assert found.run
    assert found.run["run_id"] != before["run_id"]
    assert found.verdicts == ()
    assert (
        "energy_gb: not a candidate of this run; last verdict BLOCKED, of run"
        f" {before['run_id']} at 2026-11-24 05:00 UTC, for calls on 2026-11-24" in flat(found)
    )
    assert ("are no longer there" in flat(found)) is bool(further)
    assert "not a candidate of this run" not in told(day, 7).text


def test_a_stop_after_the_decision_is_told_before_the_decision(day: Settings) -> None:
    suppress(day, number(0), None, controller_id=None, kind="complaint", by="desk")
    text = flat(told(day, 0))
    assert text.index("SINCE THEN: time not known: complaint") < text.index("CALLABLE")
    assert "The decision below did not know of this" in text
    assert told(day, 1).stops_since == ()


def test_a_stop_on_another_number_of_the_person_is_told_too(day: Settings) -> None:
    with connect(day, autocommit=True) as connection:
        record, batch = connection.execute(
            "select record_id, batch_id from landing.lead_contact_points where subject_id = %s",
            [subject(0)],
        ).fetchone() or (None, None)
        add_point(connection, record, batch, 8, person(0), 1)
    assert "SINCE THEN" not in told(day, 0).text
    suppress(day, number(8), None, controller_id="northwind", kind="objection")
    found = told(day, 0)
    assert "SINCE THEN: a stop on another number of the same person" in found.text
    assert found.stops_since == ()


def test_a_number_removed_at_the_last_look_says_so(fresh_database: Settings) -> None:
    lay_day(fresh_database, 2)
    with connect(fresh_database, autocommit=True) as connection:
        object_to_calls(connection, 1)
    publish(fresh_database)
    assert "taken out of the call list of energy_gb for 2026-11-24, edition 1" in flat(
        told(fresh_database, 1)
    )
    assert "left with the call list" not in flat(told(fresh_database, 1))


def test_evidence_of_another_number_of_the_person_is_told_as_such(day: Settings) -> None:
    with connect(day, autocommit=True) as connection:
        row = connection.execute("select event_id::text from ledger.consent_events").fetchone()
        record, batch = connection.execute(
            "select record_id, batch_id from landing.lead_contact_points where subject_id = %s",
            [subject(1)],
        ).fetchone() or (None, None)
        add_point(connection, record, batch, 8, person(1), 1)
        freeze(connection, 8, "blocked", row or ())
    text = flat(told(day, 8))
    assert "Under another number of the same person: 2026-11-24 05:00 UTC objection" in text
    assert "beside 1 other number of the same person" in text


def test_a_number_of_an_earlier_key_is_the_same_subject(day: Settings) -> None:
    with connect(day, autocommit=True) as connection:
        connection.execute(
            "insert into ledger.subject_aliases select %s, %s, key_id from ledger.keys limit 1",
            [subject(1), subject(9)],
        )
    assert "objection to being called" in told(day, 9).text


def test_an_unknown_number_is_said_to_be_unknown_and_where_it_was_sought(day: Settings) -> None:
    text = flat(told(day, 777))
    assert "It was not a candidate of any campaign." in text
    assert "Nothing is held about this number" in text
    assert (
        "Searched: leads, consent events, stops, call attempts, customer relations, registers,"
        " screenings, decisions, lists, rows set aside" in text
    )


def test_a_national_number_is_read_with_its_country(day: Settings) -> None:
    assert explain(day, "07700 900001", "GB", actor="auditor").subject_id == subject(1)


@pytest.mark.parametrize(
    ("typed", "country"),
    [("call me", None), ("07700 900001", None), ("07700 900001", "nowhere"), ("12", "GB")],
)
def test_what_cannot_be_read_is_refused_and_not_said_to_be_unknown(
    day: Settings, typed: str, country: str | None
) -> None:
    with pytest.raises(Misconfigured, match="cannot be read as one phone number") as refused:
        explain(day, typed, country, actor="auditor")
    assert "--country" in refused.value.remedy
    assert typed not in str(refused.value)


def test_two_numbers_are_two_stories(day: Settings) -> None:
    with pytest.raises(Misconfigured, match="holds 2 numbers"):
        explain(day, f"{number(0)} / {number(1)}", None, actor="auditor")


def test_a_lead_whose_cell_cannot_be_read_is_found_under_that_cell(day: Settings) -> None:
    with connect(day, autocommit=True) as connection:
        connection.execute(
            """
            insert into landing.lead_contact_points
            select record_id, %s, person_ref, 5, batch_id, 'mangled', null, null, null, 'unknown'
            from landing.lead_contact_points limit 1
            """,
            [demo_keys().unreadable_id("4.47E+11", "GB")],
        )
    text = flat(explain(day, "4.47E+11", "GB", actor="auditor"))
    assert "a number whose digits a spreadsheet destroyed" in text
    assert "4.47E+11" not in text
    with pytest.raises(Misconfigured):
        explain(day, "4.47E+11", None, actor="auditor")


def test_an_empty_line_is_wrong_usage(day: Settings) -> None:
    with pytest.raises(Misconfigured):
        explain(day, "  ", None, actor="auditor")


def test_an_edition_that_was_replaced_is_told_once(fresh_database: Settings) -> None:
    lay_day(fresh_database, 2)
    publish(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(1))
    publish(fresh_database)
    text = flat(told(fresh_database, 0))
    story = text[text.index("WHAT HAPPENED") : text.index("WHAT WAS SEARCHED")]
    assert story.count("for 2026-11-24, edition 1") == 1
    assert "; superseded 2026-11-24 05:00 UTC" in story
    assert "edition 2" in story
