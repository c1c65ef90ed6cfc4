"""Run decisions on a real database: instants, retries, what is frozen, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from tests.support_decision import (
    CALL_DATE,
    CAMPAIGNS,
    LAST_SPRING,
    NOW,
    World,
    days,
    verdict_of,
    write_registers,
)

from ringfence.database import connect, held, holder
from ringfence.decision.decide import DecisionReport, decide
from ringfence.errors import Busy, Misconfigured, Refusal
from ringfence.home import Home
from ringfence.installation import prepare_embedded, set_up
from ringfence.services.cluster import ClusterInfo
from ringfence.settings import Settings, lent_environment


def build(world: World) -> None:
    for subject in ("consenting", "withdrawing"):
        world.lead(subject)
        world.consent(subject)
    world.lead("listed", region="GB")
    world.lead("free", region="GB")
    world.lead("french", region="FR")
    world.lead("american", region="US", state="CO")
    world.consent("american")
    world.register("gb_tps", "listed")
    world.register("us_ndncr")


@pytest.fixture(scope="module")
def registers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    interest = {"assessment": "LIA-1", "on": "2026-01-01", "valid_until": "2026-12-31"}
    return write_registers(
        tmp_path_factory.mktemp("dags"), energy={"legitimate_interest": interest}
    )


@pytest.fixture(scope="module")
def day(database: Settings, registers: Path) -> Settings:
    settings = replace(database, registers=registers)
    with connect(settings) as connection:
        build(World(connection))
    return settings


@pytest.fixture(scope="module")
def first(day: Settings) -> DecisionReport:
    return decide(day)


@pytest.fixture
def pipeline(day: Settings, first: DecisionReport) -> Iterator[psycopg.Connection]:
    with connect(day, autocommit=True, name="a test") as connection:
        yield connection


def count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def test_a_run_reports_its_instant_its_day_and_its_totals(
    first: DecisionReport, pipeline: psycopg.Connection
) -> None:
    assert first.call_date == CALL_DATE
    assert NOW < first.known_as_of < NOW + timedelta(seconds=1)
    assert first.totals["count_candidates"] == 6
    assert first.totals["count_callable"] == 4
    assert first.totals["campaigns"]["energy"]["first_reasons"] == {
        "consent_missing": 1, "register_listed": 1,
    }  # fmt: skip
    assert {model.name for model in first.models} >= {"int_candidate_facts", "call_decisions"}
    assert count(pipeline, "ledger.call_decisions") == 6
    frozen = pipeline.execute("select totals from ledger.decision_totals").fetchone()
    assert frozen == (first.totals,)


def test_only_what_changed_is_frozen_again(day: Settings, pipeline: psycopg.Connection) -> None:
    before = dict(
        pipeline.execute("select candidate_id, decision_id from marts.call_decisions").fetchall()
    )
    screenings = count(pipeline, "ledger.screenings")
    again = decide(day)
    assert again.totals["count_changed"] == 0
    World(pipeline, count=1000).consent(
        "withdrawing", "withdrawn", batch=new_batch(pipeline, again.known_as_of)
    )
    third = decide(day)
    after = dict(
        pipeline.execute("select candidate_id, decision_id from marts.call_decisions").fetchall()
    )
    assert third.totals["count_changed"] == 1
    assert sum(after[candidate] != before[candidate] for candidate in before) == 1
    assert count(pipeline, "ledger.screenings") == screenings == 3


def new_batch(connection: psycopg.Connection, accepted_at: datetime) -> object:
    return World(connection).batch("web", accepted_at=accepted_at, name=uuid4())


def test_a_run_that_ended_is_reported_and_not_decided_again(
    day: Settings, first: DecisionReport, pipeline: psycopg.Connection
) -> None:
    runs = count(pipeline, "ledger.decision_runs")
    again = decide(day, run_id=first.run_id)
    assert (again.known_as_of, again.totals) == (first.known_as_of, first.totals)
    assert again.models == []
    assert count(pipeline, "ledger.decision_runs") == runs


def test_a_failed_run_freezes_nothing_and_a_retry_keeps_its_instant(
    day: Settings, pipeline: psycopg.Connection
) -> None:
    run_id = uuid4()
    frozen = count(pipeline, "ledger.call_decisions")
    with connect(day, "owner", autocommit=True) as owner:
        role = day.role("pipeline")
        owner.execute(f"revoke select on landing.register_entries from {role}")
        try:
            with pytest.raises(Refusal) as refused:
                decide(day, run_id=run_id)
        finally:
            owner.execute(f"grant select on landing.register_entries to {role}")
    assert "int_register_sightings" in refused.value.what
    assert "permission denied" in refused.value.what
    assert count(pipeline, "ledger.call_decisions") == frozen
    begun = pipeline.execute(
        "select known_as_of from ledger.decision_runs where run_id = %s", [run_id]
    ).fetchone()
    retried = decide(day, run_id=run_id)
    assert begun == (retried.known_as_of,)
    assert retried.totals["count_candidates"] == 6


def test_a_run_overtaken_by_another_is_not_finished(
    day: Settings, pipeline: psycopg.Connection
) -> None:
    overtaken = uuid4()
    pipeline.execute(
        "insert into ledger.decision_runs (run_id, mode, call_date, known_as_of, code_version)"
        " values (%s, 'daily', %s, ledger.now(), 'x')",
        [overtaken, CALL_DATE],
    )
    decide(day)
    with pytest.raises(Refusal, match="later run"):
        decide(day, run_id=overtaken)


def test_two_runs_at_once_are_refused_with_the_holders_name(
    day: Settings, pipeline: psycopg.Connection
) -> None:
    with held(pipeline, "decide"), pytest.raises(Busy, match="a test"):
        decide(day)


def test_who_holds_the_same_lock_in_another_database_is_no_holder_here(
    pipeline: psycopg.Connection, cluster: ClusterInfo
) -> None:
    url = cluster.url("postgres")
    with psycopg.connect(url, application_name="elsewhere") as other, held(other, "a lock"):
        assert holder(pipeline, "a lock") == "another process"


def test_impossible_instants_are_refused(day: Settings) -> None:
    with pytest.raises(Misconfigured, match="Only a replay"):
        decide(day, known_as_of=NOW)
    with pytest.raises(Misconfigured, match="needs the instant"):
        decide(day, mode="replay", call_date=CALL_DATE)
    with pytest.raises(Misconfigured, match="time zone"):
        decide(day, mode="replay", call_date=CALL_DATE, known_as_of=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(Misconfigured, match="future"):
        decide(day, mode="replay", call_date=CALL_DATE, known_as_of=NOW + days(9))


def test_a_replay_rebuilds_what_was_known_and_leaves_the_present_alone(
    day: Settings, first: DecisionReport, pipeline: psycopg.Connection
) -> None:
    present = pipeline.execute("select run_id, decision_id from marts.call_decisions").fetchall()
    frozen = count(pipeline, "ledger.call_decisions")
    replayed = decide(day, mode="replay", call_date=CALL_DATE, known_as_of=first.known_as_of)
    assert replayed.totals["count_callable"] == first.totals["count_callable"]
    assert verdict_of(pipeline, "withdrawing", schema="replay").verdict == "callable"
    assert verdict_of(pipeline, "listed", schema="replay").reasons == ("register_listed",)
    assert count(pipeline, "ledger.call_decisions") == frozen
    assert (
        present
        == pipeline.execute("select run_id, decision_id from marts.call_decisions").fetchall()
    )


def test_a_law_that_changes_on_a_date_binds_from_that_date_on(
    day: Settings, first: DecisionReport, pipeline: psycopg.Connection
) -> None:
    eve, law_day = date(2026, 8, 10), date(2026, 8, 11)
    report = decide(
        day, mode="replay", call_date=eve, known_as_of=first.known_as_of,
        further_call_dates=[law_day],
    )  # fmt: skip
    found = {
        call_date: verdict_of(pipeline, "french", schema="replay", call_date=call_date).reasons
        for call_date in (eve, law_day)
    }
    assert found == {
        eve: ("policy_unreviewed", "register_missing"), law_day: ("consent_missing",),
    }  # fmt: skip
    assert report.totals["count_candidates"] == first.totals["count_candidates"]


def test_a_sunday_is_closed_where_law_or_policy_closes_it(
    day: Settings, first: DecisionReport, pipeline: psycopg.Connection
) -> None:
    sunday = date(2026, 11, 29)
    decide(day, mode="replay", call_date=sunday, known_as_of=first.known_as_of)
    consenting = verdict_of(pipeline, "consenting", schema="replay", call_date=sunday)
    assert consenting.reasons == ("outside_call_days",)
    american = verdict_of(pipeline, "american", schema="replay", call_date=sunday)
    assert "outside_call_days" not in american.reasons


def test_no_mart_is_gone_for_a_moment_while_it_is_built_again(
    day: Settings, first: DecisionReport
) -> None:
    looks = []
    with ThreadPoolExecutor(1) as pool, connect(day, "analyst", autocommit=True) as analyst:
        run = pool.submit(decide, day)
        while not run.done():
            tables = ("marts.consent_register", "marts.call_decisions", "staging.reason_codes")
            looks.append([count(analyst, table) for table in tables])
    assert run.result().totals["count_candidates"] == 6
    assert len(looks) > 100
    assert all(look == looks[0] for look in looks)


def test_it_works_under_another_prefix_and_without_a_home_to_write_to(
    cluster: ClusterInfo, registers: Path, tmp_path: Path, day: Settings
) -> None:
    settings = replace(
        day, home=tmp_path / "home", role_prefix="rf2_", database_url=None, registers=registers
    )
    url = prepare_embedded(cluster, settings, "another_prefix", "test")
    settings = replace(settings, database_url=url)
    Home(settings.home).create()
    set_up(settings, mode="demo", stands_at=NOW)
    with connect(settings) as connection:
        build(World(connection))
    with lent_environment(HOME="/nonexistent"):
        report = decide(settings)
    assert report.totals["count_candidates"] == 6
    with connect(settings, "auditor") as auditor:
        assert count(auditor, "marts.call_decisions") == 6


def test_a_home_without_leads_decides_about_nobody(
    fresh_database: Settings, registers: Path
) -> None:
    report = decide(replace(fresh_database, registers=registers), call_date=LAST_SPRING.date())
    assert report.totals["count_candidates"] == 0
    with connect(fresh_database, "analyst") as analyst:
        campaigns = analyst.execute(
            "select count(*), sum(count_candidates) from marts.call_funnel"
        ).fetchone()
    assert campaigns == (5, 0)


def test_registers_without_a_sound_campaign_stop_the_run_before_it_begins(
    day: Settings, tmp_path: Path, pipeline: psycopg.Connection
) -> None:
    runs = count(pipeline, "ledger.decision_runs")
    broken = write_registers(tmp_path, **{name: {"priority": "first"} for name in CAMPAIGNS})
    with pytest.raises(Misconfigured, match="priority"):
        decide(replace(day, registers=broken))
    assert count(pipeline, "ledger.decision_runs") == runs


def test_an_instant_before_any_knowledge_knows_nobody(
    day: Settings, pipeline: psycopg.Connection
) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    report = decide(day, mode="replay", call_date=CALL_DATE, known_as_of=long_ago)
    assert report.totals["count_candidates"] == 0
