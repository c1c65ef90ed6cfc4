"""The files of official registers whose layout is known: read as they are, or refused whole."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ringfence.errors import RejectedBatch
from ringfence.readers import FormatSpec, FormatType, Row, read_rows

GB, US, CA = FormatType.GB_TPS, FormatType.US_NDNCR, FormatType.CA_DNCL
# The sample that the operator published, with its `/` where none belongs.
XML = (
    "<list type='full' level='all' val=''/> <ac val='416'> <ph val='5550123'/>"
    ' <ph val=\'5550124\'/> </ac>\n<ac val="604"><ph val="5550125"></ph></ac> </list>\n'
)
Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(content: bytes) -> Path:
        (tmp_path / "list").write_bytes(content)
        return tmp_path / "list"

    return write_file


def zipped(**members: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.txt", content)
    return held.getvalue()


def read(path: Path, form: FormatType) -> list[Row]:
    return list(read_rows(path, FormatSpec(form), ("number",)))


def numbers(path: Path, form: FormatType) -> list[str]:
    return [row.cells["number"] for row in read(path, form) if not row.fault]


def refused(path: Path, form: FormatType) -> str:
    with pytest.raises(RejectedBatch) as told:
        read(path, form)
    assert told.value.remedy
    return str(told.value.code)


def test_both_layouts_of_tps_give_the_same_number(write: Write) -> None:
    # Dialling code in 5 and the rest in 7; all digits in 12; a short code; a mobile.
    records = ("020  79460123", "020 79460123", "02079460123 ", "01632 960123", "07700 900123")
    file = write("".join(f"{record[:12]:<12}\r\n" for record in records[1:]).encode())
    assert numbers(file, GB) == [
        "+442079460123", "+442079460123", "+441632960123", "+447700900123",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("0207 3787244", "+442073787244"),
        ("01635 506160", "+441635506160"),
        ("0191 5657153", "+441915657153"),
        ("07860 338653", "+447860338653"),
        ("0163 2960123", "+441632960123"),
        ("016973 60123", "+441697360123"),
        ("0169772345  ", "+44169772345"),
    ],
)
def test_a_tps_record_of_the_operators_own_page(write: Write, written: str, e164: str) -> None:
    assert numbers(write(f"{written}\r\n".encode()), GB) == [e164]


def test_a_tps_record_that_is_no_number_is_that_rows_fault(write: Write) -> None:
    good = "02079460123 \r\n" * 3
    rows = read(write(f"{good}+442079460123\r\n44207946012 \r\n            \r\n".encode()), GB)
    assert [row.fault for row in rows[3:]] == [
        "row_wrong_cell_count", "row_not_a_number", "row_not_a_number",
    ]  # fmt: skip


@pytest.mark.parametrize("cut", range(1, 14))
def test_a_tps_file_that_ends_within_a_record_is_refused(write: Write, cut: int) -> None:
    file = write(b"02079460123 \r\n" * 3 + b"02079460124 \r\n"[:cut])
    assert refused(file, GB) == "file_truncated"


def test_a_csv_a_page_and_an_archive_are_no_tps_file(write: Write) -> None:
    assert refused(write(b"number,date\r\n02079460123,2026-11-01\r\n"), GB) == "cell_count_wrong"
    assert refused(write(b"<!doctype html><p>Please log in</p>"), GB) == "file_is_html"
    assert refused(write(zipped(a="02079460123 \r\n")), GB) == "file_is_not_text"
    assert refused(write(b" \r\n"), GB) == "file_empty"


@pytest.mark.parametrize("form", [US, CA])
def test_area_code_and_number_stand_with_or_without_a_comma(write: Write, form: FormatType) -> None:
    assert numbers(write(b"416,5550123\n4165550124\r\n\n 604,5550125"), form) == [
        "+14165550123", "+14165550124", "+16045550125",
    ]  # fmt: skip


@pytest.mark.parametrize("form", [US, CA])
def test_an_archive_is_all_its_files(write: Write, form: FormatType) -> None:
    archive = zipped(**{"416": "416,5550123\n", "604": "604,5550125\n", "905": XML})
    assert numbers(write(archive), form) == [
        "+14165550123", "+16045550125", "+14165550123", "+14165550124", "+16045550125",
    ]  # fmt: skip


def test_the_sample_that_is_not_well_formed_is_read(write: Write) -> None:
    found = ["+14165550123", "+14165550124", "+16045550125"]
    assert numbers(write(XML.encode()), CA) == found
    assert numbers(write(b'<?xml version="1.0"?><!-- x -->' + XML.upper().encode()), CA) == found
    assert numbers(write(XML.replace("/>", " />", 1).encode()), CA) == found


def test_what_a_list_of_numbers_cannot_hold_is_that_rows_fault(write: Write) -> None:
    rows = read(write(zipped(a="416,5550123\n5550124\nhello\n416,555012\n416,5550125,A\n")), US)
    assert [(row.fault, row.cells.get("member")) for row in rows] == [
        (None, None), ("row_area_code_missing", "a.txt"), ("row_not_a_number", "a.txt"),
        ("row_not_a_number", "a.txt"), ("row_not_a_number", "a.txt"),
    ]  # fmt: skip
    odd = XML.replace("</ac>\n", "</ac><ph val='5550126'/><fax val='1'/>oops", 1)
    assert [row.fault for row in read(write(odd.encode()), CA) if row.fault] == [
        "row_area_code_missing", "row_not_an_element", "row_not_an_element",
    ]  # fmt: skip


def test_an_archive_packed_in_an_unknown_way_is_not_called_damaged(write: Write) -> None:
    packed = bytearray(zipped(a="416,5550123\n"))
    packed[8] = packed[packed.index(b"PK\x01\x02") + 10] = 97
    with pytest.raises(RejectedBatch, match="packed in a way that is not read"):
        numbers(write(bytes(packed)), US)


def test_what_is_not_the_whole_list_is_refused(write: Write) -> None:
    whole = zipped(**{"416": "416,5550123\n" * 500, "604": "604,5550125\n" * 500})
    assert refused(write(whole[:-40]), US) == "file_broken"
    damaged = bytearray(whole)
    damaged[60:70] = bytes(10)
    assert refused(write(bytes(damaged)), US) == "file_broken"
    assert refused(write(zipped(a="416,5550123\n", b="")), US) == "file_has_no_rows"
    assert refused(write(zipped()), US) in {"file_has_no_rows", "file_broken"}
    assert refused(write(b"416,5550123\n416,555"), US) == "file_truncated"
    assert refused(write(XML.replace("</list>", "").encode()), CA) == "file_truncated"
    assert refused(write(XML[: XML.index("50125") + 2].encode()), CA) == "file_truncated"
    assert refused(write(XML.replace("full", "delta").encode()), CA) == "register_not_full"
    assert refused(write(zipped(a="<html><p>Log in</p></html>")), CA) == "file_is_html"


def test_a_list_of_any_size_is_read_line_by_line(write: Write) -> None:
    path = write(zipped(**{"416": "416,5550123\n" * 400_000}))
    tracemalloc.start()
    assert sum(1 for _ in read_rows(path, FormatSpec(US), ("number",))) == 400_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4_000_000  # bytes, of 4.8 million unpacked
