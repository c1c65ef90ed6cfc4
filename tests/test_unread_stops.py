"""What nobody has read of a source of stops holds its controller's lists back until it is read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from tests.support_landing import CRM, ROWS, ask, deliver, ingest
from tests.support_registers import write_source

from ringfence.database import connect
from ringfence.errors import Refusal
from ringfence.home import Home
from ringfence.landing.ingest import ingest_source
from ringfence.landing.retract import retract_batch
from ringfence.publish.facts import refuse_unread_stops
from ringfence.publish.model import Campaign
from ringfence.settings import Settings


@pytest.fixture
def home(fresh_database: Settings) -> Settings:
    registers = write_source(Home(fresh_database.home).root / "registers", "crm", CRM)
    return replace(fresh_database, registers=registers)


def is_held_back(home: Settings) -> bool:
    campaign = Campaign("autumn", "Autumn", "acme", "Acme", "UTC", "generic", ("crm",), 1)
    with connect(home) as connection:
        try:
            refuse_unread_stops(connection, campaign)
        except Refusal:
            return True
    return False


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
