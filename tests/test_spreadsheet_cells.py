"""What a sheet shows in a cell is read there: merged cells, formulas, hidden rows."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.support_registers import write_source

from ringfence.database import connect
from ringfence.errors import RejectedBatch
from ringfence.home import Home
from ringfence.landing.ingest import ingest_source
from ringfence.readers import FormatSpec, FormatType, Row, read_rows
from ringfence.settings import Settings

XLSX = FormatSpec(FormatType.XLSX)
STOPS = """
source_id: stops
title: Objections in a workbook
controller: acme
obtained: from_person
approved: {by: dpo, on: 2026-01-15}
delivery: {expected_every: 1d, pattern: "*.xlsx"}
format: {type: xlsx}
columns: {phone: Phone, country: {constant: GB}}
emits:
  suppression: {map: {kind: {constant: objection}}}
"""


def sheet_of(*rows: list[Any]) -> Any:
    from openpyxl import Workbook

    sheet = Workbook().active
    for cells in rows:
        sheet.append(cells)
    return sheet


def saved(sheet: Any, path: Path) -> Path:
    sheet.parent.save(path)
    return path


def read(path: Path, spec: FormatSpec = XLSX, **more: Any) -> list[Row]:
    return list(read_rows(path, spec, **more))


def column(rows: list[Row], name: str) -> list[str]:
    return [row.cells[name] for row in rows]


def test_a_merged_cell_counts_in_every_row_it_covers(tmp_path: Path) -> None:
    sheet = sheet_of(
        ["Phone", "Name", "Note"],
        ["020 7946 0001", "A", ""],
        ["020 7946 0002", "B", "wide"],
        [None, "C", None],
        [None, "D", None],
        ["020 7946 0003", "E", None],
    )
    sheet.merge_cells("A3:A5")
    sheet.merge_cells("C3:D3")
    rows = read(saved(sheet, tmp_path / "merged.xlsx"), needed=("Phone",))
    same = "020 7946 0002"
    assert column(rows, "Phone") == ["020 7946 0001", same, same, same, "020 7946 0003"]
    assert [row.fault for row in rows] == [None] * 5


def test_merged_titles_above_the_data_stay_where_they_are(tmp_path: Path) -> None:
    sheet = sheet_of(
        ["Export of Monday", None, None, None],
        ["Phone", "Name", None, "Note"],
        ["020 7946 0001", "A", "x", ""],
        ["020 7946 0002", "B", "y", ""],
    )
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("B2:C2")
    path = saved(sheet, tmp_path / "titles.xlsx")
    rows = read(path, replace(XLSX, skip_rows=1), needed=("Phone", "Name"))
    assert column(rows, "column_3") == ["x", "y"]
    assert column(rows, "Phone") == ["020 7946 0001", "020 7946 0002"]


def test_a_merged_cell_makes_no_rows_of_its_own(tmp_path: Path) -> None:
    sheet = sheet_of(["Phone"], ["020 7946 0001"])
    sheet.merged_cells.add("A2:A900000")
    assert len(read(saved(sheet, tmp_path / "long.xlsx"))) == 1


def test_merged_cells_are_seen_whatever_prefix_and_encoding_the_sheet_has(tmp_path: Path) -> None:
    sheet = sheet_of(["Phone", "Name"], ["020 7946 0001", "A"], [None, "B"])
    sheet.merge_cells("A2:A3")
    path = saved(sheet, tmp_path / "merged.xlsx")
    for encoding in ("utf-8", "utf-16"):
        other = tmp_path / f"{encoding}.xlsx"
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                if name == "xl/worksheets/sheet1.xml":
                    text = content.decode("utf-8")
                    text = text.replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?")
                    text = text.replace("xmlns=", "xmlns:x=")
                    content = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)
                new.writestr(name, content)
        assert column(read(other), "Phone") == ["020 7946 0001"] * 2, encoding


def test_a_formula_without_a_value_is_a_fault_of_its_row(tmp_path: Path) -> None:
    sheet = sheet_of(
        ["Phone", "Name", "Score"],
        ["020 7946 0001", "A", 1],
        ['=CONCATENATE("020 7946 ","0002")', "B", 2],
        ["020 7946 0003", "C", "=1+1"],
    )
    path = saved(sheet, tmp_path / "formulas.xlsx")
    fault = "row_formula_without_value"
    assert [row.fault for row in read(path)] == [None, fault, fault]
    # Of a column that nobody maps it is no fault.
    rows = read(path, needed=("Phone",), wanted=frozenset({"Phone", "Name"}))
    assert [row.fault for row in rows] == [None, fault, None]
    assert rows[1].cells["Name"] == "B"


def test_a_formula_that_came_to_an_empty_text_is_empty(tmp_path: Path) -> None:
    sheet = sheet_of(["Phone", "Name"], ["020 7946 0001", "=A9"])
    path = saved(sheet, tmp_path / "raw.xlsx")
    done = tmp_path / "calculated.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(done, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert b'<c r="B2">' in content
                content = content.replace(b'<c r="B2">', b'<c r="B2" t="str">')
            new.writestr(name, content)
    (row,) = read(done)
    assert (row.fault, row.cells["Name"]) == (None, "")


def test_hidden_rows_are_read_and_a_hidden_sheet_is_when_it_is_named(tmp_path: Path) -> None:
    sheet = sheet_of(["Phone"], ["020 7946 0001"], ["020 7946 0002"])
    sheet.row_dimensions[3].hidden = True
    hidden = sheet.parent.create_sheet("Old")
    hidden.append(["Phone"])
    hidden.append(["020 7946 0003"])
    hidden.sheet_state = "hidden"
    path = saved(sheet, tmp_path / "hidden.xlsx")
    assert len(read(path)) == 2
    assert column(read(path, replace(XLSX, sheet="Old")), "Phone") == ["020 7946 0003"]


def test_more_merged_ranges_than_a_sheet_of_data_has_are_refused(tmp_path: Path) -> None:
    path = saved(sheet_of(["Phone"], ["020 7946 0001"]), tmp_path / "plain.xlsx")
    many = "".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(3, 60_000))
    other = tmp_path / "many.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                merged = f"</sheetData><mergeCells>{many}</mergeCells>".encode()
                content = content.replace(b"</sheetData>", merged)
            new.writestr(name, content)
    with pytest.raises(RejectedBatch) as caught:
        read(other)
    assert caught.value.code == "merged_cells"


def test_no_stop_of_a_workbook_is_lost(fresh_database: Settings) -> None:
    registers = write_source(Home(fresh_database.home).root / "registers", "stops", STOPS)
    settings = replace(fresh_database, registers=registers)
    inbox = Home(settings.home).inbox / "stops"
    inbox.mkdir(parents=True)
    sheet = sheet_of(
        ["Name", "Phone"],
        ["A", "020 7946 0001"],
        ["B", '=CONCATENATE("020 7946 ","0002")'],
        ["C", "020 7946 0003"],
        ["D", None],
    )
    sheet.merge_cells("B4:B5")
    saved(sheet, inbox / "stops.xlsx")
    (report,) = ingest_source(settings, "stops")
    assert (report.status, report.rows_read, report.rows_quarantined) == ("accepted", 4, 1)
    with connect(settings) as connection:
        unmatched = connection.execute(
            "select distinct row_number from landing.unmatched_stops"
        ).fetchall()
    assert unmatched == [(2,)]
