"""Suites: what a file may say, and what it is told when it says anything else."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ringfence.doors import check_suites, expect
from ringfence.doors.suites import SUITES, load_suite
from ringfence.errors import Misconfigured
from ringfence.landing import incoming
from ringfence.settings import product_folder

SHIPPED = product_folder("expectations")
SUITE_CASES = yaml.safe_load((Path(__file__).parent / "data" / "door_cases.yml").read_text("utf-8"))
TESTED_BY_HISTORY = {
    ("leads", "lead_rows_not_collapsed"),
    ("suppression", "suppression_rows_not_shrunk"),
    ("register", "register_not_shrunk"),
    ("register", "numbers_of_the_registers_country"),
    ("call_list", "no_suppression_on_record"),
    ("call_list", "no_stopping_event_on_record"),
    ("call_list", "no_objection_in_a_call"),
}
CASES = [(suite, id_) for suite, case in SUITE_CASES.items() for id_ in case["damage"]]


def test_the_shipped_suites_are_sound_and_name_columns_that_exist():
    check_suites(SHIPPED)
    assert {file.stem for file in SHIPPED.glob("*.yml")} >= set(SUITES)
    for name in SUITES:
        suite = load_suite(SHIPPED, name)
        assert suite.expectations
        known = set(incoming.columns(name)) if name in incoming.TABLES else None
        for one in suite.expectations:
            named = {one.column, *one.columns, *one.only_where} - {""}
            assert known is None or named <= known, f"{name}.{one.id}"
            assert one.why.endswith(".")


def test_every_shipped_expectation_has_a_case_that_breaks_it():
    declared = {(name, one.id) for name in SUITES for one in load_suite(SHIPPED, name).expectations}
    assert declared == set(CASES) | TESTED_BY_HISTORY


def test_all_faults_of_a_suite_are_told_at_once_with_file_and_line(tmp_path: Path):
    (tmp_path / "leads.yml").write_text(
        """suite: leads
about: A faulty one.
expectations:
  - id: mistyped
    type: expect_column_values_to_be_nice
    column: record_id
    severity: reject
    why: It is.
  - id: personal
    type: expect_column_values_to_be_in_set
    column: last_name
    kwargs: {value_set: [a]}
    severity: reject
    why: It is.
  - id: bad_kwargs
    type: expect_column_values_to_match_regex
    column: country
    kwargs: {regex: '[', mostly: 7, colour: blue}
    severity: loud
  - id: bad_kwargs
    type: expect_column_values_to_not_be_null
    column: country
    severity: warn
    why: It is.
  - id: bad_kwargs
    type: expect_table_row_count_to_be_between
    kwargs: {min_value: {last_year: 3}}
    severity: warn
    why: It is.
"""
    )
    with pytest.raises(Misconfigured) as caught:
        load_suite(tmp_path, "leads")
    told = str(caught.value)
    for part in (
        "leads.yml:5: `type` must be one of",
        "leads.yml:9: `last_name` holds personal data",
        "leads.yml:15: `why` is missing",
        "leads.yml:18: `kwargs.regex`: this is no regular expression",
        "leads.yml:18: `kwargs.mostly`: a share",
        "leads.yml:18: `kwargs.colour` is not known here",
        "leads.yml:19: `severity` must be one of reject, warn",
        "leads.yml:27: `kwargs.min_value`: a value worked out",
    ):
        assert part in told, told


def test_an_expectation_that_great_expectations_drops_stops_the_check():
    suite = load_suite(SHIPPED, "register")
    declared = [one.id for one in suite.expectations]
    with pytest.raises(Misconfigured, match="lost subject_id_present"):
        expect._refuse_losses(suite, declared, set(declared) - {"subject_id_present"})
