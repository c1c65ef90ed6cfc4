"""What holds a list back, or is read by nobody, is named by its file, with what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support_commands import run_command
from tests.support_landing import CRM, ROWS, ask, deliver
from tests.support_registers import write_source

from ringfence.cli.days import ingest_command
from ringfence.cli.sources import check_command
from ringfence.database import connect
from ringfence.errors import Refusal
from ringfence.home import Home
from ringfence.landing.ingest import ingest_source
from ringfence.publish.facts import refuse_unread_stops
from ringfence.publish.model import Campaign
from ringfence.settings import Settings


@pytest.fixture
def of_csv(fresh_database: Settings) -> Settings:
    """Read *.csv alone."""
    text = CRM.replace("expected_every: 1d", 'expected_every: 1d, pattern: "*.csv"')
    registers = write_source(Home(fresh_database.home).root / "registers", "crm", text)
    return replace(fresh_database, registers=registers)


def test_a_refused_list_names_each_file_that_holds_it_back_and_what_ends_it(
    of_csv: Settings,
) -> None:
    campaign = Campaign("autumn", "Autumn", "acme", "Acme", "UTC", "generic", ("crm",), 1)
    deliver(of_csv, *ROWS, name="of_447700900001.txt")
    (missed,) = ingest_source(of_csv, "crm")
    with connect(of_csv) as connection, pytest.raises(Refusal) as refusal:
        refuse_unread_stops(connection, campaign)
    assert "a name that `delivery.pattern` fits" in refusal.value.remedy
    assert "keep its name" not in refusal.value.remedy
    deliver(of_csv, name="web.csv").write_text("<html>please log in</html>")
    broken, _ = ingest_source(of_csv, "crm")
    broken, _ = ingest_source(of_csv, "crm")
    with connect(of_csv) as connection, pytest.raises(Refusal) as refusal:
        refuse_unread_stops(connection, campaign)
    assert refusal.value.where == (
        f"source crm, of_….txt, batch {missed.batch_id};"
        f" source crm, web.csv, batch {broken.batch_id}"
    )
    assert "of_….txt: put the file itself there" in refusal.value.remedy
    assert "web.csv: mend that file, keep its name" in refusal.value.remedy


def test_of_what_was_taken_in_no_name_is_kept(of_csv: Settings) -> None:
    deliver(of_csv, *ROWS, name="ann_example.csv")
    assert [one.status for one in ingest_source(of_csv, "crm")] == ["accepted"]
    (Home(of_csv.home).inbox / "crm" / "ann_example.csv").rename(
        Home(of_csv.home).inbox / "crm" / "bob_example.csv"
    )
    ingest_source(of_csv, "crm")
    assert ask(of_csv, "select file_label from landing.batches where file_label is not null") == []


def test_what_lies_in_the_inbox_and_is_no_sources_is_named_with_what_to_do(
    of_csv: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RINGFENCE_REGISTERS", str(of_csv.registers))
    deliver(of_csv, *ROWS)
    inbox = Home(of_csv.home).inbox
    (inbox / "empty").mkdir()
    (inbox / ".lonely.csv.part").write_text("under way")
    for told in (
        run_command(monkeypatch, of_csv, ingest_command, "crm").output,
        run_command(monkeypatch, of_csv, check_command).output,
    ):
        assert "no source in use" not in told
    deliver(of_csv, *ROWS, source="cmr", name="leads.csv")
    (inbox / "lonely_447700900001.csv").write_text("Phone\n")
    for command, arguments in ((ingest_command, ["crm"]), (check_command, [])):
        told = " ".join(run_command(monkeypatch, of_csv, command, *arguments).output.split())
        assert "inbox/cmr is a folder with files in it, and no source in use reads it" in told
        assert "inbox/lonely_….csv is a file, and no source in use reads it: move it" in told
        assert told.count("no source in use") == 2
