"""A stop that cannot be matched stops whom it may mean, and waits until somebody settles it."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from uuid import UUID

import click
import pytest
from tests.support_commands import run_command
from tests.support_landing import CRM, ask, deliver, ingest
from tests.support_registers import write_source

from ringfence.auditor_site import gather
from ringfence.auditor_site.deliveries import deliveries, open_rejections
from ringfence.auditor_site.pages import render_pages
from ringfence.auditor_site.steering import steering
from ringfence.cli.unmatched import unmatched_command
from ringfence.database import connect
from ringfence.decision.funnel import sources
from ringfence.errors import Misconfigured, Refusal
from ringfence.home import Home
from ringfence.keys import load_keys
from ringfence.landing.batches import summary_of_batches
from ringfence.landing.ingest import ingest_source
from ringfence.landing.retract import retract_batch
from ringfence.landing.unmatched import settle_as_stop
from ringfence.settings import Settings

GERMAN = "0151 23456789"
"""Such as a German writes it; in this CRM every number is read as a British one."""
IN_FULL = "+4915123456789"
STOPPED = f"1,Fiction,{GERMAN},,Web,,,true"
CERTAIN = "2,Fiction,020 7946 0002,,Web,,,true"
LED = "3,Fiction,020 7946 0003,,Web,,,false"


@pytest.fixture
def home(fresh_database: Settings) -> Settings:
    registers = write_source(Home(fresh_database.home).root / "registers", "crm", CRM)
    return replace(fresh_database, registers=registers)


def run(home: Settings, monkeypatch: pytest.MonkeyPatch, *arguments: str, typed: str = "") -> str:
    command: click.Command = unmatched_command
    return run_command(monkeypatch, home, command, *arguments, typed=typed).output


def subject(home: Settings, number: str) -> str:
    with connect(home, autocommit=True) as connection:
        return str(load_keys(home, connection).subject_id(number))


def stopped(home: Settings) -> set[str]:
    return {str(one) for (one,) in ask(home, "select subject_id from ledger.suppression_entries")}


def open_id(home: Settings) -> str:
    ((found,),) = ask(
        home, "select unmatched_stop_id from landing.unmatched_stops where resolved_at is null"
    )
    return str(found)


def test_a_stop_in_another_countrys_notation_stops_every_number_it_may_mean(
    home: Settings,
) -> None:
    deliver(home, STOPPED, LED)
    ingest(home)
    assert subject(home, IN_FULL) in stopped(home)
    assert ask(home, "select count(*) from landing.unmatched_stops") == [(1,)]


def test_a_stop_that_can_be_read_stops_nobody_else(home: Settings) -> None:
    deliver(home, CERTAIN, LED)
    ingest(home)
    assert stopped(home) == {subject(home, "+442079460002")}


def test_a_stop_that_is_unmatched_is_not_said_to_have_taken_effect(home: Settings) -> None:
    deliver(home, STOPPED, CERTAIN, LED)
    report = ingest(home)
    assert (report.count_stops, report.count_unmatched) == (1, 1)
    assert summary_of_batches([report]).endswith("1 stop, 1 unmatched stop waits for you")
    with connect(home, autocommit=True) as connection:
        (one,) = deliveries(connection)
        (line,) = sources(connection)
    assert one.effect == "1 took effect; 1 unmatched waits for you"
    assert (line.count_stops, line.count_unmatched) == (1, 1)


def test_the_list_says_where_to_look_and_nothing_of_the_cell(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "No stop is unmatched" in run(home, monkeypatch)
    deliver(home, LED, STOPPED)
    report = ingest(home)
    words = run(home, monkeypatch)
    (told,) = json.loads(run(home, monkeypatch, "--json"))
    assert told["unmatched_stop_id"] == open_id(home)
    assert told["unmatched_stop_id"] in words.replace("\n", "")
    assert (told["source_id"], told["row_number"]) == ("crm", 2)
    assert told["batch_id"] != report.batch_id
    assert "since" in told
    for shown in (words, json.dumps(told)):
        assert "23456789" not in shown.replace(" ", "")
        assert "Fiction" not in shown


def test_it_is_settled_as_a_stop_of_the_number_that_was_meant(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(home, STOPPED, LED)
    ingest(home)
    meant = "+44 20 7946 0007"
    settled = open_id(home)
    words = run(home, monkeypatch, "settle", settled, "--as-stop", typed=meant)
    assert "7946" not in words
    assert subject(home, "+442079460007") in stopped(home)
    assert ask(
        home, "select count(*) from landing.unmatched_stops where resolved_at is not null"
    ) == [(1,)]
    ((details,),) = ask(
        home, "select details from ledger.audit_events where action = 'settle_unmatched_stop'"
    )
    assert details["as"] == "stop"  # type: ignore[index]
    assert ask(
        home,
        "select controller_id from ledger.suppression_entries where source_id = 'operator'",
    ) == [("acme",)]
    with pytest.raises(Refusal, match="settled already"):
        run(home, monkeypatch, "settle", settled, "--as-stop", typed=meant)


STOPS = """
source_id: crm
title: Stops
controller: acme
obtained: from_person
delivery: {expected_every: 1d}
format: {type: csv, delimiter: ","}
columns: {phone: phone, country: {constant: GB}}
emits: {suppression: {map: {kind: kind, scope: scope}}}
"""


@pytest.mark.parametrize(
    ("row", "meant"),
    [
        (f"{GERMAN},erasure,all", ("erasure", None)),
        (f"{GERMAN},deceased,controller", ("deceased", "acme")),
        (f"{GERMAN},objection,all", ("objection", None)),
        (f"{GERMAN},unheard of,", ("objection", "acme")),
        (",objection,controller", ("complaint", None)),
    ],
)
def test_it_is_settled_as_strictly_as_its_row_said_or_as_strictly_as_can_be(
    home: Settings, row: str, meant: tuple[str, str | None]
) -> None:
    registers = write_source(Home(home.home).root / "registers", "crm", STOPS)
    home = replace(home, registers=registers)
    folder = Home(home.home).inbox / "crm"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "day.csv").write_text(f"phone,kind,scope\n{row}\n")
    ingest(home)
    settle_as_stop(home, open_id(home), "+44 20 7946 0007", None)
    told = "kind, controller_id from ledger.suppression_entries where source_id = 'operator'"
    assert ask(home, f"select {told}") == [meant]


CALLS = STOPS.replace(
    "emits: {suppression: {map: {kind: kind, scope: scope}}}",
    "emits: {call_attempts: {map: {call_ref: kind, disposition: scope, attempted_at: at}}}\n"
    "dispositions: {DNC: objected}",
)


@pytest.mark.parametrize(
    ("text", "rows"), [(STOPS, [",objection,all,"]), (CALLS, [",ABCDEFGHABCDEFGH,DNC,"])]
)
def test_each_source_that_brings_the_same_bytes_has_a_task_of_its_own(
    home: Settings, text: str, rows: list[str]
) -> None:
    root = Home(home.home)
    for source in ("crm", "other"):
        registers = write_source(
            root.root / "registers", source, text.replace("source_id: crm", f"source_id: {source}")
        )
        home = replace(home, registers=registers)
        folder = root.inbox / source
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "day.csv").write_text("\n".join(["phone,kind,scope,at", *rows]) + "\n")
        ingest_source(home, source)
    told = "source_id from landing.unmatched_stops join landing.batches using (batch_id) order by 1"
    assert ask(home, f"select {told}") == [("crm",), ("other",)]


def test_a_number_that_cannot_be_read_settles_nothing(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(home, STOPPED, LED)
    ingest(home)
    with pytest.raises(Misconfigured, match="cannot be read as one phone number"):
        run(home, monkeypatch, "settle", open_id(home), "--as-stop", typed=GERMAN)
    assert open_id(home)


def test_it_is_settled_as_no_stop_with_a_reason_and_somebodys_word(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(home, STOPPED, LED)
    ingest(home)
    before = stopped(home)
    told = ("settle", open_id(home), "--not-a-stop", "--reason", "a test row")
    with pytest.raises(Misconfigured, match="approved"):
        run(home, monkeypatch, *told)
    run(home, monkeypatch, *told, "--approved-by", "dpo")
    assert stopped(home) == before
    ((actor, details),) = ask(
        home,
        "select actor, details from ledger.audit_events where action = 'settle_unmatched_stop'",
    )
    assert actor != "dpo"
    assert details == {  # type: ignore[comparison-overlap]
        "as": "no_stop", "reason": "a test row", "approved_by": "dpo", "source_id": "crm",
    }  # fmt: skip
    assert "No stop is unmatched" in run(home, monkeypatch)
    with connect(home, autocommit=True) as connection:
        (one,) = deliveries(connection)
    assert one.effect == "0 took effect"


def take_back(home: Settings) -> None:
    for (batch_id,) in ask(home, "select batch_id from landing.batches where status = 'accepted'"):
        retract_batch(home, UUID(str(batch_id)), reason="wrong", approved_by="dpo")


def waiting(home: Settings, monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Return how many wait in each place that tells."""
    with connect(home, autocommit=True) as connection:
        facts = gather(connection, home) | {"groups": []}
        (line,) = sources(connection)
        told = sum(part["count_unmatched"] for one in deliveries(connection) for part in one.stops)
    page = dict(render_pages(facts))["deliveries.html"]
    listed = len(json.loads(run(home, monkeypatch, "--json")))
    return {listed, line.count_unmatched, told, facts["unmatched"]["count_open"],
            page.count("--as-stop")}  # fmt: skip


def test_a_stop_that_was_taken_back_waits_for_nobody_until_its_bytes_come_again(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = deliver(home, STOPPED, CERTAIN, LED)
    ingest(home)
    assert waiting(home, monkeypatch) == {1}
    take_back(home)
    assert waiting(home, monkeypatch) == {0}
    with connect(home, autocommit=True) as connection:
        (line,) = sources(connection)
    assert (line.count_stops, line.count_rejected) == (0, 0)

    os.utime(file, (file.stat().st_atime, file.stat().st_mtime + 9))
    assert ingest(home).status == "already_retracted"
    assert waiting(home, monkeypatch) == {1}
    with connect(home, autocommit=True) as connection:
        (line,) = sources(connection)
        one = deliveries(connection)[0]
        assert open_rejections(connection) == []
    assert (line.rows_read, line.count_stops, line.count_rejected) == (3, 1, 0)
    assert (one.state, one.why) == ("taken back", "")


def test_one_of_two_ways_has_to_be_named(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(home, STOPPED, LED)
    ingest(home)
    for ways in ((), ("--as-stop", "--not-a-stop")):
        with pytest.raises(Misconfigured, match="--as-stop or --not-a-stop"):
            run(home, monkeypatch, "settle", open_id(home), *ways)
    with pytest.raises(Misconfigured, match="no such unmatched stop"):
        run(home, monkeypatch, "settle", "0" * 32, "--as-stop", typed=IN_FULL)
    with pytest.raises(Misconfigured, match="no id of an unmatched stop"):
        run(home, monkeypatch, "settle", "day.csv", "--as-stop", typed=IN_FULL)


def test_the_page_of_deliveries_names_each_and_how_to_settle_it(home: Settings) -> None:
    deliver(home, LED, STOPPED)
    ingest(home)
    with connect(home, autocommit=True) as connection:
        facts = gather(connection, home) | {"groups": []}
    page = dict(render_pages(facts))["deliveries.html"]
    assert open_id(home) in page
    assert "unmatched settle" in page
    assert "--not-a-stop" in page
    assert "23456789" not in page.replace(" ", "")


def test_the_page_of_what_people_did_names_who_settled_what(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(home, STOPPED, LED)
    ingest(home)
    told = ("--not-a-stop", "--reason", "a test row", "--approved-by", "dpo")
    run(home, monkeypatch, "settle", open_id(home), *told)
    with connect(home, autocommit=True) as connection:
        (row,) = steering(connection)["settled"]
        facts = gather(connection, home) | {"groups": []}
    assert (row["source_id"], row["row_number"], row["is_stop"]) == ("crm", 1, False)
    assert (row["approved_by"], row["reason"]) == ("dpo", "a test row")
    assert "a test row" in dict(render_pages(facts))["stops.html"]
