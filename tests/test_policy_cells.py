"""Blank, spoil and loosen every cell of the policy: no change of one may open a call (LAW.md 6)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import psycopg
import pytest
from tests.support_decision import verdict_of
from tests.support_policy_mutants import Decided, Mutants, in_force, set_cell
from tests.support_policy_world import (
    DAY,
    DAYS,
    OPENING,
    Peopled,
    build,
    header,
    write_law_registers,
)

from ringfence.database import connect
from ringfence.decision import dbt_runner
from ringfence.decision.decide import decide
from ringfence.errors import Refusal
from ringfence.home import Home
from ringfence.registers.policy_rows import FALLBACK, policy_rows
from ringfence.services.cluster import ClusterInfo
from ringfence.settings import Settings, product_folder

PROJECT = product_folder("dbt_project")
# Each seed that the decision reads, and what its rows belong together by: those of one key may
# stand in for one another, those of two do not touch.
KEYS = {
    "abandoned_call_caps": "country_code",
    "audiences": "country_code, audience",
    "calling_weeks": "country_code",
    "country_call_policy": "country_code, audience, line_type",
    "reason_codes": "reason_code",
    "registers": "country_code, audience, line_type",
    "relation_windows": "country_code",
    "retention_periods": "category, country_code",
    "sector_overrides": "country_code, audience, sector",
    "territories": "region",
    "us_states": "state_code",
}
CELLS = [(seed, column) for seed in KEYS for column in header(seed)]
# A law that begins later, or ended, reads like any other that does.
UNGUARDED = {("sector_overrides", "valid_from"), ("sector_overrides", "valid_to")}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a copy of the dbt project that every build here takes for the shipped one."""
    copy = tmp_path_factory.mktemp("product") / "project"
    shutil.copytree(PROJECT, copy)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dbt_runner, "product_folder", lambda name: copy)
        yield copy


@pytest.fixture(scope="module")
def decided(
    database: Settings, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    registers = write_law_registers(tmp_path_factory.mktemp("registers"))
    settings = replace(database, registers=registers)
    with connect(settings) as connection, connection.pipeline():
        build(Peopled(connection))
    decide(settings, call_date=DAY, further_call_dates=DAYS[1:])
    return settings


@pytest.fixture(scope="module")
def mutants(decided: Settings, cluster: ClusterInfo) -> Iterator[Mutants]:
    name = str(decided.database_url).rpartition("/")[2].partition("?")[0]
    with psycopg.connect(cluster.url(name)) as connection:
        # The ledgers were never analyzed, and a nested loop chosen by guess doubles the time.
        connection.execute("set jit = off; set enable_nestloop = off")
        connection.commit()
        yield Mutants(connection, Home(decided.home).dbt / "daily")


@pytest.fixture(scope="module")
def unchanged(mutants: Mutants) -> Decided:
    with mutants.changed("select"):
        return mutants.decide("country_call_policy")


def refuse_to_open(
    mutants: Mutants, unchanged: Decided, seed: str, column: str, value: object
) -> None:
    """Decide with a changed cell; the build stops at it, or nobody is called who was not."""
    if not mutants.is_named(seed, column):
        return  # at most a signature does: see test_cells_that_no_model_names_open_no_call_together
    for condition in conditions(mutants, seed, column):
        with mutants.changed(set_cell(seed, column, condition), [value]) as count:
            if mutants.is_every_row_turned_away(seed, column, count):
                continue
            try:
                found = mutants.decide(seed)
            except psycopg.DataError:
                continue
            if opened := found.opened_beside(unchanged):
                assert mutants.failed_check(seed), f"{value!r} opens {len(opened)}: {condition}"


def conditions(mutants: Mutants, seed: str, column: str) -> list[str]:
    """Return which rows are changed together: what stands in for others is changed by itself."""
    if seed == "country_call_policy" and not column.startswith("valid_"):
        days = " or ".join(in_force(day) for day in DAYS)
        return [f"country_code <> '{FALLBACK}' and ({days})", f"country_code = '{FALLBACK}'"]
    return mutants.places(seed, KEYS[seed], FALLBACK)


def test_the_models_made_again_decide_as_the_build_did(
    decided: Settings, mutants: Mutants, unchanged: Decided
) -> None:
    with connect(decided, "analyst") as connection:
        built = connection.execute(
            "select candidate_id, call_windows_utc, valid_until"
            " from marts.call_decisions where verdict = 'callable'"
        ).fetchall()
        grounds = connection.execute(
            "select ground, count(distinct country_code) from marts.call_decisions"
            " where verdict = 'callable' group by 1"
        ).fetchall()
    assert unchanged.windows == {row[0]: tuple(row[1:]) for row in built}
    assert dict(grounds)["consent"] > 30
    assert set(dict(grounds)) == {"consent", "customer", "legitimate_interest"}
    with mutants.changed("select"):
        mutants.decide("country_call_policy")
        assert mutants.failed_check("country_call_policy") is None


@pytest.mark.parametrize(("seed", "column"), CELLS, ids=["-".join(one) for one in CELLS])
def test_a_blank_cell_opens_no_call(
    mutants: Mutants, unchanged: Decided, seed: str, column: str
) -> None:
    refuse_to_open(mutants, unchanged, seed, column, None)


@pytest.mark.parametrize(
    ("seed", "column"),
    [cell for cell in CELLS if cell not in UNGUARDED],
    ids=lambda told: told,
)
def test_a_spoilt_cell_opens_no_call(
    mutants: Mutants, unchanged: Decided, seed: str, column: str
) -> None:
    """What cannot stand in a column of its type does not even load."""
    kind = mutants.columns(seed)[column]
    spoilt = {
        "text": ["garbage"], "integer": [-1], "numeric": [-1],
        "date": [date(2019, 3, 1), date(2031, 3, 1)],
    }  # fmt: skip
    for value in spoilt.get(kind, []):
        refuse_to_open(mutants, unchanged, seed, column, value)


def test_cells_that_no_model_names_open_no_call_together(
    mutants: Mutants, unchanged: Decided
) -> None:
    """They are part of what is signed, and of nothing else: one of them does what all do."""
    seed = "country_call_policy"
    unnamed = [column for column in header(seed) if not mutants.is_named(seed, column)]
    assert {"legal_citation", "regime"} <= set(unnamed)
    for value in ("null", "'garbage'"):
        cells = ", ".join(
            f"{column} = {value}"
            for column in unnamed
            if value == "null" or mutants.columns(seed)[column] == "text"
        )
        with mutants.changed(f"update mutant.{seed} set {cells} where country_code <> '*'"):
            assert mutants.decide(seed).opened_beside(unchanged) == []


LOOSEST = {
    "call_weekdays": "1234567", "call_start_local": "00:01", "call_end_local": "23:59",
    "public_holidays_allowed": "y", "max_attempts": 99, "attempts_window_days": 1,
    "after_refusal": "1", "consent_max_age_days": 3650, "consent_max_age_scope": "none",
    "pipeline_default": "allow_with_lia", "register_ids": "", "confidence": "high",
    "hours_basis": "policy",
}  # fmt: skip


@pytest.mark.parametrize("column", LOOSEST)
def test_a_signature_ends_with_the_first_change_of_its_row(
    mutants: Mutants, unchanged: Decided, column: str
) -> None:
    opening = "', '".join(OPENING)
    statement = set_cell(
        "country_call_policy", column,
        f"pipeline_default in ('{opening}') and changed.{column} is distinct from %s",
    )  # fmt: skip
    value = LOOSEST[column]
    with mutants.changed(statement, [value, value]):
        assert mutants.decide("country_call_policy").opened_beside(unchanged) == []


def test_a_row_that_begins_to_open_calls_waits_for_a_signature(
    mutants: Mutants, unchanged: Decided
) -> None:
    statement = (
        "update mutant.country_call_policy set pipeline_default = 'allow_with_lia',"
        " confidence = 'high' where pipeline_default = 'require_consent'"
    )
    with mutants.changed(statement):
        assert mutants.decide("country_call_policy").opened_beside(unchanged) == []


def test_the_signed_content_is_the_same_here_and_in_the_database(decided: Settings) -> None:
    with connect(decided) as connection:
        there = dict(
            connection.execute(
                "select policy_id, content from intermediate.int_policies_in_force"
            ).fetchall()
        )
    here = {
        "/".join((*row.key, row.cells["valid_from"])): row.content
        for row in policy_rows()
        if any(row.is_in_force(day, day) for day in DAYS)
    }
    del here["*/any/any/2018-05-25"]
    assert there == here


def test_every_seed_that_the_decision_reads_is_swept(mutants: Mutants) -> None:
    assert mutants.seeds == sorted(KEYS)


@pytest.fixture
def spoil(project: Path) -> Iterator[Callable[[str, str], None]]:
    """Change the text of the policy's seed until the test ends."""
    seed = project / "seeds" / "country_call_policy.csv"
    whole = seed.read_text("utf-8")

    def spoilt(old: str, new: str) -> None:
        assert old in whole
        seed.write_text(whole.replace(old, new), "utf-8")

    yield spoilt
    seed.write_text(whole, "utf-8")


def test_a_whole_build_turns_a_row_of_no_known_audience_away(
    decided: Settings, spoil: Callable[[str, str], None]
) -> None:
    spoil("GB,consumer,any,2026-02-05,", "GB,customer,any,2026-02-05,")
    with pytest.raises(Refusal, match="The check"):
        decide(decided, call_date=DAY)


def test_a_whole_build_leaves_a_row_unreviewed_that_reads_otherwise_than_signed(
    decided: Settings, spoil: Callable[[str, str], None]
) -> None:
    spoil(",12345,08:00,17:00,", ",12345,08:00,22:00,")
    decide(decided, call_date=DAY)
    with connect(decided) as connection:
        found = verdict_of(connection, "SE business any silent", call_date=DAY)
        other = verdict_of(connection, "DK business any silent", call_date=DAY)
    assert (found.verdict, found.reasons) == ("undetermined", ("policy_unreviewed",))
    assert other.verdict == "callable"
