"""Check overlays of the country policy: what they may change, for how long, and who agreed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.support_registers import write_sound_registers

from ringfence.database import connect
from ringfence.registers.accept import accept_registers
from ringfence.registers.load import check_registers
from ringfence.registers.policy_columns import policy_columns
from ringfence.registers.policy_overlays import load_policy_overlays
from ringfence.settings import Settings, product_folder

LATER = {
    "country": "SE", "audience": "business", "line_type": "any", "column": "call_end_local",
    "value": "18:00", "from": "2026-11-10", "until": "2026-12-31", "basis": "code_of_conduct",
}  # fmt: skip
EARLIER = LATER | {"value": "16:00", "basis": ""}
APPROVALS = [{"by": "Counsel", "on": "2026-11-02"}, {"by": "Officer", "on": "2026-11-03"}]
Write = Callable[..., Path]


@pytest.fixture
def registers(tmp_path: Path) -> Path:
    return write_sound_registers(tmp_path)


@pytest.fixture
def write(registers: Path) -> Write:
    def written(overlay_id: str, *cells: dict[str, str], **changes: Any) -> Path:
        overlay = {
            "overlay_id": overlay_id, "reason": "The trade fair", "approvals": APPROVALS,
            "cells": [{name: told for name, told in cell.items() if told} for cell in cells],
        } | changes  # fmt: skip
        file = registers / "policy_overlays" / f"{overlay_id}.yml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(overlay, indent=1), "utf-8")  # JSON is YAML too
        return file

    return written


def told(registers: Path) -> list[str]:
    return [str(fault) for fault in check_registers(registers, "live")]


def test_a_loosening_that_two_people_agreed_to_is_sound(registers: Path, write: Write) -> None:
    write("fair", LATER)
    overlays, faults = load_policy_overlays(registers, "live")
    assert faults == []
    (cell,) = overlays[0].content["cells"]
    assert (cell["column"], cell["value"], cell["effect"]) == ("call_end_local", "18:00", "loosens")


def test_a_tightening_needs_one_person_and_no_basis(registers: Path, write: Write) -> None:
    write("short_days", EARLIER, approvals=APPROVALS[:1])
    overlays, faults = load_policy_overlays(registers, "live")
    assert faults == []
    assert overlays[0].cells[0].effect == "tightens"


LAW = {"country": "NO", "audience": "consumer", "basis": "law", "value": "22:00"}
PERIOD = {"from": "2026-11-10", "until": "2026-12-31"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"country": "ZZ"}, "`country` is no country of the policy"),
        ({"country": "*"}, "`country` is no country of the policy"),
        ({"audience": "everybody"}, "`cells.audience` must be one of"),
        ({"line_type": "satellite"}, "`cells.line_type` must be one of"),
        ({"line_type": "mobile"}, "no row of this country, audience and line type"),
        ({"column": "colour"}, "`cells.column` must be one of"),
        ({"column": "confidence", "value": "high"}, "`cells.column` must be one of"),
        ({"value": "late"}, "`value` must be a time like 09:00"),
        ({"column": "call_weekdays", "value": "12344"}, "the ISO digits of its days"),
        ({"until": ""}, "`until` is missing"),
        ({"until": "2026-11-09"}, "`until` lies before `from`"),
        ({"until": "2027-02-02"}, "within 90 days of the last approval, by 2027-02-01"),
        ({"from": "2026-11-02"}, "`from` lies before the last approval"),
        ({"basis": ""}, "`basis` must say on whose word it stood (code_of_conduct)"),
        ({"basis": "policy"}, "the cell's basis is code of conduct"),
        (LAW, "its basis is law: that stays as it is"),
        (LAW | {"column": "call_weekdays", "value": "123456"}, "its basis is law"),
        (LAW | {"column": "public_holidays_allowed", "value": "y"}, "its basis is law"),
        (
            {"country": "GB", "audience": "consumer", "column": "consent_max_age_days",
             "value": "365", "basis": "regulator_guidance"},
            "its basis is regulator_guidance",
        ),
        (
            {"column": "consent_max_age_days", "value": "365", "basis": ""},
            "limits no consent's age",
        ),
        ({"country": "BG", "basis": "policy", "value": "21:00"}, "confidence is low"),
        (
            {"column": "pipeline_default", "value": "require_consent_or_customer",
             "country": "NO", "audience": "consumer", "basis": ""},
            "may only be tightened",
        ),
        (
            {"column": "pipeline_default", "value": "require_consent", "country": "NO",
             "audience": "consumer", "basis": ""},
            "may only be tightened",
        ),
        ({"column": "after_refusal", "value": "60", "basis": ""}, "may only be tightened"),
        (
            {"column": "sat_end_local", "value": "18:00"},
            "the policy row has no `sat_start_local`: give it for the same days",
        ),
    ],
)  # fmt: skip
def test_what_a_cell_may_not_do_is_told_with_its_line(
    registers: Path, write: Write, changes: dict[str, str], words: str
) -> None:
    write("fair", LATER | changes)
    faults = told(registers)
    assert [fault for fault in faults if words in fault], faults
    assert all(fault.startswith("fair.yml:") for fault in faults)
    assert load_policy_overlays(registers, "live")[0] == []


@pytest.mark.parametrize(
    ("column", "tighter", "looser"),
    [
        ("call_start_local", "10:00", "07:00"),
        ("call_end_local", "16:00", "18:00"),
        ("call_weekdays", "1234", "123456"),
        ("max_attempts", "3", "5"),
        ("attempts_window_days", "40", "20"),
    ],
)
def test_each_column_knows_which_way_loosens(
    registers: Path, write: Write, column: str, tighter: str, looser: str
) -> None:
    basis = "policy" if "attempts" in column else "code_of_conduct"
    for value, effect in ((tighter, "tightens"), (looser, "loosens")):
        write("fair", LATER | {"column": column, "value": value, "basis": basis})
        overlays, faults = load_policy_overlays(registers, "live")
        assert faults == []
        assert overlays[0].cells[0].effect == effect


def test_the_model_changes_the_columns_that_an_overlay_may_name() -> None:
    models = product_folder("dbt_project") / "models" / "intermediate"
    text = (models / "int_policies_in_force.sql").read_text("utf-8")
    listed = text.split("set overlaid = {")[1].split("}")[0]
    assert sorted(re.findall(r"'(\w+)':", listed)) == sorted(policy_columns())


def test_a_break_where_there_was_none_narrows_and_a_shorter_one_loosens(
    registers: Path, write: Write
) -> None:
    ends = {"break_start_local": "12:00", "break_end_local": "13:00"}
    write("lunch", *(EARLIER | {"column": column, "value": at} for column, at in ends.items()))
    (overlay,), faults = load_policy_overlays(registers, "live")
    assert faults == []
    assert {cell.effect for cell in overlay.cells} == {"tightens"}
    french = LATER | {"country": "FR", "audience": "consumer", "basis": "policy"}
    write("lunch", french | {"column": "break_end_local", "value": "13:30"})
    (overlay,), faults = load_policy_overlays(registers, "live")
    assert [cell.effect for cell in overlay.cells] == ["loosens"]


def test_a_blank_cell_is_loosened_on_the_word_of_the_fallback(
    registers: Path, write: Write
) -> None:
    german = LATER | {"country": "DE", "audience": "consumer", "basis": "policy", "value": "21:00"}
    write("evenings", german, german | {"column": "call_start_local", "value": "09:00"})
    overlays, faults = load_policy_overlays(registers, "live")
    assert faults == []
    assert [cell.effect for cell in overlays[0].cells] == ["loosens", "tightens"]


@pytest.mark.parametrize(
    ("approvals", "words"),
    [
        ([], "two different people: 0 found; this overlay loosens"),
        (APPROVALS[:1], "two different people: 1 found; this overlay loosens"),
        ([APPROVALS[0], APPROVALS[0] | {"by": " counsel"}], "two different people: 1 found"),
        ([APPROVALS[0], {"by": "Officer"}], "`approvals.on` is missing"),
    ],
)
def test_a_loosening_needs_two_different_people(
    registers: Path, write: Write, approvals: list[dict[str, str]], words: str
) -> None:
    write("fair", LATER, approvals=approvals)
    assert any(words in fault for fault in told(registers))


def test_a_tightening_needs_somebody_and_a_reason(registers: Path, write: Write) -> None:
    write("short_days", EARLIER, approvals=[], reason="")
    faults = told(registers)
    assert any("must name somebody: 0 found" in fault for fault in faults)
    assert any("`reason` is missing" in fault for fault in faults)


@pytest.mark.parametrize(
    ("begins", "words"),
    [("2026-12-31", "overlaps with"), ("2027-01-02", "leaves a gap to"), ("2027-01-01", "")],
)
def test_overlays_of_one_cell_follow_each_other_day_by_day(
    registers: Path, write: Write, begins: str, words: str
) -> None:
    write("first", EARLIER)
    write("second", EARLIER | {"from": begins, "until": "2027-01-20"})
    overlays, faults = load_policy_overlays(registers, "live")
    if words:
        assert {fault.file.name for fault in faults} == {"first.yml", "second.yml"}
        assert all(words in str(fault) for fault in faults)
        assert overlays == []
    else:
        assert faults == []


def test_all_faults_are_told_at_once_and_nothing_of_a_faulty_overlay_counts(
    registers: Path, write: Write
) -> None:
    write("fair", EARLIER, LATER | {"country": "ZZ", "value": "late"}, approvals=[], colour="red")
    write("sound", LATER | {"country": "US", "basis": "policy", "value": "21:30"})
    faults = told(registers)
    for words in ("no country of the policy", "a time like", "must name", "`colour` is not known"):
        assert sum(words in fault for fault in faults) == 1, words
    overlays, _ = load_policy_overlays(registers, "live")
    assert [one.overlay_id for one in overlays] == ["sound"]


def test_a_gap_an_overlap_an_unknown_country_and_a_loosened_law_are_told_at_once_and_apply_nothing(
    fresh_database: Settings, registers: Path, write: Write
) -> None:
    fewer = EARLIER | {"column": "max_attempts", "value": "3"}
    write("first", EARLIER, fewer)
    write(
        "overlapping",
        EARLIER | {"from": "2026-12-31", "until": "2027-01-20"},
        fewer | {"country": "ZZ"},
    )
    write("late", fewer | {"from": "2027-01-02", "until": "2027-01-20"})
    write("unlawful", LATER | LAW, fewer | {"country": "FI"})
    write("doubtful", LATER | {"country": "BG", "basis": "policy", "value": "21:00"})
    faults = told(registers)
    for file, words in (
        ("overlapping.yml", "overlaps with"), ("late.yml", "leaves a gap to"),
        ("overlapping.yml", "no country of the policy"), ("unlawful.yml", "its basis is law"),
        ("doubtful.yml", "confidence is low"),
    ):  # fmt: skip
        assert [fault for fault in faults if fault.startswith(file) and words in fault], faults
    settings = replace(fresh_database, registers=registers)
    with connect(settings, name="a test", autocommit=True) as connection:
        accept_registers(connection, settings, "live")
        assert accepted(connection) == {}


def test_a_cell_that_several_rows_hold_is_checked_under_each(registers: Path, write: Write) -> None:
    french = {"country": "FR", "audience": "consumer", "value": "20:30", "basis": "policy"}
    agreed = [one | {"on": "2026-08-01"} for one in APPROVALS]
    days = {"from": "2026-08-09", "until": "2026-08-12"}
    write("evenings", LATER | french | days, approvals=agreed)
    assert any("its basis is law and policy" in fault for fault in told(registers))
    write("evenings", LATER | french | days | {"from": "2026-08-11"}, approvals=agreed)
    assert told(registers) == []


def test_an_overlay_for_the_demo_counts_there_alone(registers: Path, write: Write) -> None:
    write("fair", LATER, demo_only="true")
    assert load_policy_overlays(registers, "live") == ([], [])
    assert len(load_policy_overlays(registers, "demo")[0]) == 1


def accepted(connection: psycopg.Connection) -> dict[str, list[str]]:
    row = connection.execute(
        "select content from ledger.config_versions where kind = 'policy_overlays'"
        " order by seq desc limit 1"
    ).fetchone()
    assert row
    return {one["overlay_id"]: [cell["value"] for cell in one["cells"]] for one in row[0]}


def test_a_tightening_outlives_a_fault_in_its_file_and_a_loosening_does_not(
    fresh_database: Settings, registers: Path, write: Write
) -> None:
    settings = replace(fresh_database, registers=registers)
    american = {"country": "US", "basis": "policy", "value": "21:30"}
    with connect(settings, name="a test", autocommit=True) as connection:
        file = write("fair", EARLIER, LATER | american)
        accept_registers(connection, settings, "live")
        assert accepted(connection) == {"fair": ["16:00", "21:30"]}
        file.rename(file.with_name("renamed.yml"))
        for _ in range(2):  # the second run must not have forgotten what the first kept
            accept_registers(connection, settings, "live")
            assert accepted(connection) == {"fair": ["16:00"]}
        file.with_name("renamed.yml").unlink()
        accept_registers(connection, settings, "live")
        assert accepted(connection) == {}
