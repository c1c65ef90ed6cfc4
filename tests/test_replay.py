"""Rebuild a day that was decided: what was frozen then, and what only arrived afterwards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from tests.support_decision import CALL_DATE, NOW, World, days, write_registers

from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.decision.replay import replay
from ringfence.landing.retract import retract_batch
from ringfence.retention import apply
from ringfence.services.cluster import ClusterInfo
from ringfence.settings import Settings

WITHDRAWN_AT, ARRIVED_AT, TOMORROW = NOW - days(1), NOW + days(1), NOW + days(2)


@pytest.fixture(scope="module")
def decided(database: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Decide a day; the day after it, a withdrawal from before it arrives."""
    settings = replace(database, registers=write_registers(tmp_path_factory.mktemp("dags")))
    with connect(settings) as connection:
        world = World(connection)
        for subject in ("consenting", "withdrawing"):
            world.lead(subject)
            world.consent(subject)
    decide(settings)
    with connect(settings) as connection:
        world = World(connection, count=1000)
        late = world.batch("web", accepted_at=ARRIVED_AT, name="late")
        world.consent("withdrawing", "withdrawn", event_at=WITHDRAWN_AT, batch=late)
    with connect(settings, "owner") as owner:
        owner.execute("update ledger.clock set stands_at = %s", [TOMORROW])
    return settings


def test_what_arrived_late_was_not_known_on_the_day(decided: Settings) -> None:
    report = replay(decided, CALL_DATE, None)
    assert report.arrivals == []
    assert report.totals["count_callable"] == report.count_same == 2
    assert (report.differences, report.late_differences) == ([], [])


def test_what_arrived_late_is_told_apart_from_what_nothing_explains(decided: Settings) -> None:
    report = replay(decided, CALL_DATE, TOMORROW)
    assert report.arrivals == [("web", "arrived", 1)]
    assert report.totals["count_callable"] == 1
    assert report.differences == []
    assert report.late_differences == [("energy", "callable", "blocked", 1)]


def test_a_frozen_decision_that_was_changed_is_a_difference_that_nothing_explains(
    decided: Settings, cluster: ClusterInfo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    database = str(decided.database_url).rpartition("/")[2]
    with psycopg.connect(cluster.url(database), autocommit=True) as superuser:
        superuser.execute("alter table ledger.call_decisions disable trigger user")
        superuser.execute(
            "update ledger.call_decisions set verdict = 'blocked', decision_id = gen_random_uuid()"
            " where seq = (select max(seq) from ledger.call_decisions)"
        )
    report = replay(decided, CALL_DATE, TOMORROW)
    assert report.differences == [("energy", "blocked", "callable", 1)]
    assert len(report.late_differences) <= 1


@pytest.fixture
def of_two_batches(
    fresh_database: Settings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Settings, UUID]:
    """Decide about three leads; return the batch that brought two of them."""
    settings = replace(fresh_database, registers=write_registers(tmp_path_factory.mktemp("dags")))
    with connect(settings) as connection:
        world = World(connection)
        wrong = world.batch("web", name="wrong")
        for subject, batch in (("kept", None), ("one", wrong), ("two", wrong)):
            world.lead(subject, **({"batch": batch} if batch else {}))
            world.consent(subject)
    decide(settings)
    return settings, wrong


def test_who_was_taken_back_before_a_run_is_no_difference_of_it(
    of_two_batches: tuple[Settings, UUID],
) -> None:
    settings, wrong = of_two_batches
    retract_batch(settings, wrong, reason="wrong export")
    assert decide(settings).totals["count_candidates"] == 1
    report = replay(settings, CALL_DATE, None)
    assert (report.count_same, report.differences, report.late_differences) == (1, [], [])


def test_who_was_deleted_since_is_told_with_what_deleted_it(
    of_two_batches: tuple[Settings, UUID],
) -> None:
    settings, wrong = of_two_batches
    retract_batch(settings, wrong, reason="wrong export")
    with connect(settings, "owner") as owner:
        owner.execute("update ledger.clock set stands_at = %s", [NOW + days(9)])
    apply(settings)
    report = replay(settings, CALL_DATE, None)
    assert report.differences == []
    assert report.late_differences == [("energy", "callable", "no candidate", 2)]
    assert report.arrivals == [("retention", "deleted", 1)]
