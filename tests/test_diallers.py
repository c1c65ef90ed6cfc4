"""Check each dialler's file against what its import demands."""

from __future__ import annotations

import csv
import io

import pytest

from ringfence.errors import Refusal
from ringfence.publish.call_list import COLUMNS, ListRow
from ringfence.publish.diallers import (
    DIALLERS,
    VICIDIAL_COLUMNS,
    formats_of,
    split_number,
)

ROW = ListRow(
    call_ref="ABCDEFGHIJKLMNOP", phone="+447700900123", title="Ms", first_name="Ada",
    last_name="Quill, Jr", company="Nut | Bolt", postcode="AB1 2CD", city="Aberdeen", country="GB",
    language="en", ground="consent", source="The web form", controller="Northwind Energy",
    call_window_start="09:00", call_window_end="20:00", timezone="Europe/London",
    valid_until="2026-11-25T00:00:00Z", campaign_id="energy_gb",
    call_windows="09:00-20:00", call_windows_utc="2026-11-24T09:00:00Z/2026-11-24T20:00:00Z",
)  # fmt: skip


def written(name: str, *rows: ListRow) -> str:
    dialler = DIALLERS[name] or formats_of(name)[0]
    file = io.StringIO(newline="")
    write = dialler.writer(file)
    for row in rows:
        write(row)
    return file.getvalue()


def test_vicidial_takes_twenty_five_columns_without_a_header() -> None:
    (line,) = written("vicidial", ROW).splitlines()
    cells = dict(zip(VICIDIAL_COLUMNS, line.split("|"), strict=True))
    assert len(VICIDIAL_COLUMNS) == 25
    assert cells["vendor_lead_code"] == "ABCDEFGHIJKLMNOP"
    assert (cells["phone_code"], cells["phone_number"]) == ("44", "7700900123")
    assert cells["address1"] == "Nut   Bolt"
    assert "Source: The web form. For: Northwind Energy." in cells["comments"]


def test_vicidial_cells_fit_the_widths_of_its_table() -> None:
    long = ROW._replace(
        title="Professor", first_name="A" * 99, last_name="B" * 99, company="C" * 300,
        city="D" * 99, postcode="E" * 40, source="F" * 300, campaign_id="G" * 60,
    )  # fmt: skip
    cells = dict(
        zip(VICIDIAL_COLUMNS, written("vicidial", long).rstrip("\n").split("|"), strict=True)
    )
    widths = {
        "vendor_lead_code": 20, "source_id": 50, "phone_number": 18, "title": 4, "first_name": 30,
        "last_name": 30, "address1": 100, "city": 50, "postal_code": 10, "country_code": 3,
        "comments": 255,
    }  # fmt: skip
    assert all(len(cells[name]) <= width for name, width in widths.items())


def test_genesys_gets_its_key_first_and_windows_line_ends() -> None:
    text = written("genesys", ROW)
    header, row = text.split("\r\n")[:2]
    assert header.startswith("inin-outbound-id,phone,")
    assert row.startswith("ABCDEFGHIJKLMNOP,+447700900123,")
    assert text.endswith("\r\n")


def test_genesys_refuses_a_list_it_would_cut_off() -> None:
    genesys = DIALLERS["genesys"]
    assert genesys
    genesys.check_size(1_000_000)
    with pytest.raises(Refusal, match="1,000,001 rows are more"):
        genesys.check_size(1_000_001)


def test_five9_numbers_of_north_america_have_ten_digits() -> None:
    american = ROW._replace(phone="+12025550123")
    found = list(csv.DictReader(io.StringIO(written("five9", ROW, american), newline="")))
    assert [row["number1"] for row in found] == ["+447700900123", "2025550123"]
    assert {row["call_ref"] for row in found} == {"ABCDEFGHIJKLMNOP"}
    assert found[0]["zip"] == "AB1 2CD"


def test_the_generic_file_reads_back_as_it_was() -> None:
    text = written("generic", ROW)
    assert "\r" not in text
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert ListRow(**row) == ROW
    assert tuple(row) == COLUMNS


@pytest.mark.parametrize(
    ("number", "parts"),
    [
        ("+12025550123", ("1", "2025550123")),
        ("+447700900123", ("44", "7700900123")),
        ("+35312345678", ("353", "12345678")),
        ("+390612345678", ("39", "0612345678")),
        ("+999", ("", "999")),
    ],
)
def test_a_number_splits_at_its_calling_code(number: str, parts: tuple[str, str]) -> None:
    assert split_number(number) == parts


def test_every_dialler_carries_the_call_ref_back() -> None:
    for name in DIALLERS:
        assert "ABCDEFGHIJKLMNOP" in written(name, ROW)


def test_an_unknown_dialler_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Refusal, match="no dialler format `pigeon`"):
        formats_of("pigeon")


def test_what_an_agent_reads_names_every_interval() -> None:
    broken = ROW._replace(timezone="Europe/Paris", call_windows="10:00-13:00;14:00-20:00")
    comments = written("vicidial", broken).split("|")[VICIDIAL_COLUMNS.index("comments")]
    assert "Call 10:00-13:00;14:00-20:00 Europe/Paris, until" in comments
