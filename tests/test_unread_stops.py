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
from ringfence.landing.batches import summary_of_batches
from ringfence.landing.ingest import ingest_source
from ringfence.landing.loader import Loader
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
    deliver(home, *ROWS[1:], name="of_447700900001.txt")
    accepted, missed = ingest_source(home, "crm")
    assert accepted.status == "accepted"
    assert (missed.status, missed.reason_code) == ("rejected", "file_not_matched")
    assert "source crm, of_….txt" in (missed.reason or "")


@pytest.fixture
def of_csv(home: Settings) -> Settings:
    """Read *.csv alone."""
    source = home.registers / "sources" / "crm.yml"
    source.write_text(CRM.replace("expected_every: 1d", 'expected_every: 1d, pattern: "*.csv"'))
    return home


def dismiss(home: Settings, batch_id: str) -> None:
    retract_batch(home, UUID(batch_id), reason="looked into it", approved_by="dpo")


def test_a_file_that_no_pattern_fits_holds_the_lists_back_until_its_bytes_are_read(
    of_csv: Settings,
) -> None:
    file = deliver(of_csv, *ROWS, name="day.txt")
    (missed,) = ingest_source(of_csv, "crm")
    assert (missed.reason_code, missed.status) == ("file_not_matched", "rejected")
    assert is_held_back(of_csv)
    (again,) = ingest_source(of_csv, "crm")
    assert again.batch_id == missed.batch_id  # one file, one thing to look into
    deliver(of_csv, *ROWS[1:], name="other.csv")
    ingest_source(of_csv, "crm")
    assert is_held_back(of_csv)
    file.rename(file.with_suffix(".csv"))
    ingest_source(of_csv, "crm")
    assert not is_held_back(of_csv)


def test_a_file_that_no_pattern_fits_and_somebody_looked_into_holds_nothing_back(
    of_csv: Settings,
) -> None:
    file = deliver(of_csv, name="notes.txt")
    (missed,) = ingest_source(of_csv, "crm")
    dismiss(of_csv, missed.batch_id)
    assert not is_held_back(of_csv)
    (dismissed,) = ingest_source(of_csv, "crm")  # by whatever name it lies there
    assert (dismissed.status, dismissed.batch_id) == ("dismissed", missed.batch_id)
    file = file.rename(file.with_name("notes of us.txt"))
    (dismissed,) = ingest_source(of_csv, "crm")
    assert "still lies there" in summary_of_batches([dismissed])
    assert not is_held_back(of_csv)
    file.write_text("other bytes, which nobody has looked into")
    ingest_source(of_csv, "crm")
    assert is_held_back(of_csv)


def test_a_copy_of_a_file_that_was_read_holds_nothing_back(of_csv: Settings) -> None:
    file = deliver(of_csv, *ROWS)
    ingest_source(of_csv, "crm")
    copy = file.with_name("day.csv.bak")
    copy.write_bytes(file.read_bytes())
    (known,) = ingest_source(of_csv, "crm")
    assert known.status == "already_accepted"
    assert not is_held_back(of_csv)
    copy.write_text(copy.read_text() + "8,Fiction,020 7946 0008,,Web,,,true\n")
    ingest_source(of_csv, "crm")
    assert is_held_back(of_csv)


def test_bytes_taken_back_and_sent_again_are_read_though_a_run_of_them_was_killed(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = deliver(home, *ROWS)
    dismiss(home, ingest(home).batch_id)  # takes the rest back
    os.utime(file, (file.stat().st_atime, file.stat().st_mtime + 9))

    def die(_: Loader, __: UUID) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Loader, "_accept_stops", die)
        with pytest.raises(KeyboardInterrupt):
            ingest(home)
    assert is_held_back(home)
    assert ingest(home).status == "already_retracted"
    assert not is_held_back(home)


def test_a_mended_file_was_read_though_it_is_taken_back_as_long_as_its_stops_count(
    home: Settings,
) -> None:
    file = deliver(home, *ROWS)
    mended = file.read_text()
    file.write_text(mended.replace("DoNotCall", "Renamed"))
    assert ingest(home).status == "rejected"
    file.write_text(mended)
    dismiss(home, ingest(home).batch_id)  # takes the rest back
    assert not is_held_back(home)
    told = "select batch_id from landing.batches where part = 'stops' order by received_at"
    dismiss(home, str(ask(home, told)[-1][0]))
    assert is_held_back(home)
    campaign = Campaign("autumn", "Autumn", "acme", "Acme", "UTC", "generic", ("crm",), 1)
    with connect(home) as connection, pytest.raises(Refusal) as refusal:
        refuse_unread_stops(connection, campaign)
    assert "ingest crm --again" in (refusal.value.remedy or "")
    ingest_source(home, "crm", again=True)
    assert not is_held_back(home)


def test_a_copy_of_bytes_that_were_taken_back_holds_nothing_back_while_their_stops_count(
    of_csv: Settings,
) -> None:
    file = deliver(of_csv, *ROWS)
    dismiss(of_csv, ingest(of_csv).batch_id)
    file.with_name("day.csv.bak").write_bytes(file.read_bytes())
    ingest_source(of_csv, "crm")
    assert not is_held_back(of_csv)
    ((stops,),) = ask(of_csv, "select batch_id from landing.batches where part = 'stops'")
    dismiss(of_csv, str(stops))
    ingest_source(of_csv, "crm")
    assert is_held_back(of_csv)


def test_a_file_taken_away_unread_is_unread_all_the_same(of_csv: Settings) -> None:
    file = deliver(of_csv, *ROWS, name="day.txt")
    ingest_source(of_csv, "crm")
    file.unlink()
    deliver(of_csv, *ROWS, name="next.csv")
    ingest_source(of_csv, "crm")
    assert not is_held_back(of_csv)  # the very bytes, by another name
    file = deliver(of_csv, ROWS[0], name="day.txt")
    ingest_source(of_csv, "crm")
    file.unlink()
    ingest_source(of_csv, "crm")
    assert is_held_back(of_csv)


@pytest.mark.parametrize("name", ["day.csv.filepart", "day.csv.PART"])
def test_a_transfer_under_another_name_is_answered_by_the_file_it_becomes(
    of_csv: Settings, name: str
) -> None:
    file = deliver(of_csv, name=name)
    ingest_source(of_csv, "crm")
    assert is_held_back(of_csv)
    file.unlink()
    deliver(of_csv, *ROWS)
    assert ingest(of_csv).status == "accepted"
    assert not is_held_back(of_csv)


@pytest.mark.parametrize("rows", [ROWS[2:], ROWS[:1]])
def test_a_transfer_is_not_answered_by_a_file_that_does_not_begin_with_it(
    of_csv: Settings, rows: list[str]
) -> None:
    file = deliver(of_csv, *ROWS[:2], name="day.csv.part")
    ingest_source(of_csv, "crm")
    deliver(of_csv, *rows)
    ingest_source(of_csv, "crm")
    assert is_held_back(of_csv)
    file.unlink()
    ingest_source(of_csv, "crm")
    assert is_held_back(of_csv)
    deliver(of_csv, *ROWS[:2], *ROWS[4:])
    ingest_source(of_csv, "crm")
    assert not is_held_back(of_csv)


def test_a_transfer_that_lies_there_still_did_not_become_another_file(of_csv: Settings) -> None:
    file = deliver(of_csv, *ROWS[:2], name="day.csv.part")
    ingest_source(of_csv, "crm")
    deliver(of_csv, *ROWS)
    ingest_source(of_csv, "crm")
    assert is_held_back(of_csv)
    file.unlink()
    ingest_source(of_csv, "crm")
    assert not is_held_back(of_csv)
    deliver(of_csv, *ROWS[:2], name="day.csv.part")
    ingest_source(of_csv, "crm")
    assert is_held_back(of_csv)


def test_a_transfer_that_becomes_a_file_without_a_row_is_answered_by_it(
    fresh_database: Settings,
) -> None:
    objections = CRM[: CRM.index("  leads:")] + CRM[CRM.index("  suppression:") :]
    for text in ("  source_record_id: Id\n", "  last_name: LastName\n", "keep: [LeadSource]\n"):
        objections = objections.replace(text, "")
    text = objections.replace("expected_every: 1d", 'expected_every: 1d, pattern: "*.csv"')
    registers = write_source(Home(fresh_database.home).root / "registers", "crm", text)
    home = replace(fresh_database, registers=registers)
    file = deliver(home, name="day.csv.part")
    whole = file.read_text()
    file.write_text(whole[:8])
    ingest_source(home, "crm")
    assert is_held_back(home)
    file.write_text(whole)
    file.rename(file.with_suffix(""))
    assert ingest(home).status == "accepted"
    assert not is_held_back(home)


def test_a_hidden_file_is_not_answered_by_another_file_of_its_name(of_csv: Settings) -> None:
    deliver(of_csv, ROWS[0], name=".day.csv")
    ingest_source(of_csv, "crm")
    deliver(of_csv, *ROWS[1:])
    ingest_source(of_csv, "crm")
    assert is_held_back(of_csv)


def test_a_folder_among_objections_holds_the_lists_back_until_somebody_took_it_out(
    of_csv: Settings,
) -> None:
    file = deliver(of_csv, *ROWS, name="day.txt")
    folder = file.parent / "old"
    folder.mkdir()
    file.rename(folder / file.name)
    (missed,) = ingest_source(of_csv, "crm")
    assert ingest_source(of_csv, "crm")[0].batch_id == missed.batch_id
    assert is_held_back(of_csv)
    dismiss(of_csv, missed.batch_id)
    assert not is_held_back(of_csv)
    ingest_source(of_csv, "crm")  # it is there still, and what is in it may be another thing
    assert is_held_back(of_csv)


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
