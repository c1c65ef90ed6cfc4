"""A delivery is landed whole or not at all; its stops in any case."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import pytest
from tests.support_landing import CRM, ROWS, ask, deliver, ingest
from tests.support_registers import write_source

from ringfence.database import connect
from ringfence.errors import Misconfigured, Refusal
from ringfence.home import Home
from ringfence.keys import load_keys
from ringfence.landing.ingest import ingest_source
from ringfence.landing.retract import retract_batch
from ringfence.landing.sealed_cells import CellSeal
from ringfence.ledger.verify_ledger import verify_ledger
from ringfence.services.cluster import ClusterInfo
from ringfence.settings import Settings

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


@pytest.fixture
def home(fresh_database: Settings) -> Settings:
    registers = write_source(Home(fresh_database.home).root / "registers", "crm", CRM)
    return replace(fresh_database, registers=registers)


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
