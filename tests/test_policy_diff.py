"""Compare what two days' law says of the same candidates, on a real database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import psycopg
import pytest
from tests.support_commands import run_command
from tests.support_decision import CALL_DATE, World, write_registers

from ringfence.cli.policy import policy_command
from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.decision.policy_diff import Change, PolicyDiff, policy_diff
from ringfence.errors import Misconfigured, Refusal
from ringfence.settings import Settings

EVE, LAW_DAY = date(2026, 8, 10), date(2026, 8, 11)


@pytest.fixture(scope="module")
def day(database: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return a decided day: two French consumers, one with an old consent, and a German one."""
    settings = replace(database, registers=write_registers(tmp_path_factory.mktemp("registers")))
    with connect(settings) as connection:
        world = World(connection)
        for subject in ("french one", "french two", "french consenting"):
            world.lead(subject, region="FR")
        world.consent("french consenting")
        world.lead("german")
    decide(settings)
    return settings


@pytest.fixture(scope="module")
def found(day: Settings) -> PolicyDiff:
    return policy_diff(day, EVE, LAW_DAY)


@pytest.fixture
def ledger(day: Settings) -> Iterator[psycopg.Connection]:
    with connect(day, name="a test", autocommit=True) as connection:
        yield connection


def test_who_changes_verdict_is_counted_with_the_first_reason_before_and_after(
    found: PolicyDiff,
) -> None:
    assert found.changes == [
        Change(
            "energy", "FR", "consumer", "undetermined", "policy_unreviewed", "blocked",
            "consent_missing", 2,
        ),
        Change(
            "energy", "FR", "consumer", "undetermined", "policy_unreviewed", "callable", None, 1
        ),
    ]  # fmt: skip
    assert (found.count_candidates, found.count_changed) == (4, 3)
    assert found.before == {"callable": 0, "blocked": 1, "undetermined": 3}
    assert found.after == {"callable": 1, "blocked": 3, "undetermined": 0}


def test_a_comparison_freezes_and_publishes_nothing(
    day: Settings, found: PolicyDiff, ledger: psycopg.Connection
) -> None:
    def state() -> object:
        return ledger.execute(
            """
            select
                (select count(*) from ledger.call_decisions),
                (select count(*) from ledger.screenings),
                (select count(*) from ledger.publications),
                (select count(*) from ledger.config_versions),
                (select array_agg(distinct run_id) from marts.call_decisions)
            """
        ).fetchone()

    before = state()
    again = policy_diff(day, LAW_DAY, EVE)
    assert state() == before
    assert (again.before, again.after) == (found.after, found.before)


def test_a_day_is_not_compared_with_itself(day: Settings) -> None:
    with pytest.raises(Misconfigured, match="with itself"):
        policy_diff(day, EVE, EVE)


def test_a_home_that_never_decided_has_nobody_to_compare(fresh_database: Settings) -> None:
    with pytest.raises(Refusal, match="Nothing was ever decided"):
        policy_diff(fresh_database, EVE, LAW_DAY)


def test_the_command_tells_people_and_machines_the_same(
    monkeypatch: pytest.MonkeyPatch, day: Settings, found: PolicyDiff
) -> None:
    days = ("diff", "--from", f"{EVE}", "--to", f"{LAW_DAY}")
    told = json.loads(run_command(monkeypatch, day, policy_command, *days, "--json").output)
    assert told["count_changed"] == found.count_changed
    assert told["changes"][0]["reason_after"] == "consent_missing"
    text = run_command(monkeypatch, day, policy_command, *days).output
    assert "3 would change verdict or first reason" in text
    assert "undetermined policy_unreviewed" in text


def overlay(folder: Path, **cell: str) -> Path:
    """Write an overlay that is in no register: no calls to France on Tuesdays."""
    told = {
        "country": "FR", "audience": "consumer", "line_type": "any", "column": "call_weekdays",
        "value": "1345", "from": "2026-11-23", "until": "2026-12-31",
    }  # fmt: skip
    approvals = [{"by": "D. Officer", "on": "2026-11-20"}]
    file = folder / "no_tuesdays.yml"
    file.write_text(
        json.dumps(
            {
                "overlay_id": "no_tuesdays", "reason": "Market day", "approvals": approvals,
                "cells": [told | cell],
            }
        ),
        "utf-8",
    )  # fmt: skip
    return file


def test_an_overlay_is_tried_on_one_day_before_it_is_in_force_anywhere(
    day: Settings, ledger: psycopg.Connection, tmp_path: Path
) -> None:
    found = policy_diff(day, CALL_DATE, CALL_DATE, overlay(tmp_path))
    assert found.overlay_id == "no_tuesdays"
    assert found.changes == [
        Change(
            "energy", "FR", "consumer", "callable", None, "blocked", "outside_call_days", 1
        )
    ]  # fmt: skip
    accepted = ledger.execute(
        "select count(*) from ledger.config_versions where content::text like '%no_tuesdays%'"
    ).fetchone()
    assert accepted == (0,)


def test_a_faulty_overlay_is_refused_before_anything_is_decided(
    day: Settings, ledger: psycopg.Connection, tmp_path: Path
) -> None:
    runs = "select count(*) from ledger.decision_runs"
    before = ledger.execute(runs).fetchone()
    file = overlay(tmp_path, country="ZZ", value="weekends", until="2027-12-31")
    with pytest.raises(Misconfigured) as refused:
        policy_diff(day, CALL_DATE, CALL_DATE, file)
    for words in ("no country of the policy", "the ISO digits of its days"):
        assert words in refused.value.what
    assert ledger.execute(runs).fetchone() == before
    with pytest.raises(Misconfigured, match="on one day"):
        policy_diff(day, EVE, LAW_DAY, overlay(tmp_path))


def test_no_daily_run_sees_a_proposed_overlay(day: Settings) -> None:
    with pytest.raises(Misconfigured, match="Only a replay"):
        decide(day, proposed_overlays=[{"overlay_id": "no_tuesdays", "cells": []}])
