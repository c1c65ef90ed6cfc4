"""Delimited text and whole files: what is damaged is named, and no row vanishes unnoticed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ringfence.errors import Refusal, RejectedBatch
from ringfence.readers import CELL_LIMIT, FormatSpec, FormatType, read_rows

HEADER = "Id;Name;Phone\n"
NEEDED = ("Id", "Phone")
SEMICOLON = FormatSpec(delimiter=";")


@pytest.fixture
def read(tmp_path: Path):
    """Return a function that writes bytes to a file and reads its rows."""

    def write_and_read(content: bytes | str, spec: FormatSpec = SEMICOLON, needed=NEEDED):
        path = tmp_path / "leads.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return list(read_rows(path, spec, needed))

    return write_and_read


def test_cells_stay_text_and_blank_ones_are_empty(read):
    rows = read(HEADER + "007;Anna; \n1.50;\u00a0;+4420794600\n")
    assert rows[0].number == 1
    assert rows[0].cells == {"Id": "007", "Name": "Anna", "Phone": ""}
    assert rows[1].cells == {"Id": "1.50", "Name": "", "Phone": "+4420794600"}


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("latin-1", "latin-1"),
        ("cp1252", "cp1252"),
    ],
)
def test_every_encoding_and_line_end_gives_the_same_rows(read, encoding, declared, line_end):
    text = (HEADER + "1;Müller;1\n2;Göran;2\n").replace("\n", line_end)
    rows = read(text.encode(encoding), FormatSpec(delimiter=";", encoding=declared))
    assert [row.cells["Name"] for row in rows] == ["Müller", "Göran"]
    assert not any(row.fault for row in rows)


@pytest.mark.parametrize("delimiter", [",", "\t", "|", "~"])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_any_delimiter_and_quote_is_read(read, delimiter, quote):
    text = f"Id{delimiter}Phone\n{quote}a{delimiter}b{quote}{delimiter}1\n"
    assert read(text, FormatSpec(delimiter=delimiter, quote=quote))[0].cells["Id"] == (
        f"a{delimiter}b"
    )


def test_a_file_without_header_takes_names_from_the_register_or_by_position(read):
    named = FormatSpec(delimiter=";", header=False, columns=("Id", "Name", "Phone"))
    assert read("1;Anna;2\n", named)[0].cells["Name"] == "Anna"
    numbered = FormatSpec(delimiter=";", header=False)
    assert read("1;Anna;2\n", numbered, ("column_3",))[0].cells["column_3"] == "2"


def test_lines_before_the_header_are_skipped(read):
    spec = FormatSpec(delimiter=";", skip_rows=2)
    assert len(read("Report of today\n\n" + HEADER + "1;a;2\n", spec)) == 1


def test_a_line_break_in_a_quoted_cell_is_part_of_the_cell(read):
    rows = read(HEADER + '1;"High Street 5\nLondon";2\n3;b;4\n')
    assert [row.cells["Name"] for row in rows] == ["High Street 5\nLondon", "b"]


def test_rows_with_too_few_or_too_many_cells_are_faults_and_keep_their_cells(read):
    rows = read(HEADER + "1;a;2\n2;b\n3;c;4;5\n")
    assert [row.fault for row in rows] == [None, "row_wrong_cell_count", "row_wrong_cell_count"]
    assert rows[2].cells == {"Id": "3", "Name": "c", "Phone": "4", "+1": "5"}


def test_a_nul_byte_costs_its_row_only(read):
    rows = read(HEADER.encode() + b"1;a\0b;2\n2;b;3\n3;\0\xe4;4\n" + "4;ü;5\n".encode() * 9)
    assert [row.fault for row in rows[:3]] == ["row_nul_byte", None, "row_bad_encoding"]
    assert not any(row.fault for row in rows[3:])
    for row in rows:
        assert "\0" not in "".join(row.cells.values())
        "".join(row.cells.values()).encode()  # what is kept can be stored


def test_a_ten_megabyte_cell_costs_its_row_only(read):
    huge = "x" * 10_000_000
    rows = read(HEADER + f'1;a;2\n2;{huge};3\n3;"{huge}";4\n4;b;5\n')
    assert [row.fault for row in rows] == [
        None,
        "row_cell_too_large",
        "row_cell_too_large",
        None,
    ]


def test_a_cell_just_over_the_limit_is_a_fault_and_one_at_the_limit_is_not(read):
    rows = read(HEADER + f"1;{'x' * CELL_LIMIT};2\n2;{'x' * (CELL_LIMIT + 1)};3\n")
    assert [row.fault for row in rows] == [None, "row_cell_too_large"]


@pytest.mark.parametrize(
    "rows",
    [
        '2;"b;3\n3;c;4\n',  # open until the end of the file
        '2;"b;3\n3;"c";4\n4;d;5\n',  # runs into the next quoted cell
        '2;"b;3\n3;c;4\n4;d";5\n',  # closed by a stray quote: cell count fits by chance
        '2;b;"3',  # the file is cut within its last line
        '2;"' + "b;3\n" * 400_000,
    ],
)
def test_an_unclosed_quote_names_its_row_instead_of_swallowing_others(read, rows):
    with pytest.raises(RejectedBatch) as caught:
        read(HEADER + "1;a;2\n" + rows)
    assert caught.value.code == "quote_unclosed"
    assert caught.value.where == "leads.csv, row 2"


def test_a_broken_quote_within_one_line_costs_its_row_only(read):
    rows = read(HEADER + '1;"a"b;2\n2;c;3\n')
    assert [row.fault for row in rows] == ["row_quote_broken", None]


def test_a_file_that_does_not_quote_keeps_its_quotes(read):
    spec = FormatSpec(delimiter=";", quote="")
    assert read(HEADER + '1;"a;2\n', spec)[0].cells["Name"] == '"a'


def test_one_line_in_another_encoding_is_a_fault_of_its_row(read):
    good = "".join(f"{n};Müller;2\n" for n in range(20)).encode()
    rows = read(HEADER.encode() + good + "99;Göran;3\n".encode("latin-1"))
    assert [row.number for row in rows if row.fault] == [21]
    assert rows[20].fault == "row_bad_encoding"
    rows[20].cells["Name"].encode()  # what is kept can be stored


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("latin-1", "utf-8"),
        ("utf-16", "utf-8"),
        ("utf-16-le", "utf-8"),
        ("utf-8", "cp1252"),
        ("utf-8", "latin-1"),
        ("utf-16", "cp1252"),
        ("utf-8", "utf-16"),
    ],
)
def test_a_whole_file_in_another_encoding_is_refused(read, encoding, declared):
    content = HEADER + "".join(f"{n};Müller;{n}\n" for n in range(30))
    with pytest.raises(RejectedBatch) as caught:
        read(content.encode(encoding), FormatSpec(delimiter=";", encoding=declared))
    assert caught.value.code == "encoding_wrong"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "file_empty"),
        (" \r\n\n", "file_empty"),
        (b"\xef\xbb\xbf", "file_empty"),
        (HEADER, "file_has_no_rows"),
        ("<!DOCTYPE html>\n<html><body>Log in</body></html>", "file_is_html"),
        ("\n<table><tr><td>Id</td></tr></table>", "file_is_html"),
        (b"PK\x03\x04 something", "file_is_not_text"),
        (b"\x1f\x8b\x08 something", "file_is_not_text"),
        (HEADER.replace(";", ",") + "1,a,2\n", "delimiter_wrong"),
        ("Id;Name;Telephone\n1;a;2\n", "column_missing"),
        ("Id;Phone;Phone\n1;2;3\n", "column_doubled"),
        ('"Id;Phone\n1;2\n', "quote_unclosed"),
        (HEADER + "1;2\n2;3\n", "cell_count_wrong"),
    ],
)
def test_a_damaged_file_is_refused_with_what_where_and_what_to_do(read, content, code):
    with pytest.raises(RejectedBatch) as caught:
        read(content)
    assert caught.value.code == code
    assert caught.value.what
    assert "leads.csv" in caught.value.where
    assert caught.value.remedy


def test_a_missing_column_is_named(read):
    with pytest.raises(RejectedBatch, match="`Phone`"):
        read("Id;Name\n1;a\n")


def test_a_doubled_column_that_nobody_maps_does_no_harm(read):
    rows = read("Id;Notes;Phone;Notes\n1;a;2;b\n")
    assert rows[0].cells == {"Id": "1", "Notes#2": "a", "Phone": "2", "Notes#4": "b"}


def test_a_csv_named_xls_is_read_as_what_the_register_says(tmp_path):
    path = tmp_path / "leads.xls"
    path.write_text("Id\tPhone\n1\t2\n")
    assert next(read_rows(path, FormatSpec(delimiter="\t"), NEEDED)).cells["Phone"] == "2"
    with pytest.raises(RejectedBatch) as caught:
        list(read_rows(path, FormatSpec(FormatType.XLSX), NEEDED))
    assert caught.value.code == "file_is_not_xlsx"


def test_no_error_quotes_a_cell(read):
    secret = "020 7946 0999"
    for content in (f'Id;Phone\n1;"{secret}\n', f"Id,Phone\n1,{secret}\n", f"Id;Id\n{secret};1\n"):
        with pytest.raises(RejectedBatch) as caught:
            read(content)
        assert secret not in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Refusal, match="cannot be opened"):
        list(read_rows(tmp_path / "none.csv", SEMICOLON))


def test_memory_is_bounded_whatever_the_file_holds(tmp_path):
    """Half a million rows and a line of 64 MB, in a process that may have 200 MB of addresses."""
    path = tmp_path / "big.csv"
    with path.open("w") as file:
        file.write(HEADER)
        file.writelines(f"{n};Example;020 7946 0{n % 1000:03d}\n" for n in range(500_000))
        file.write("x" * 64_000_000 + ";a;b\n9;a;b\n")
    program = (
        "import resource, sys\n"
        "from collections import Counter\n"
        "from pathlib import Path\n"
        "from ringfence.readers import FormatSpec, read_rows\n"
        "resource.setrlimit(resource.RLIMIT_AS, (200 * 2**20, resource.RLIM_INFINITY))\n"
        "rows = read_rows(Path(sys.argv[1]), FormatSpec(delimiter=';'))\n"
        "print(Counter(str(row.fault) for row in rows))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        cwd=Path(__file__).parents[1] / "plugins", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "Counter({'None': 500001, 'row_cell_too_large': 1})"
