"""A delivery is landed whole or not at all; its stops in any case."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import pytest
from tests.support_registers import write_source

from ringfence.database import connect
from ringfence.errors import Misconfigured, Refusal
from ringfence.home import Home
from ringfence.keys import load_keys
from ringfence.landing.batches import BatchReport
from ringfence.landing.ingest import ingest_source
from ringfence.landing.retract import retract_batch
from ringfence.landing.sealed_cells import CellSeal
from ringfence.ledger.verify_ledger import verify_ledger
from ringfence.publish.facts import refuse_unread_stops
from ringfence.publish.model import Campaign
from ringfence.services.cluster import ClusterInfo
from ringfence.settings import Settings

CRM = """
source_id: crm
title: A CRM whose rows say several things at once
controller: acme
obtained: from_person
approved: {by: dpo, on: 2026-01-15}
delivery: {expected_every: 1d}
format: {type: csv, delimiter: ","}
timezone: Europe/London
columns:
  source_record_id: Id
  phone: [Phone, MobilePhone]
  country: {constant: GB}
  last_name: LastName
keep: [LeadSource]
emits:
  leads: {}
  consent_events:
    when: Status is not empty
    map:
      event_type: {column: Status, values: {OptIn: given, OptOut: withdrawn}}
      event_at: CaptureDate
      purpose: {constant: telemarketing}
      notice_version: {constant: "1"}
      collection_context: {constant: web}
      evidence_status: {constant: verified}
  suppression:
    when: DoNotCall = true
    map: {kind: {constant: objection}}
"""
QUERY = """
source_id: crm
title: A table of the warehouse
controller: acme
obtained: from_person
approved: {by: dpo, on: 2026-01-15}
delivery:
  connection: warehouse
  query: select * from (values (1, 'Fiction', '020 7946 0001')) as leads (id, last_name, phone)
columns: {source_record_id: id, phone: phone, last_name: last_name, country: {constant: GB}}
emits: {leads: {}}
"""
HEADER = "Id,LastName,Phone,MobilePhone,LeadSource,Status,CaptureDate,DoNotCall"
ROWS = [
    "1,Fiction,020 7946 0001,07700 900001,Web,OptIn,2026-10-01T10:00:00Z,false",
    "2,Fiction,020 7946 0002 / 020 7946 0003,,Web,,,true",
    "3,Fiction,,,Web,OptOut,2026-10-01T10:00:00Z,false",
    "4,Fiction,4.47E+11,,Web,,,false",
    "1,Again,020 7946 0004,,Web,,,true",
    "6,Fiction,020 7946 0005,,Web,Maybe,2026-10-01,false",
    "7,Fiction,too,few",
]


@pytest.fixture
def home(fresh_database: Settings) -> Settings:
    registers = write_source(Home(fresh_database.home).root / "registers", "crm", CRM)
    return replace(fresh_database, registers=registers)


def deliver(settings: Settings, *rows: str, name: str = "day.csv", source: str = "crm") -> Path:
    folder = Home(settings.home).inbox / source
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text("\n".join((HEADER, *rows)) + "\n")
    return file


def ask(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with connect(settings, name="a test") as connection:
        return connection.execute(query.encode()).fetchall()


def ingest(settings: Settings) -> BatchReport:
    (report,) = ingest_source(settings, "crm")
    return report


def test_every_row_read_is_landed_or_quarantined(home: Settings) -> None:
    deliver(home, *ROWS)
    report = ingest(home)
    assert (report.status, report.rows_read, report.rows_landed) == ("accepted", 7, 4)
    assert ask(
        home, "select row_number, reason_code from landing.quarantined_records order by 1"
    ) == [(3, "number_missing"), (5, "record_id_repeated"), (7, "row_wrong_cell_count")]
    assert ask(
        home,
        "select rows_read, rows_landed, rows_quarantined from landing.batches where part = 'rest'",
    ) == [(7, 4, 3)]
    assert ask(home, "select source_record_id from landing.lead_records order by 1") == [
        ("1",),
        ("2",),
        ("4",),
        ("6",),
    ]


def test_two_numbers_in_a_cell_are_two_contact_points_of_one_person(home: Settings) -> None:
    deliver(home, ROWS[1])
    ingest(home)
    points = ask(home, "select subject_id, person_ref from landing.lead_contact_points")
    assert len({subject for subject, _ in points}) == 2
    assert len({person for _, person in points}) == 1


def test_stops_of_quarantined_rows_count_too(home: Settings) -> None:
    deliver(home, *ROWS)
    report = ingest(home)
    assert ask(home, "select row_number from ledger.suppression_entries order by 1") == [
        (2,),
        (2,),
        (5,),
    ]
    assert ask(home, "select kind, row_number from landing.unmatched_stops order by 2") == [
        ("consent_events", 3),
        ("row_wrong_cell_count", 7),
    ]
    assert report.count_stops == 4  # three objections, and the consent event that says "Maybe"


def test_an_event_type_nobody_knows_is_a_stop(home: Settings) -> None:
    deliver(home, ROWS[5])
    ingest(home)
    assert ask(home, "select event_type from ledger.consent_events") == [("unreadable",)]


def test_a_bare_date_of_a_grant_counts_from_midnight_after_it(home: Settings) -> None:
    deliver(home, ROWS[0].replace("2026-10-01T10:00:00Z", "2026-10-01"))
    ingest(home)
    ((at, status),) = set(
        ask(home, "select event_at::text, event_time_status from ledger.consent_events")
    )
    assert (at, status) == ("2026-10-01 23:00:00+00", "date_only")


def test_the_same_file_again_is_a_no_op(home: Settings) -> None:
    deliver(home, *ROWS)
    first = ingest(home)
    again = ingest(home)
    assert (again.status, again.batch_id) == ("already_accepted", first.batch_id)
    assert ask(home, "select count(*) from landing.lead_records") == [(4,)]


def test_a_failed_door_keeps_the_data_out_and_lets_the_stops_in(home: Settings) -> None:
    broken = [f"{n},Fiction,4.47E+11,,Web,,,false" for n in range(40)]
    deliver(home, *broken, ROWS[1])
    report = ingest(home)
    assert (report.status, report.reason_code) == ("rejected", "door_check_failed")
    assert ask(home, "select count(*) from landing.lead_records") == [(0,)]
    assert ask(home, "select count(*) from ledger.suppression_entries") == [(2,)]
    assert ask(home, "select count(*) from pg_tables where tablename like 'incoming%'") == [(0,)]


def test_a_file_that_breaks_in_the_middle_still_stops_whom_it_named(home: Settings) -> None:
    file = deliver(home, ROWS[1])
    with file.open("a") as handle:
        handle.write('8,"never closed,020 7946 0006,,Web,,,false\n' * 3)
    report = ingest(home)
    assert report.status == "rejected"
    assert ask(home, "select count(*) from ledger.suppression_entries") == [(2,)]


def test_after_a_rejection_the_mended_file_simply_works(home: Settings) -> None:
    file = deliver(home, *ROWS)
    whole = file.read_text()
    file.write_text("<html><body>Please log in</body></html>")
    assert ingest(home).reason_code == "file_is_html"
    file.write_text(whole)
    assert ingest(home).status == "accepted"


def test_quarantined_cells_are_encrypted_and_can_be_opened_with_the_key(home: Settings) -> None:
    deliver(home, *ROWS)
    ingest(home)
    with connect(home) as connection:
        keys = load_keys(home, connection)
        batch_id, sealed = connection.execute(
            "select batch_id, cells_encrypted from landing.quarantined_records where row_number = 3"
        ).fetchone() or (None, None)
    assert b"OptOut" not in sealed
    assert CellSeal(keys, batch_id).open(sealed)["Status"] == "OptOut"


def test_a_killed_run_leaves_nothing_half_and_the_next_one_works(home: Settings) -> None:
    deliver(home, *(f"{n},Fiction,020 7946 0001,,Web,,,false" for n in range(400_000)))
    child = subprocess.Popen(
        [sys.executable, "-c", "from ringfence.cli import main; main()", "ingest", "crm"],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[1] / "plugins"),
            "RINGFENCE_HOME": str(home.home),
            "RINGFENCE_DATABASE_URL": str(home.database_url),
            "RINGFENCE_REGISTERS": str(home.registers),
            "RINGFENCE_ROLE_PREFIX": home.role_prefix,
        },
    )
    try:
        while not ask(home, "select 1 from pg_tables where tablename like 'incoming%leads'"):
            assert child.poll() is None
        with pytest.raises(Refusal, match="already being worked on"):
            ingest(home)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert is_held_back(home)  # nobody knows yet whom it named
    deliver(home, *ROWS)
    assert ingest(home).status == "accepted"
    assert is_held_back(home)
    assert ask(home, "select count(*) from landing.lead_records") == [(4,)]
    assert ask(home, "select reason_code from landing.batches where status = 'rejected'") == [
        ("interrupted",)
    ]


def test_a_retracted_batch_needs_a_second_person_only_for_stops(home: Settings) -> None:
    deliver(home, *ROWS)
    ingest(home)
    ids = dict(ask(home, "select part, batch_id from landing.batches"))
    retract_batch(home, ids["rest"], reason="wrong export")  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="approved"):
        retract_batch(home, ids["stops"], reason="wrong export")  # type: ignore[arg-type]
    retract_batch(home, ids["stops"], reason="wrong", approved_by="dpo")  # type: ignore[arg-type]
    assert set(ask(home, "select status from landing.batches")) == {("retracted",)}


def test_what_was_retracted_stays_out_until_somebody_says_again(home: Settings) -> None:
    deliver(home, *ROWS)
    report = ingest(home)
    retract_batch(home, UUID(report.batch_id), reason="wrong export")
    assert ingest(home).status == "already_retracted"
    source = home.registers / "sources" / "crm.yml"
    source.write_text(CRM.replace("A CRM whose", "A changed CRM whose").replace("LeadSource", "Id"))
    assert ingest(home).status == "already_retracted"
    (again,) = ingest_source(home, "crm", again=True)
    assert again.status == "accepted"


def test_a_stop_in_a_faulty_row_counts_and_is_looked_at_by_somebody(home: Settings) -> None:
    deliver(home, "8,Fiction,020 7946 0008,,Web,,,true,one cell too many", ROWS[0])
    report = ingest(home)
    assert (report.status, report.rows_quarantined) == ("accepted", 1)
    assert ask(home, "select row_number from ledger.suppression_entries") == [(1,)]
    assert ask(home, "select kind from landing.unmatched_stops") == [("row_wrong_cell_count",)]


def test_a_word_for_never_is_no_crash_and_the_rest_of_the_file_counts(home: Settings) -> None:
    never = "9,Fiction,020 7946 0009,,Web,OptOut,0001-01-01,false"
    deliver(home, never, ROWS[1])
    report = ingest(home)
    assert (report.status, report.count_stops) == ("accepted", 3)


def test_a_file_whose_stops_cannot_be_read_holds_back_the_controllers_lists(
    home: Settings,
) -> None:
    file = deliver(home, *ROWS)
    file.write_text(file.read_text().replace("DoNotCall", "Renamed"))
    assert ingest(home).reason_code == "column_missing"
    campaign = Campaign("autumn", "Autumn", "acme", "Acme", "UTC", "generic", ("crm",), 1)
    with connect(home) as connection:
        with pytest.raises(Refusal, match="objection_feed_stale"):
            refuse_unread_stops(connection, campaign)
        refuse_unread_stops(connection, replace(campaign, controller_id="somebody_else"))
    file.unlink()  # a later file is no answer to this one
    deliver(home, *ROWS, name="next.csv")
    assert ingest(home).status == "accepted"
    with connect(home) as connection, pytest.raises(Refusal, match="objection_feed_stale"):
        refuse_unread_stops(connection, campaign)

    Home(home.home).inbox.joinpath("crm", "next.csv").unlink()
    deliver(home, *ROWS, "10,Fiction,020 7946 0010,,Web,,,false")
    assert ingest(home).status == "accepted"
    with connect(home) as connection:
        refuse_unread_stops(connection, campaign)


def is_held_back(home: Settings) -> bool:
    campaign = Campaign("autumn", "Autumn", "acme", "Acme", "UTC", "generic", ("crm",), 1)
    with connect(home) as connection:
        try:
            refuse_unread_stops(connection, campaign)
        except Refusal:
            return True
    return False


def test_a_file_that_is_replaced_by_another_word_is_still_unread(home: Settings) -> None:
    header = deliver(home, ROWS[0], name="old.csv")
    assert ingest(home).status == "accepted"
    file = deliver(home, *ROWS)
    file.write_text(file.read_text().replace("DoNotCall", "Renamed"))
    ingest_source(home, "crm")
    assert is_held_back(home)
    file.write_text(header.read_text())  # known bytes say nothing about what was lost
    ingest_source(home, "crm")
    assert is_held_back(home)


def test_a_file_that_changes_while_it_is_read_holds_the_lists_back_until_it_is_read(
    home: Settings,
) -> None:
    file = deliver(home, *ROWS)
    os.truncate(file, 400_000_000)  # long to copy, and nothing on disk
    writer = subprocess.Popen(["sh", "-c", 'while :; do echo >>"$0"; done', str(file)])
    try:
        size = file.stat().st_size
        while file.stat().st_size == size:
            assert writer.poll() is None
        assert ingest(home).reason_code == "file_changed_while_read"
    finally:
        writer.kill()
        writer.wait()
    assert is_held_back(home)
    deliver(home, *ROWS)
    assert ingest(home).status == "accepted"
    assert not is_held_back(home)


def test_two_files_are_told_apart_by_the_numbers_in_their_names_and_named_without(
    home: Settings,
) -> None:
    bad = deliver(home, *ROWS, name="of_447700900001.csv")
    bad.write_text(bad.read_text().replace("DoNotCall", "Renamed"))
    assert "of_….csv" in (ingest(home).reason or "")
    bad.unlink()
    deliver(home, *ROWS, name="of_447700900002.csv")
    assert ingest(home).status == "accepted"
    campaign = Campaign("autumn", "Autumn", "acme", "Acme", "UTC", "generic", ("crm",), 1)
    with connect(home) as connection, pytest.raises(Refusal, match="objection_feed_stale"):
        refuse_unread_stops(connection, campaign)


def test_a_file_of_objections_that_no_pattern_fits_is_told_and_case_is_no_matter(
    home: Settings,
) -> None:
    source = home.registers / "sources" / "crm.yml"
    source.write_text(
        CRM.replace(
            "delivery: {expected_every: 1d}", 'delivery: {expected_every: 1d, pattern: "*.csv"}'
        )
    )
    assert "pattern" in source.read_text()
    deliver(home, *ROWS, name="Day.CSV")
    deliver(home, *ROWS, name="of_447700900001.txt")
    accepted, missed = ingest_source(home, "crm")
    assert accepted.status == "accepted"
    assert (missed.status, missed.reason_code) == ("rejected", "file_not_matched")
    assert "source crm, of_….txt" in (missed.reason or "")


def test_an_unread_file_of_objections_can_be_dismissed_by_somebody_who_looked(
    home: Settings,
) -> None:
    file = deliver(home, *ROWS)
    file.write_text("<html>please log in</html>")
    unread = UUID(ingest(home).batch_id)
    with pytest.raises(Refusal, match="may hold objections"):
        retract_batch(home, unread, reason="a web page")
    retract_batch(home, unread, reason="a web page", approved_by="dpo")
    campaign = Campaign("autumn", "Autumn", "acme", "Acme", "UTC", "generic", ("crm",), 1)
    with connect(home) as connection:
        refuse_unread_stops(connection, campaign)


@pytest.mark.parametrize("number", ["0149 207 946 0001", "020 7946 00011"])
def test_an_objection_for_a_number_that_cannot_exist_is_a_task(home: Settings, number: str) -> None:
    deliver(home, f"1,Fiction,{number},,Web,,,true", ROWS[0])
    ingest(home)
    assert ask(home, "select row_number from landing.unmatched_stops") == [(1,)]


def test_an_unknown_source_is_told_with_what_to_do(home: Settings) -> None:
    with pytest.raises(Misconfigured, match="no source `nothing`"):
        ingest_source(home, "nothing")


def test_a_query_over_a_connection_is_a_delivery_like_any_other(home: Settings) -> None:
    (home.registers / "sources" / "crm.yml").write_text(QUERY)
    (report,) = ingest_source(home, "crm", resolve=lambda _: str(home.database_url))
    assert (report.status, report.rows_landed) == ("accepted", 1)


def test_a_batch_that_is_silently_taken_back_is_told_by_the_ledger(
    home: Settings, cluster: ClusterInfo
) -> None:
    deliver(home, *ROWS)
    ingest(home)
    ids = dict(ask(home, "select part, batch_id from landing.batches"))
    retract_batch(home, ids["rest"], reason="wrong export")  # type: ignore[arg-type]
    with connect(home) as connection:
        assert verify_ledger(connection, home).is_passed
    name = urlsplit(str(home.database_url)).path.removeprefix("/")
    with psycopg.connect(cluster.url(name)) as superuser:
        superuser.execute(
            "update landing.batches set status = 'rejected', retracted_at = null"
            " where part = 'stops'"
        )
    with connect(home) as connection:
        report = verify_ledger(connection, home)
    assert not report.is_passed
    assert str(ids["stops"]) in " ".join(map(str, report.faults))


def test_a_retraction_that_is_silently_put_off_is_told_by_the_ledger(home: Settings) -> None:
    deliver(home, *ROWS)
    ingest(home)
    ids = dict(ask(home, "select part, batch_id from landing.batches"))
    retract_batch(home, ids["rest"], reason="wrong export")  # type: ignore[arg-type]
    with connect(home, autocommit=True) as connection:
        connection.execute(
            "update landing.batches set retracted_at = '2099-01-01' where part = 'rest'"
        )
        report = verify_ledger(connection, home)
    assert str(ids["rest"]) in " ".join(map(str, report.faults))


def test_what_is_taken_back_is_in_a_checkpoint_at_once(home: Settings) -> None:
    deliver(home, *ROWS)
    report = ingest(home)
    retract_batch(home, UUID(report.batch_id), reason="wrong export")
    ((newest,),) = ask(home, "select max(seq) from ledger.chain_links")
    assert (home.checkpoints / f"checkpoint-{newest:010d}.json").exists()
