"""Blank, spoil and loosen every cell of the policy: no change of one may open a call (LAW.md 6)."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from tests.support_decision import World, verdict_of, write_registers
from tests.support_policy_mutants import Decided, Mutants, in_force, set_cell

from ringfence.database import connect
from ringfence.decision import dbt_runner
from ringfence.decision.decide import decide
from ringfence.errors import Refusal
from ringfence.home import Home
from ringfence.registers.policy_rows import FALLBACK, PolicyRow, policy_rows
from ringfence.services.cluster import ClusterInfo
from ringfence.settings import Settings, product_folder

PROJECT = product_folder("dbt_project")
SUMMER, DAY = date(2026, 6, 30), date(2026, 11, 24)  # two Tuesdays
DAYS = (DAY, SUMMER, date(2026, 11, 27), date(2026, 11, 28))  # and a Friday, a Saturday
LAST_WINTER = datetime(2026, 2, 1, 9, tzinfo=UTC)
LAST_JUNE = datetime(2026, 6, 1, 9, tzinfo=UTC)
# Each seed that says what the law of a country is, and what its rows belong together by.
KEYS = {
    "country_call_policy": "country_code, audience, line_type",
    "registers": "country_code, audience, line_type",
}
OPENING = ("require_consent_or_customer", "screen_register_then_allow", "allow_with_lia")


def header(seed: str) -> list[str]:
    with (PROJECT / "seeds" / f"{seed}.csv").open(encoding="utf-8", newline="") as lines:
        return next(csv.reader(lines))


CELLS = [(seed, column) for seed in KEYS for column in header(seed)]


def is_opening(row: PolicyRow) -> bool:
    return row.cells["pipeline_default"] in OPENING and row.cells["confidence"] != "low"


def sign(registers: Path) -> None:
    """Sign every row that opens calls: an unsigned one would hide what a change opens."""
    signoffs = [
        {
            "country": row.key[0], "audience": row.key[1], "line_type": row.key[2],
            "valid_from": row.cells["valid_from"], "content": row.content,
            "signed_by": "D. Officer", "on": "2026-03-01",
        }
        for row in policy_rows()
        if row.key[0] != FALLBACK and is_opening(row)
    ]  # fmt: skip
    (registers / "policy_signoffs.yml").write_text(json.dumps({"signoffs": signoffs}), "utf-8")


def build(world: World) -> None:
    """Lay out, for each country, audience and line, one candidate a way of being called or not."""
    with (PROJECT / "seeds" / "registers.csv").open(encoding="utf-8", newline="") as lines:
        registers = [(row["country_code"], row["register_id"]) for row in csv.DictReader(lines)]
    for country, audience, line in sorted({row.key for row in policy_rows()}):
        if country == FALLBACK:
            continue
        told = {
            "region": country, "line_type": "mobile" if line == "any" else line,
            "audience": "consumer" if audience == "consumer" else "generic_company",
            "state": "New York" if country == "US" else None,
        }  # fmt: skip
        name = f"{country} {audience} {line}"
        world.lead(f"{name} silent", **told)
        world.lead(f"{name} consenting", **told)
        world.consent(f"{name} consenting", event_at=LAST_JUNE)
        world.lead(f"{name} consenting long ago", **told)
        world.consent(f"{name} consenting long ago", event_at=datetime(2025, 1, 7, 9, tzinfo=UTC))
        world.lead(f"{name} bought", source="bought", **told)
        world.consent(f"{name} bought", event_at=LAST_WINTER, source="bought")
        world.lead(f"{name} customer", **told)
        world.relation(f"{name} customer")
        world.lead(f"{name} refusing", **told)
        world.consent(f"{name} refusing", "refused", event_at=LAST_WINTER)
        for register_id in sorted({told for own, told in registers if own == country}):
            for subject in (f"{name} in {register_id}", f"{name} consenting in {register_id}"):
                world.lead(subject, **told)
            world.consent(f"{name} consenting in {register_id}", event_at=LAST_JUNE)
    for country, register_id in sorted(set(registers)):
        listed = [
            f"{' '.join(row)} {way}in {register_id}"
            for row in sorted({row.key for row in policy_rows()})
            for way in ("", "consenting ")
            if row[0] == country
        ]
        if not world.connection.execute(
            "select from ledger.register_snapshots where register_id = %s", [register_id]
        ).fetchone():
            world.register(register_id, *listed)


@pytest.fixture(scope="module")
def decided(database: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    countries = sorted({row.key[0] for row in policy_rows()} - {FALLBACK})
    interest = {"assessment": "LIA-1", "on": "2026-01-01", "valid_until": "2026-12-31"}
    registers = write_registers(
        tmp_path_factory.mktemp("registers"),
        energy={"countries": countries, "legitimate_interest": interest},
    )
    sign(registers)
    settings = replace(database, registers=registers)
    with connect(settings) as connection:
        build(World(connection))
    decide(settings, call_date=DAY, further_call_dates=DAYS[1:])
    return settings


@pytest.fixture(scope="module")
def mutants(decided: Settings, cluster: ClusterInfo) -> Iterator[Mutants]:
    name = str(decided.database_url).rpartition("/")[2].partition("?")[0]
    with psycopg.connect(cluster.url(name)) as connection:
        connection.execute("set jit = off")
        connection.commit()
        yield Mutants(connection, Home(decided.home).dbt / "daily", list(KEYS))


@pytest.fixture(scope="module")
def unchanged(mutants: Mutants) -> Decided:
    with mutants.changed("select"):
        return mutants.decide()


def refuse_to_open(mutants: Mutants, unchanged: Decided, statement: str, value: object) -> None:
    """Decide with a changed cell; the build stops at it, or nobody is called who was not."""
    with mutants.changed(statement, [value]):
        try:
            found = mutants.decide()
        except psycopg.DataError:
            return
        if opened := found.opened_beside(unchanged):
            assert mutants.failed_check(), f"{value!r} opens {len(opened)} candidates"


def rows_of(seed: str, place: int) -> str:
    """Return the condition for the so-manieth row of each key: keys do not touch one another."""
    return (
        f"changed.ctid in (select placed.ctid from (select ctid, row_number() over ("
        f"partition by {KEYS[seed]} order by valid_from) as place from mutant.{seed}"
        f" where country_code <> '{FALLBACK}') as placed where placed.place = {place})"
    )


def conditions(seed: str, column: str) -> list[str]:
    """Return which rows are changed together: those of one day do not touch those of another."""
    if seed == "country_call_policy" and not column.startswith("valid_"):
        days = " or ".join(in_force(day) for day in DAYS)
        return [f"country_code <> '{FALLBACK}' and ({days})", f"country_code = '{FALLBACK}'"]
    longest = 4 if seed == "country_call_policy" else 2
    return [rows_of(seed, place) for place in range(1, longest + 1)]


def test_the_models_made_again_decide_as_the_build_did(
    decided: Settings, mutants: Mutants, unchanged: Decided
) -> None:
    with connect(decided, "analyst") as connection:
        built = connection.execute(
            "select candidate_id, call_start_local, call_end_local, valid_until"
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
        mutants.decide()
        assert mutants.failed_check() is None


@pytest.mark.parametrize(("seed", "column"), CELLS, ids=["-".join(one) for one in CELLS])
def test_a_blank_cell_opens_no_call(
    mutants: Mutants, unchanged: Decided, seed: str, column: str
) -> None:
    for condition in conditions(seed, column):
        refuse_to_open(mutants, unchanged, set_cell(seed, column, condition), None)


@pytest.mark.parametrize(("seed", "column"), CELLS, ids=["-".join(one) for one in CELLS])
def test_a_spoilt_cell_opens_no_call(
    mutants: Mutants, unchanged: Decided, seed: str, column: str
) -> None:
    """What cannot stand in a column of its type does not even load."""
    kind = mutants.columns(seed)[column]
    spoilt = {"text": ["garbage"], "integer": [-1], "date": [date(2019, 3, 1), date(2031, 3, 1)]}
    for value in spoilt.get(kind, []):
        for condition in conditions(seed, column):
            refuse_to_open(mutants, unchanged, set_cell(seed, column, condition), value)


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
        assert mutants.decide().opened_beside(unchanged) == []


def test_a_row_that_begins_to_open_calls_waits_for_a_signature(
    mutants: Mutants, unchanged: Decided
) -> None:
    statement = (
        "update mutant.country_call_policy set pipeline_default = 'allow_with_lia',"
        " confidence = 'high' where pipeline_default = 'require_consent'"
    )
    with mutants.changed(statement):
        assert mutants.decide().opened_beside(unchanged) == []


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


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the dbt project that the next build takes for the shipped one."""
    copy = tmp_path / "project"
    shutil.copytree(PROJECT, copy)
    monkeypatch.setattr(dbt_runner, "product_folder", lambda name: copy)
    return copy


def spoil(project: Path, old: str, new: str) -> None:
    seed = project / "seeds" / "country_call_policy.csv"
    text = seed.read_text("utf-8")
    assert old in text
    seed.write_text(text.replace(old, new), "utf-8")


def test_a_whole_build_turns_a_row_without_confidence_away(
    decided: Settings, project: Path
) -> None:
    spoil(project, "GB,consumer,any,2026-02-05,", "GB,customer,any,2026-02-05,")
    with pytest.raises(Refusal, match="The check"):
        decide(decided, call_date=DAY)


def test_a_whole_build_leaves_a_row_unreviewed_that_reads_otherwise_than_signed(
    decided: Settings, project: Path
) -> None:
    spoil(project, ",12345,08:00,17:00,", ",12345,08:00,22:00,")
    decide(decided, call_date=DAY)
    with connect(decided) as connection:
        found = verdict_of(connection, "SE business any silent", call_date=DAY)
        other = verdict_of(connection, "DK business any silent", call_date=DAY)
    assert (found.verdict, found.reasons) == ("undetermined", ("policy_unreviewed",))
    assert other.verdict == "callable"
