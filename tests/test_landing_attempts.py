"""What a dialler gives back names whom it called by a call_ref, a number, or both: each counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from tests.support_registers import write_source

from ringfence.database import connect
from ringfence.home import Home
from ringfence.keys import load_keys
from ringfence.landing import loader
from ringfence.landing.batches import BatchReport
from ringfence.landing.ingest import ingest_source
from ringfence.settings import Settings

DIALLER = """
source_id: dialler
title: What a dialler gives back
controller: acme
obtained: from_person
delivery: {expected_every: 1d}
format: {type: csv, delimiter: ","}
columns: {phone: phone, country: {constant: GB}, call_ref: ref}
emits:
  call_attempts:
    map:
      attempted_at: at
      disposition: status
dispositions: {DNC: objected, NA: no_contact}
"""
KNOWN = "AAAABBBBCCCCDDDD"
LISTED = "+442079460001"


@pytest.fixture
def home(fresh_database: Settings) -> Settings:
    """Return a home with one list out, on which one number stands under the call_ref KNOWN."""
    registers = write_source(Home(fresh_database.home).root / "registers", "dialler", DIALLER)
    settings = replace(fresh_database, registers=registers)
    run_id, list_id, day = uuid4(), uuid4(), datetime(2026, 11, 24, tzinfo=UTC)
    with connect(settings, name="a test") as connection:
        connection.execute(
            "insert into ledger.decision_runs (run_id, mode, call_date, known_as_of, code_version)"
            " values (%s, 'daily', %s, %s, 'x')",
            [run_id, day.date(), day],
        )
        connection.execute(
            "insert into ledger.publications (list_id, status, campaign_id, call_date, run_id,"
            " edition, count_rows, valid_until, recorded_at)"
            " values (%s, 'published', 'winter', %s, %s, 1, 1, %s, %s)",
            [list_id, day.date(), run_id, day, day],
        )
        connection.execute(
            "insert into ledger.publication_rows values (%s, %s, gen_random_uuid(), %s)",
            [list_id, subject(settings, LISTED), KNOWN],
        )
    return settings


def subject(settings: Settings, e164: str) -> UUID:
    with connect(settings, name="a test") as connection:
        return load_keys(settings, connection).subject_id(e164)


def deliver(settings: Settings, *rows: str) -> BatchReport:
    folder = Home(settings.home).inbox / "dialler"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "day.csv").write_text("\n".join(("ref,phone,at,status", *rows)) + "\n")
    (report,) = ingest_source(settings, "dialler")
    return report


def ask(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with connect(settings, name="a test") as connection:
        return connection.execute(query.encode()).fetchall()


def stopped(settings: Settings) -> set[object]:
    told = ask(settings, "select subject_id from ledger.call_attempts where disposition='objected'")
    return {row[0] for row in told}


@pytest.mark.parametrize("phone", ["", "n/a", "20", "020 7946 0001", "(020) 7946 0001 x"])
def test_an_objection_reaches_whom_the_call_ref_names_whatever_stands_in_the_phone_cell(
    home: Settings, phone: str
) -> None:
    report = deliver(home, f"{KNOWN},{phone},2026-11-24T03:00:00Z,DNC")
    assert (report.status, report.rows_landed) == ("accepted", 1)
    assert subject(home, LISTED) in stopped(home)


def test_an_objection_reaches_the_number_as_well_when_the_two_disagree(home: Settings) -> None:
    deliver(home, f"{KNOWN},020 7946 0002,2026-11-24T03:00:00Z,DNC")
    assert stopped(home) == {subject(home, LISTED), subject(home, "+442079460002")}


def test_one_attempt_is_counted_once_though_named_twice(home: Settings) -> None:
    deliver(
        home,
        f"{KNOWN},020 7946 0001,2026-11-24T03:00:00Z,DNC",
        f"{KNOWN},020 7946 0001,2026-11-24T04:00:00Z,NA",
    )
    assert ask(home, "select count(*) from ledger.call_attempts") == [(2,)]


def test_an_unknown_call_ref_is_set_aside_and_an_objection_under_it_is_a_task(
    home: Settings,
) -> None:
    report = deliver(
        home,
        "ZZZZZZZZZZZZZZZZ,,2026-11-24T03:00:00Z,NA",
        "YYYYYYYYYYYYYYYY,n/a,2026-11-24T03:00:00Z,DNC",
        "XXXXXXXXXXXXXXXX,020 7946 0003,2026-11-24T03:00:00Z,DNC",
        f"{KNOWN},,2026-11-24T03:00:00Z,NA",
    )
    assert (report.status, report.rows_landed, report.rows_quarantined) == ("accepted", 2, 2)
    assert ask(home, "select row_number, reason_code from landing.quarantined_records") == [
        (1, "call_ref_unknown"),
        (2, "call_ref_unknown"),
    ]
    assert ask(home, "select row_number from landing.unmatched_stops") == [(2,)]
    assert stopped(home) == {subject(home, "+442079460003")}


GERMAN, IN_FULL = "0151 23456789", "+4915123456789"
"""Such as a German writes it; this dialler's numbers are read as British ones."""


def test_an_objection_under_an_unknown_call_ref_stops_every_number_its_cell_may_mean(
    home: Settings,
) -> None:
    report = deliver(
        home,
        f"YYYYYYYYYYYYYYYY,{GERMAN},2026-11-24T03:00:00Z,DNC",
        "XXXXXXXXXXXXXXXX,020 7946 0003,2026-11-24T03:00:00Z,DNC",
    )
    assert (report.status, report.rows_landed, report.rows_quarantined) == ("accepted", 2, 0)
    assert (report.count_stops, report.count_unmatched) == (1, 1)
    assert ask(home, "select row_number from landing.unmatched_stops") == [(1,)]
    told = stopped(home)
    assert {subject(home, IN_FULL), subject(home, "+442079460003")} < told

    deliver(home, f",{GERMAN},2026-11-24T03:00:00Z,DNC")
    with connect(home, name="a test") as connection:
        keys = load_keys(home, connection)
    assert stopped(home) - told <= {keys.unreadable_id(GERMAN, "GB")}


def test_a_call_ref_that_is_known_settles_what_the_cell_only_may_mean(home: Settings) -> None:
    deliver(home, f"{KNOWN},{GERMAN},2026-11-24T03:00:00Z,DNC")
    assert stopped(home) == {subject(home, LISTED)}
    assert ask(home, "select count(*) from landing.unmatched_stops") == [(0,)]


def test_an_objection_of_an_unclear_cell_is_a_task_unless_the_call_ref_is_known(
    home: Settings,
) -> None:
    write_source(home.registers, "dialler", DIALLER.replace("constant: GB", "constant: DE"))
    for call_ref, tasks in ((KNOWN, 0), ("YYYYYYYYYYYYYYYY", 1)):
        deliver(home, f"{call_ref},442079460004.0,2026-11-24T03:00:00Z,DNC")
        assert {subject(home, f"+{code}442079460004") for code in ("", "49")} <= stopped(home)
        assert ask(home, "select count(*) from landing.unmatched_stops") == [(tasks,)]


def test_a_reading_that_breaks_off_leaves_no_objection_behind(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"{KNOWN},020 7946 000{n},2026-11-24T03:00:00Z,DNC" for n in range(2, 8)]
    whole, filled = loader.Loader._fill, []

    def breaks_off(self: loader.Loader, chunk: object, rows: object, context: object) -> bool:
        if filled:
            raise MemoryError
        filled.append(chunk)
        return whole(self, chunk, rows, context)  # type: ignore[arg-type]

    monkeypatch.setattr(loader, "CHUNK_ROWS", 2)
    monkeypatch.setattr(loader.Loader, "_fill", breaks_off)
    assert deliver(home, *rows).reason_code == "unexpected_error"
    assert len(stopped(home)) == 3

    monkeypatch.setattr(loader.Loader, "_fill", whole)
    assert deliver(home, *rows).status == "accepted"
    assert stopped(home) == {subject(home, f"+44207946000{n}") for n in range(1, 8)}
    twice = "select subject_id from ledger.call_attempts group by 1, row_number having count(*) > 1"
    assert ask(home, twice) == []


def test_a_run_that_ended_between_stops_and_rest_is_taken_up(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"{KNOWN},,2026-11-24T03:00:00Z,{status}" for status in ("DNC", "NA")]

    def ends(*_: object) -> None:
        raise KeyboardInterrupt

    whole = loader.Loader._accept_rest
    monkeypatch.setattr(loader.Loader, "_accept_rest", ends)
    with pytest.raises(KeyboardInterrupt):
        deliver(home, *rows)
    monkeypatch.setattr(loader.Loader, "_accept_rest", whole)
    assert deliver(home, *rows).status == "accepted"
    assert ask(home, "select count(*) from ledger.call_attempts") == [(2,)]
