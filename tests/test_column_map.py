"""Column maps: joins, translations and hashes, and the numbers they must never make up."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringfence.readers import Row
from ringfence.registers.sources import compile_map, load_sources

REGISTER = """\
source_id: leads
controller: nordlicht_energie
obtained: public
format: {{type: csv}}
columns:
  source_record_id: {{row: true}}
  {rule}
emits: {{leads: {{}}}}
"""
DIALLER = '[{join: [{constant: "+"}, Code, Number]}, {join: [{constant: "+"}, Code, Other]}]'


@pytest.fixture
def mapped(tmp_path: Path):
    """Return a function that maps one row by one rule."""

    def map_one(rule: str, cells: dict[str, str]):
        (tmp_path / "sources").mkdir(exist_ok=True)
        text = REGISTER.format(rule=rule)
        if not rule.startswith("phone"):
            text = text.replace("emits:", "  phone: P\nemits:")
        (tmp_path / "sources" / "leads.yml").write_text(text, "utf-8")
        sources, faults = load_sources(tmp_path, mode="live")
        assert faults == []
        return dict(compile_map(sources[0]).emissions(Row(1, cells)))["leads"]

    return map_one


@pytest.mark.parametrize(
    ("cells", "phones"),
    [
        ({"Code": "44", "Number": "2079460001", "Other": ""}, ["+442079460001"]),
        ({"Code": "44", "Number": "2079460001", "Other": "2"}, ["+442079460001", "+442"]),
        ({"Code": "", "Number": "2079460001", "Other": ""}, ["2079460001"]),
        ({"Code": "44", "Number": " ", "Other": ""}, []),
    ],
)
def test_a_calling_code_goes_before_a_number_only_when_both_are_there(mapped, cells, phones):
    assert mapped(f"phone: {DIALLER}", cells)["phone"] == phones


def test_phones_keep_their_order_and_empty_cells_are_no_phones(mapped):
    cells = {"A": "", "B": "2", "C": "1"}
    assert mapped("phone: [A, B, C]", cells)["phone"] == ["2", "1"]


def test_area_code_and_number_are_joined_without_a_sign_unless_one_is_given(mapped):
    cells = {"Area": "020", "Number": "7946 0001"}
    assert mapped("phone: {join: [Area, Number]}", cells)["phone"] == ["0207946 0001"]
    spaced = mapped('phone: {join: [Area, Number], with: " "}', cells)
    assert spaced["phone"] == ["020 7946 0001"]


def test_other_columns_are_joined_by_a_blank_and_skip_empty_parts(mapped):
    rule = "last_name: {join: [Prefix, Name]}"
    assert mapped(rule, {"Prefix": "van", "Name": "Example"})["last_name"] == "van Example"
    assert mapped(rule, {"Prefix": "", "Name": "Example"})["last_name"] == "Example"
    close = 'last_name: {join: [Prefix, Name], with: ""}'
    assert mapped(close, {"Prefix": "O'", "Name": "Example"})["last_name"] == "O'Example"


@pytest.mark.parametrize(
    ("rule", "cell", "value"),
    [
        ("audience: {column: A, values: {B2B: generic_company}}", " b2b ", "generic_company"),
        ("audience: {column: A, values: {B2B: generic_company}}", "private", ""),
        ("audience: {column: A, values: {B2B: x}, default: consumer}", "private", "consumer"),
        ("audience: {column: A, values: {B2B: x}, default: consumer}", "", "consumer"),
        ("language: {constant: de}", "", "de"),
    ],
)
def test_translations_are_closed_unless_they_have_a_default(mapped, rule, cell, value):
    assert mapped(rule, {"A": cell})[rule.split(":")[0]] == value


def test_the_hash_of_a_row_depends_on_its_cells_and_not_on_their_order(mapped):
    first = mapped("phone: A", {"A": "1", "B": "2"})["source_record_id"]
    assert mapped("phone: A", {"B": "2", "A": "1"})["source_record_id"] == first
    assert len(first) == 64
    for other in ({"A": "1", "B": "3"}, {"A": "12", "B": ""}, {"A": "1", "C": "2"}):
        assert mapped("phone: A", other)["source_record_id"] != first
