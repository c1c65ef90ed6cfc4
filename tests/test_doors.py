"""Doors: what is expected, what turns rows away, and that no value ever gets out of a check."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
import yaml
from psycopg import sql

from ringfence import doors
from ringfence.database import connect
from ringfence.doors import check_incoming, check_outgoing
from ringfence.doors.expect import run_suite
from ringfence.doors.facts import Facts
from ringfence.doors.suites import Severity, load_suite
from ringfence.errors import Refusal
from ringfence.landing import incoming
from ringfence.settings import Settings, product_folder

SHIPPED = product_folder("expectations")
SUITE_CASES = yaml.safe_load((Path(__file__).parent / "data" / "door_cases.yml").read_text("utf-8"))
NUMBERS = 40
CASES = [(suite, id_) for suite, case in SUITE_CASES.items() for id_ in case["damage"]]


@pytest.fixture
def pipeline(database: Settings):
    with connect(database, name="a test of doors", autocommit=True) as connection:
        yield connection


def fill(connection: psycopg.Connection, kind: str, count: int = NUMBERS) -> tuple[UUID, str]:
    """Make an incoming table with good rows; returns its batch and its name."""
    batch_id = uuid4()
    name = incoming.table(batch_id, kind)
    table = incoming.identifier(batch_id, kind)
    rows = sql.SQL("select {} from generate_series(1, %s) as n").format(
        sql.SQL(SUITE_CASES[kind]["row"])
    )
    if kind == "call_list":
        connection.execute(sql.SQL("create unlogged table {} as {}").format(table, rows), [count])
    else:
        incoming.create(connection, batch_id, [kind])
        connection.execute(sql.SQL("insert into {} {}").format(table, rows), [count])
    return batch_id, name


def register_batch(
    connection: psycopg.Connection, batch_id: UUID, source_id: str, status: str = "accepted"
) -> None:
    connection.execute(
        """
        insert into landing.batches (
            batch_id, delivery_id, part, source_id, controller_id, file_sha256, mapping_sha256,
            status, received_at, accepted_at
        )
        values (%s, %s, 'stops', %s, 'hill_energy', %s, 'm', %s, ledger.now(), ledger.now())
        """,
        [batch_id, batch_id, source_id, batch_id.hex, status],
    )


def check(settings: Settings, kind: str, batch_id: UUID, name: str, source_id: str = "a_source"):
    if kind == "call_list":
        return check_outgoing(settings, name, list_id=batch_id, campaign_id="winter")
    return check_incoming(settings, kind, name, source_id=source_id, batch_id=batch_id, kind=kind)


def own_suites(monkeypatch: pytest.MonkeyPatch, folder: Path, **files: str) -> None:
    """Let the doors read the shipped suites with some files added or replaced."""
    for file in SHIPPED.glob("*.yml"):
        (folder / file.name).write_bytes(file.read_bytes())
    for stem, text in files.items():
        (folder / f"{stem}.yml").write_text(text)
    monkeypatch.setattr(doors, "product_folder", lambda name: folder)


def test_two_expectations_that_say_the_same_are_both_run(
    database: Settings, pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    twin = "    type: expect_column_values_to_not_be_null\n    column: subject_id\n"
    twin += "    severity: reject\n    why: It is.\n"
    text = f"suite: register\nabout: Twins.\nexpectations:\n  - id: one\n{twin}  - id: two\n{twin}"
    own_suites(monkeypatch, tmp_path, register=text)
    batch_id, name = fill(pipeline, "register")
    result = check(database, "register", batch_id, name)
    results = stored(pipeline, result.check_id)
    assert {one["id"] for one in results["expectations"] if one["is_met"]} == {"one", "two"}


# ------------------------------------------------------------------------------------ checks


def stored(connection: psycopg.Connection, check_id: UUID) -> dict:
    row = connection.execute(
        "select results from ledger.door_checks where check_id = %s", [check_id]
    ).fetchone()
    return row[0]


@pytest.mark.parametrize("kind", list(SUITE_CASES))
def test_good_rows_pass_and_the_check_is_on_record(database: Settings, pipeline, kind: str):
    batch_id, name = fill(pipeline, kind)
    result = check(database, kind, batch_id, name)
    assert result.is_passed, result.failures
    assert (result.failures, result.warnings, result.count_rows) == ((), (), NUMBERS)
    results = stored(pipeline, result.check_id)
    assert len(results["expectations"]) == len(load_suite(SHIPPED, kind).expectations)
    assert re.fullmatch("[0-9a-f]{64}", results["suite_sha256"])


@pytest.mark.parametrize(("kind", "expectation"), CASES)
def test_each_expectation_notices_its_damage_and_no_other_does(
    database: Settings, pipeline, kind: str, expectation: str
):
    batch_id, name = fill(pipeline, kind)
    pipeline.execute(SUITE_CASES[kind]["damage"][expectation].format(t=name))
    severity = next(
        one.severity for one in load_suite(SHIPPED, kind).expectations if one.id == expectation
    )
    result = check(database, kind, batch_id, name)
    rejects = severity is Severity.reject
    noticed = {one.expectation for one in (*result.failures, *result.warnings)}
    # A missing time or notice is both: a share that rejects and an incomplete grant that warns.
    assert noticed - {"every_grant_is_complete"} == {expectation} - {"every_grant_is_complete"}
    assert expectation in noticed
    assert result.is_passed is not rejects


def test_a_share_of_a_handful_of_rows_turns_nothing_away(database: Settings, pipeline):
    batch_id, name = fill(pipeline, "contact_points", count=3)
    pipeline.execute(f"update {name} set number_status = 'invalid'")
    assert check(database, "contact_points", batch_id, name).is_passed


def test_a_register_that_lost_a_fifth_is_rejected_until_its_own_suite_allows_it(
    database: Settings, pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    source = "shrinking_register"
    first, name = fill(pipeline, "register", count=100)
    assert check(database, "register", first, name, source).is_passed
    register_batch(pipeline, first, source)

    second, name = fill(pipeline, "register", count=79)
    result = check(database, "register", second, name, source)
    assert [one.expectation for one in result.failures] == ["register_not_shrunk"]
    assert "79 rows, 100 the last time" in result.failures[0].message

    third, name = fill(pipeline, "register", count=80)
    assert check(database, "register", third, name, source).is_passed

    own = """source: shrinking_register
about: The operator removes unconfirmed entries once a year.
expectations:
  - suite: register
    id: register_not_shrunk
    type: expect_table_row_count_to_be_between
    kwargs: {min_value: {previous_rows_times: 0.5}}
    severity: reject
    why: A yearly clean-up removes up to half of the entries.
"""
    own_suites(monkeypatch, tmp_path, shrinking_register=own)
    assert check(database, "register", second, incoming.table(second, "register"), source).is_passed


def test_a_rejected_delivery_is_not_what_the_next_one_is_compared_with(
    database: Settings, pipeline
):
    source = "steady_register"
    for count, status in ((100, "accepted"), (10, "rejected")):
        batch_id, name = fill(pipeline, "register", count=count)
        check(database, "register", batch_id, name, source)
        if status == "accepted":
            register_batch(pipeline, batch_id, source)
    batch_id, name = fill(pipeline, "register", count=9)
    assert not check(database, "register", batch_id, name, source).is_passed


@pytest.mark.parametrize("kind", ["leads", "suppression"])
def test_a_smaller_list_of_leads_or_stops_is_a_warning_only(
    database: Settings, pipeline, kind: str
):
    source = f"smaller_{kind}"
    first, name = fill(pipeline, kind, count=50)
    check(database, kind, first, name, source)
    register_batch(pipeline, first, source)
    second, name = fill(pipeline, kind, count=30)
    result = check(database, kind, second, name, source)
    assert result.is_passed
    assert len(result.warnings) == 1


def test_entries_of_another_country_turn_a_register_away(database: Settings, pipeline):
    _, name = fill(pipeline, "register")
    pipeline.execute(f"update {name} set number_region = 'DE' where row_number > 10")
    facts = Facts(
        now=pipeline.execute("select ledger.now()").fetchone()[0],
        count_rows=NUMBERS,
        register_country="GB",
    )
    outcomes = run_suite(database, load_suite(SHIPPED, "register"), name, facts)
    unmet = [one.expectation.id for one in outcomes if one.is_met is False]
    assert unmet == ["numbers_of_the_registers_country"]


def test_an_expectation_that_cannot_run_fails_the_check_and_tells_only_the_kind_of_error(
    database: Settings, pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    own = """source: a_source
about: A cast that fails on real cells.
expectations:
  - suite: register
    id: cannot_run
    type: unexpected_rows_expectation
    kwargs: {where: "entry.e164::uuid is null"}
    severity: warn
    why: It cannot.
"""
    own_suites(monkeypatch, tmp_path, a_source=own)
    batch_id, name = fill(pipeline, "register")
    result = check(database, "register", batch_id, name)
    assert not result.is_passed
    assert "InvalidTextRepresentation" in result.failures[0].message
    assert "+44" not in json.dumps(stored(pipeline, result.check_id))


def test_a_server_that_goes_away_refuses_the_check_and_holds_nothing_against_the_rows(
    database: Settings, pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    own = """source: a_source
about: A server that is shut down in the middle.
expectations:
  - suite: register
    id: shut_down
    type: unexpected_rows_expectation
    kwargs: {where: (select false from pg_sleep(1))}
    severity: reject
    why: It is.
"""
    own_suites(monkeypatch, tmp_path, a_source=own)
    batch_id, name = fill(pipeline, "register")
    is_over = threading.Event()

    def shut_down() -> None:
        with psycopg.connect(str(database.database_url), autocommit=True) as login:
            while not is_over.wait(0.1):
                login.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and application_name = 'ringfence door'"
                )

    thread = threading.Thread(target=shut_down)
    thread.start()
    try:
        with pytest.raises(Refusal, match="broke off a door check"):
            check(database, "register", batch_id, name)
    finally:
        is_over.set()
        thread.join()
    recorded = pipeline.execute(
        "select count(*) from ledger.door_checks where batch_id = %s", [batch_id]
    ).fetchone()
    assert recorded == (0,)


def test_a_server_that_is_not_there_is_a_refusal_too(database: Settings):
    url = str(database.database_url)
    closed = replace(database, database_url=re.sub(r":\d+/", ":1/", url))
    facts = Facts(now=datetime(2026, 11, 24, tzinfo=UTC), count_rows=1)
    with pytest.raises(Refusal, match="broke off a door check"):
        run_suite(closed, load_suite(SHIPPED, "register"), "landing.batches", facts)


# ---------------------------------------------------------------------------------- outgoing


def stop(connection: psycopg.Connection, subject_id: UUID, table: str, columns: str, values: str):
    batch_id = uuid4()
    register_batch(connection, batch_id, "stops")
    connection.execute(
        "update landing.batches set accepted_at = '2026-11-24 04:30+00' where batch_id = %s",
        [batch_id],
    )
    connection.execute(
        f"insert into ledger.{table} (batch_id, row_number, source_id, controller_id, subject_id,"
        f" commitment, {columns}) values (%s, 1, 'stops', 'hill_energy', %s, '', {values})",
        [batch_id, subject_id],
    )


SUPPRESSED = (
    "suppression_entries", "entry_id, scope, kind, event_at, event_time_status",
    "gen_random_uuid(), 'controller', 'objection', '2026-11-20', 'ok'",
)  # fmt: skip
WITHDRAWN = (
    "consent_events", "event_id, event_type, event_at, event_time_status",
    "gen_random_uuid(), 'withdrawn', '2026-11-20', 'ok'",
)  # fmt: skip
GIVEN_LATER = (
    "consent_events", "event_id, event_type, event_at, event_time_status",
    "gen_random_uuid(), 'given', '2026-11-21', 'ok'",
)  # fmt: skip
OBJECTED = (
    "call_attempts", "attempt_id, attempted_at, disposition",
    "gen_random_uuid(), '2026-11-20', 'objected'",
)  # fmt: skip


@pytest.mark.parametrize(
    ("record", "expectation"),
    [
        (SUPPRESSED, "no_suppression_on_record"),
        (WITHDRAWN, "no_stopping_event_on_record"),
        (OBJECTED, "no_objection_in_a_call"),
    ],
)
def test_a_stop_on_record_keeps_the_whole_list_in(
    database: Settings, pipeline, record: tuple[str, str, str], expectation: str
):
    list_id, name = fill(pipeline, "call_list")
    subject_id = pipeline.execute(f"select subject_id from {name} limit 1").fetchone()[0]
    stop(pipeline, subject_id, *record)
    result = check(database, "call_list", list_id, name)
    assert [one.expectation for one in result.failures] == [expectation]
    assert result.failures[0].unexpected_count == 1

    stop(pipeline, subject_id, *GIVEN_LATER)
    assert check(database, "call_list", list_id, name).is_passed


def test_a_query_is_checked_and_leaves_no_table_behind(database: Settings, pipeline):
    query = f"select {SUITE_CASES['call_list']['row']} from generate_series(1, 5) as n"
    result = check_outgoing(database, query, list_id=uuid4(), campaign_id="winter")
    assert (result.is_passed, result.count_rows) == (True, 5)
    left = pipeline.execute(
        "select count(*) from pg_tables where schemaname = 'landing' and tablename like 'outgoing%'"
    ).fetchone()
    assert left == (0,)
