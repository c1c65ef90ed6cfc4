"""Workbooks, Parquet, JSON lines, fixed width and tables: typed values become plain text."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ringfence.errors import RejectedBatch
from ringfence.readers import FormatSpec, FormatType, read_rows, read_table
from ringfence.services.cluster import ClusterInfo

XLSX = FormatSpec(FormatType.XLSX)
PARQUET = FormatSpec(FormatType.PARQUET)
JSON_LINES = FormatSpec(FormatType.JSON_LINES)


def code_of(path: Path, spec: FormatSpec, needed=()) -> str:
    with pytest.raises(RejectedBatch) as caught:
        list(read_rows(path, spec, needed))
    assert caught.value.remedy
    return caught.value.code


def new_workbook() -> Any:
    from openpyxl import Workbook

    return Workbook()


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    book = new_workbook()
    sheet = book.active
    sheet.title = "Leads"
    sheet.append(["Id", "Phone", "Joined", "Active", "Note"])
    sheet.append([1, 442079460001, date(2026, 1, 15), True, None])
    sheet.append([2.0, 442079460002, datetime.fromisoformat("2026-01-15T09:30"), False, "  "])
    sheet["B3"].number_format = "0.00E+00"
    sheet.append([2.5, 2079460003, time(9, 30), None, "x"])
    sheet["B4"].number_format = "00000000000"
    sheet.append([])
    path = tmp_path / "leads.xlsx"
    book.save(path)
    return path


def test_spreadsheet_cells_become_the_text_that_is_displayed(workbook):
    rows = list(read_rows(workbook, XLSX, ("Id", "Phone")))
    assert [row.cells["Id"] for row in rows] == ["1", "2", "2.5"]
    assert [row.cells["Phone"] for row in rows] == ["442079460001", "4.42E+11", "02079460003"]
    assert [row.cells["Joined"] for row in rows] == [
        "2026-01-15",
        "2026-01-15T09:30:00",
        "09:30:00",
    ]
    assert [row.cells["Active"] for row in rows] == ["true", "false", ""]
    assert [row.cells["Note"] for row in rows] == ["", "", "x"]


def test_a_workbook_of_several_sheets_needs_the_sheet_named(tmp_path):
    book = new_workbook()
    book.active.append(["Nothing here"])
    book.create_sheet("Leads").append(["Id"])
    book["Leads"].append([7])
    path = tmp_path / "two.xlsx"
    book.save(path)
    assert code_of(path, XLSX) == "sheet_missing"
    assert code_of(path, FormatSpec(FormatType.XLSX, sheet="Other")) == "sheet_missing"
    rows = list(read_rows(path, FormatSpec(FormatType.XLSX, sheet="Leads")))
    assert rows[0].cells == {"Id": "7"}


def test_text_beyond_the_header_of_a_sheet_is_a_fault_of_its_row(tmp_path):
    book = new_workbook()
    for cells in (["Id", "Phone"], ["1", "2", "3"], ["2"]):
        book.active.append(cells)
    path = tmp_path / "wide.xlsx"
    book.save(path)
    rows = list(read_rows(path, XLSX))
    assert [row.fault for row in rows] == ["row_wrong_cell_count", None]
    assert rows[1].cells == {"Id": "2", "Phone": ""}


def test_damaged_workbooks_and_other_files_named_xlsx_are_refused(workbook, tmp_path):
    content = workbook.read_bytes()
    for size in (len(content) // 2, len(content) - 30, 40):
        path = tmp_path / "cut.xlsx"
        path.write_bytes(content[:size])
        assert code_of(path, XLSX) == "file_broken"
    path.write_bytes(content[:900] + bytes(200) + content[1100:])
    assert code_of(path, XLSX) == "file_broken"
    path.write_text("Id\tPhone\n1\t2\n")
    assert code_of(path, XLSX) == "file_is_not_xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old or locked one")
    assert code_of(path, XLSX) == "file_is_not_xlsx"
    path.write_text("<html><table></table></html>")
    assert code_of(path, XLSX) == "file_is_html"


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table(
        {
            "Id": pyarrow.array([1, None, 3], pyarrow.int64()),
            "Phone": pyarrow.array([442079460001.0, 4.5, None], pyarrow.float64()),
            "At": pyarrow.array(
                [datetime(2026, 1, 15, 9, tzinfo=UTC)] * 3, pyarrow.timestamp("ns", "UTC")
            ),
            "On": pyarrow.array([date(2026, 1, 15)] * 3),
            "Paid": pyarrow.array([Decimal("10.50")] * 3),
            "consent": [{"given": True, "tags": ["a", "b"]}, {"given": False, "tags": []}, None],
        }
    )
    path = tmp_path / "leads.parquet"
    pyarrow.parquet.write_table(table, path)
    return path


def test_parquet_values_become_text_and_structs_dotted_columns(parquet):
    rows = list(read_rows(parquet, PARQUET, ("Id", "consent.given")))
    assert [row.cells["Id"] for row in rows] == ["1", "", "3"]
    assert [row.cells["Phone"] for row in rows] == ["442079460001", "4.5", ""]
    assert rows[0].cells["At"] == "2026-01-15T09:00:00+00:00"
    assert rows[0].cells["On"] == "2026-01-15"
    assert rows[0].cells["Paid"] == "10.5"
    assert [row.cells.get("consent.given", "") for row in rows] == ["true", "false", ""]
    assert rows[0].cells["consent.tags"] == "a | b"


def test_parquet_text_that_is_not_utf8_costs_its_row_only(tmp_path):
    import pyarrow
    import pyarrow.parquet

    binary = pyarrow.array([b"M\xc3\xbcller", b"G\xf6ran", b""], pyarrow.binary())
    strings = pyarrow.StringArray.from_buffers(3, *binary.buffers()[1:])
    path = tmp_path / "bytes.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"Id": [1, 2, 3], "Name": strings}), path)
    rows = list(read_rows(path, PARQUET))
    assert [row.fault for row in rows] == [None, "row_bad_encoding", None]
    assert [row.cells.get("Name") for row in rows] == ["Müller", None, ""]


def test_a_value_that_python_cannot_hold_costs_its_row_and_only_where_it_is_read(tmp_path):
    import pyarrow
    import pyarrow.parquet

    far = pyarrow.array([20_000, 900_000_000, 20_001], pyarrow.int32()).cast(pyarrow.date32())
    table = {"Id": [1, 2, 3], "On": far, "consent": [{"at": 1, "by": "web"}] * 3}
    path = tmp_path / "far.parquet"
    pyarrow.parquet.write_table(pyarrow.table(table), path)
    rows = list(read_rows(path, PARQUET, ("Id",)))
    assert [row.fault for row in rows] == [None, "row_value_unreadable", None]
    assert rows[1].cells["Id"] == "2"
    rows = list(read_rows(path, PARQUET, ("Id",), ("Id", "consent.at", "absent")))
    assert [row.fault for row in rows] == [None, None, None]
    assert rows[1].cells == {"Id": "2", "consent.at": "1", "consent.by": "web"}


@pytest.mark.parametrize("zone", ["Mars/Olympus", "+25:99", "Central Standard Time"])
@pytest.mark.parametrize("is_nested", [False, True])
def test_parquet_times_in_a_zone_nobody_knows_are_refused_in_words(tmp_path, zone, is_nested):
    import pyarrow
    import pyarrow.parquet

    times = pyarrow.array([0, 1], pyarrow.timestamp("us", zone))
    told = pyarrow.StructArray.from_arrays([times], ["at"]) if is_nested else times
    path = tmp_path / "odd_zone.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"Id": ["a", "b"], "Told": told}), path)
    with pytest.raises(RejectedBatch) as caught:
        list(read_rows(path, PARQUET))
    assert (caught.value.code, caught.value.exit_code) == ("time_zone_unknown", 1)
    assert caught.value.where == "odd_zone.parquet"
    assert "column 2" in caught.value.what
    assert "Europe/Berlin" in caught.value.remedy
    assert [row.cells for row in read_rows(path, PARQUET, ("Id",), wanted=("Id",))] == [
        {"Id": "a"}, {"Id": "b"},
    ]  # fmt: skip


def test_damaged_parquet_and_other_files_named_parquet_are_refused(parquet, tmp_path):
    content = parquet.read_bytes()
    path = tmp_path / "cut.parquet"
    path.write_bytes(content[: len(content) // 2])
    assert code_of(path, PARQUET) == "file_broken"
    path.write_bytes(content[:60] + bytes(400) + content[460:])
    assert code_of(path, PARQUET) == "file_broken"
    path.write_text("Id,Phone\n")
    assert code_of(path, PARQUET) == "file_is_not_parquet"
    assert code_of(parquet, PARQUET, ("Telephone",)) == "column_missing"


def written(tmp_path: Path, *lines: str, end: str = "\n") -> Path:
    path = tmp_path / "leads.jsonl"
    path.write_text("\n".join(lines) + end, "utf-8")
    return path


def test_json_numbers_keep_their_spelling_and_nesting_becomes_dots(tmp_path):
    path = written(
        tmp_path,
        json.dumps({"id": 1, "consent": {"at": "2026-01-15", "by": ["web", 2]}, "ok": True}),
        '{"id": 4.47E+11, "big": 442079460001000000001, "none": null}',
        '{"id": 3, "events": [{"type": "given"}, {"type": "withdrawn"}]}',
    )
    first, second, third = (row.cells for row in read_rows(path, JSON_LINES, ("id", "consent.at")))
    assert first == {"id": "1", "consent.at": "2026-01-15", "consent.by": "web | 2", "ok": "true"}
    assert second == {"id": "4.47E+11", "big": "442079460001000000001", "none": ""}
    assert third["events.1.type"] == "withdrawn"


def test_json_lines_that_are_no_objects_or_say_a_thing_twice_are_row_faults(tmp_path):
    path = written(
        tmp_path,
        '{"id": 1}',
        "[1, 2]",
        '{"id": 2, "id": 3}',
        '{"a.b": 1, "a": {"b": 2}}',
        "not json",
        '{"id": "a\\u0000b"}',
        '{"id": "\\ud800"}',
        '{"id": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"id": "' + "x" * 70_000 + '"}',
        "",
        '{"id": 9}',
    )
    assert [row.fault for row in read_rows(path, JSON_LINES, ("id",))] == [
        None,
        "row_not_an_object",
        "row_key_doubled",
        "row_key_doubled",
        "row_not_an_object",
        "row_nul_byte",
        "row_bad_encoding",
        "row_not_an_object",
        "row_cell_too_large",
        None,
    ]


@pytest.mark.parametrize(
    ("lines", "end", "code"),
    [
        (["{", '"id": 1', "}"], "\n", "file_broken"),
        (['{"id": 1}', '{"id": '], "", "file_broken"),
        (["Id;Phone", "1;2"], "\n", "file_broken"),
        (["[1, 2]", "3"], "\n", "file_broken"),
        (['{"other": 1}'], "\n", "column_missing"),
        (["<html>"], "\n", "file_is_html"),
    ],
)
def test_broken_json_and_columns_that_no_object_has_are_refused(tmp_path, lines, end, code):
    assert code_of(written(tmp_path, *lines, end=end), JSON_LINES, ("id",)) == code


def test_fixed_width_cells_lose_their_padding_only(tmp_path):
    path = tmp_path / "list.txt"
    text = "1   Göran  020 7946\r\n2   Ann\r\n\r\n3   Bob    0x\u00a0\r\n"
    path.write_bytes(text.encode("cp1252"))
    spec = FormatSpec(
        FormatType.FIXED_WIDTH, widths=(4, 7, 8), header=False, encoding="cp1252",
        columns=("Id", "Name", "Phone"),
    )  # fmt: skip
    rows = list(read_rows(path, spec, ("Id",)))
    assert rows[0].cells == {"Id": "1", "Name": "Göran", "Phone": "020 7946"}
    assert rows[1].cells == {"Id": "2", "Name": "Ann", "Phone": ""}
    assert [row.number for row in rows] == [1, 2, 3]


def test_a_cut_or_overlong_fixed_width_line_is_a_fault(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("Id  Phone \n1   020794\n2   020794 too long\n3   02")
    spec = FormatSpec(FormatType.FIXED_WIDTH, widths=(4, 6))
    assert [row.fault for row in read_rows(path, spec, ("Phone",))] == [
        None,
        "row_wrong_cell_count",
        "row_wrong_cell_count",
    ]


@pytest.fixture(scope="module")
def url(cluster: ClusterInfo) -> str:
    return cluster.url("postgres")


def test_a_query_gives_the_same_text_as_a_file_would(url):
    query = """
        select n as "Id", '020 7946 0' || lpad(n::text, 3, '0') as "Phone", n % 2 = 0 as even,
            timestamptz '2026-01-15 10:00+01' as at, 1.50::numeric as paid, null as note,
            jsonb_build_object('by', 'web') as consent
        from generate_series(1, 12000) as n
    """
    rows = list(read_table(url, query, ("Id", "Phone"), name="ods"))
    assert len(rows) == 12000
    assert rows[6].number == 7
    assert rows[6].cells == {
        "Id": "7", "Phone": "020 7946 0007", "even": "false", "at": "2026-01-15T09:00:00+00:00",
        "paid": "1.5", "note": "", "consent.by": "web",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("select 1 as a, 2 as a", "column_doubled"),
        ("select 1 as a", "column_missing"),
        ("select 1 as id where false", "file_has_no_rows"),
        ("select no_such_column", "table_unreadable"),
        ("select 'secret'::int as id", "table_unreadable"),
        ("with gone as (delete from pg_class returning 1 as id) select * from gone", None),
    ],
)
def test_a_query_that_cannot_be_used_is_refused_without_a_value(url, query, code):
    with pytest.raises(RejectedBatch) as caught:
        list(read_table(url, query, ("id",), name="ods"))
    assert caught.value.code == (code or "table_unreadable")
    assert "secret" not in str(caught.value)


def test_a_query_can_share_the_connection_of_its_caller(url):
    with psycopg.connect(url) as connection:
        assert next(read_table(connection, "select 1 as id", ("id",))).cells == {"id": "1"}
