"""No value ever gets out of a door check: not by its result, its logs, its files or the ledger."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from ringfence import doors
from ringfence.database import connect
from ringfence.doors import check_incoming, check_outgoing, expect
from ringfence.doors.facts import Facts, resolve
from ringfence.doors.suites import load_suite
from ringfence.doors.vocabulary import PERSONAL_COLUMNS
from ringfence.landing import incoming
from ringfence.settings import Settings, product_folder

SHIPPED = product_folder("expectations")
SUITE_CASES = yaml.safe_load((Path(__file__).parent / "data" / "door_cases.yml").read_text("utf-8"))
NUMBERS = 40
CANARY = "+442079460999"
CANARY_NAME = "Zephyrine-Quokka"


@pytest.fixture
def pipeline(database: Settings):
    with connect(database, name="a test of doors", autocommit=True) as connection:
        yield connection


def greedy_suite(kind: str, columns: list[str]) -> str:
    """Return the shipped suite with every type the vocabulary has, failing on every text column."""
    added = []
    for column in columns:
        told = {
            "expect_column_values_to_be_null": {},
            "expect_column_values_to_be_unique": {},
            "expect_column_values_to_not_match_regex": {"regex": "."},
            "expect_column_values_to_match_regex": {"regex": "^$"},
            "expect_column_value_lengths_to_be_between": {"max_value": 1},
            "unexpected_rows_expectation": {"where": f"entry.{column} like '+%'"},
        }
        if column not in PERSONAL_COLUMNS:
            told["expect_column_values_to_be_in_set"] = {"value_set": ["nothing"]}
            told["expect_column_values_to_be_between"] = {"max_value": "2026-01-01"}
        for type_, kwargs in told.items():
            stands_on = "" if type_ == "unexpected_rows_expectation" else f"    column: {column}\n"
            added.append(
                f"  - id: greedy_{column}_{len(added)}\n    type: {type_}\n{stands_on}"
                f"    kwargs: {json.dumps(kwargs)}\n    severity: reject\n    why: It is.\n"
            )
    if len(columns) > 1:
        added.append(
            "  - id: greedy_pair\n    type: expect_compound_columns_to_be_unique\n"
            f"    columns: [{columns[0]}, {columns[1]}]\n    severity: reject\n    why: It is.\n"
        )
    added.append(
        "  - id: greedy_cast\n    type: unexpected_rows_expectation\n    kwargs:\n"
        f"      where: entry.{columns[0]}::uuid is null\n    severity: reject\n    why: It is.\n"
    )
    return (SHIPPED / f"{kind}.yml").read_text() + "".join(added)


@pytest.mark.parametrize("kind", list(SUITE_CASES))
def test_no_value_of_a_failing_table_reaches_results_logs_files_or_the_ledger(
    database: Settings,
    pipeline,
    kind: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
):
    caplog.set_level(logging.DEBUG)
    batch_id = uuid4()
    name = incoming.table(batch_id, kind)
    row = SUITE_CASES[kind]["row"]
    if kind == "call_list":
        pipeline.execute(f"create table {name} as select {row} from generate_series(1, 40) as n")
    else:
        incoming.create(pipeline, batch_id, [kind])
        pipeline.execute(f"insert into {name} select {row} from generate_series(1, 40) as n")
    columns = [
        column
        for (column,) in pipeline.execute(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0"
            " and atttypid = 'text'::regtype order by attnum",
            [name],
        )
    ]
    for column in columns:
        pipeline.execute(f"update {name} set {column} = %s", [f"{CANARY}{CANARY_NAME}"])
    (tmp_path / f"{kind}.yml").write_text(greedy_suite(kind, columns))
    monkeypatch.setattr(doors, "product_folder", lambda name: tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    before = files_below(database.home) | files_below(tmp_path)

    if kind == "call_list":
        result = check_outgoing(database, name, list_id=batch_id, campaign_id="winter")
    else:
        result = check_incoming(
            database, kind, name, source_id="a_source", batch_id=batch_id, kind=kind
        )

    assert len(result.failures) > 5 * len(columns)
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""
    places = {
        "result": str(result),
        "ledger": str(pipeline.execute("select * from ledger.door_checks").fetchall()),
        "log": caplog.text,
        "Great Expectations' own results": own_results(database, kind, name, tmp_path),
    }
    written = (files_below(database.home) | files_below(tmp_path)) - before
    places |= {str(file): file.read_text("utf-8", "replace") for file in written}
    for place, text in places.items():
        assert CANARY not in text, place
        assert CANARY_NAME not in text, place


def own_results(settings: Settings, kind: str, name: str, folder: Path) -> str:
    """Return what Great Expectations itself would write down, but for the cast that must raise."""
    suite = load_suite(folder, kind)
    plain = replace(
        suite, expectations=tuple(one for one in suite.expectations if one.id != "greedy_cast")
    )
    facts = Facts(datetime(2026, 11, 24, tzinfo=UTC), NUMBERS, NUMBERS, "GB")
    applied = {one.id: resolve(one, facts) for one in plain.expectations}
    results = expect._validate(settings, plain, name, applied)
    return json.dumps([one.to_json_dict() for one in results.values()], default=str)


def files_below(folder: Path) -> set[Path]:
    return {file for file in folder.rglob("*") if file.is_file()}
