"""A damaged file of an official register takes nobody off it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support_registers import write_source

from ringfence.database import connect
from ringfence.home import Home
from ringfence.landing.batches import BatchReport
from ringfence.landing.ingest import ingest_source
from ringfence.settings import Settings

TPS = """
source_id: tps
controller: acme
obtained: public
approved: {by: dpo, on: 2026-01-15}
delivery: {published_at: {file_name: "tps_%Y-%m-%d.csv"}}
format: {type: csv, delimiter: ","}
register: gb_tps
columns: {phone: number, country: {constant: GB}}
emits: {register: {}}
"""
NUMBERS = [f"020 7946 00{n:02}" for n in range(60)]


@pytest.fixture
def home(fresh_database: Settings) -> Settings:
    registers = write_source(Home(fresh_database.home).root / "registers", "tps", TPS)
    settings = replace(fresh_database, registers=registers)
    assert deliver(settings, "2026-11-01", NUMBERS).status == "accepted"
    return settings


def deliver(settings: Settings, day: str, numbers: list[str]) -> BatchReport:
    folder = Home(settings.home).inbox / "tps"
    folder.mkdir(parents=True, exist_ok=True)
    for earlier in folder.iterdir():
        earlier.unlink()
    (folder / f"tps_{day}.csv").write_text("\n".join(["number", *numbers]) + "\n")
    (report,) = ingest_source(settings, "tps")
    return report


def entries(settings: Settings) -> int:
    with connect(settings, name="a test") as connection:
        row = connection.execute("select count(*) from landing.register_entries").fetchone()
    assert row
    return int(row[0])


def test_who_is_no_longer_in_a_sound_file_comes_off_the_register(home: Settings) -> None:
    assert deliver(home, "2026-11-20", NUMBERS[2:]).status == "accepted"
    assert entries(home) == 58


def test_a_row_that_cannot_be_read_takes_nobody_off(home: Settings) -> None:
    report = deliver(home, "2026-11-20", ["4.47E+11", "020 / x", *NUMBERS[2:]])
    assert (report.status, report.rows_quarantined) == ("accepted", 1)
    assert entries(home) >= 60


def test_a_file_with_many_such_rows_is_refused(home: Settings) -> None:
    report = deliver(home, "2026-11-20", ["4.47E+11"] * 10 + NUMBERS[10:])
    assert (report.status, report.reason_code) == ("rejected", "register_rows_unreadable")
    assert entries(home) == 60


def test_one_number_repeated_is_one_entry_and_a_shrunken_register(home: Settings) -> None:
    report = deliver(home, "2026-11-20", NUMBERS[:1] * 60)
    assert (report.status, report.reason_code) == ("rejected", "door_check_failed")
    assert "register_not_shrunk: 1 row, 60 the last time" in str(report.reason)
    assert entries(home) == 60


def test_a_date_in_the_future_does_not_shut_out_the_files_to_come(home: Settings) -> None:
    report = deliver(home, "2099-01-01", NUMBERS)
    assert report.reason_code == "register_from_the_future"
    assert deliver(home, "2026-11-24", NUMBERS[1:]).status == "accepted"
