"""A file that is rejected again and again is one delivery, tried several times."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support_registers import write_source

from ringfence import clock
from ringfence.auditor_site import gather
from ringfence.auditor_site.deliveries import Delivery, deliveries
from ringfence.auditor_site.pages import render_pages
from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.decision.funnel import SourceLine, sources
from ringfence.errors import Refusal
from ringfence.feeds import unread_deliveries
from ringfence.home import Home
from ringfence.landing.ingest import ingest_source
from ringfence.landing.retract import retract_batch
from ringfence.publish.facts import refuse_unread_stops
from ringfence.publish.model import Campaign
from ringfence.settings import Settings

CRM = """
source_id: crm
title: A CRM whose rows say several things at once
controller: acme
obtained: from_person
approved: {by: dpo, on: 2026-01-15}
delivery: {expected_every: 1d}
format: {type: csv, delimiter: ","}
columns: {source_record_id: Id, phone: Phone, country: {constant: GB}, last_name: LastName}
emits:
  leads: {}
  suppression:
    when: DoNotCall = true
    map: {kind: {constant: objection}}
"""
OTHER_MAPPING = ("last_name: LastName", "company: LastName")
STOPPED = "41,Fiction,020 7946 0002,true"
TURNED_AWAY = [*(f"{n},Fiction,4.47E+11,false" for n in range(40)), STOPPED]
CAMPAIGN = Campaign("autumn", "Autumn", "acme", "Acme", "UTC", "generic", ("crm",), 1)


@pytest.fixture
def home(fresh_database: Settings) -> Settings:
    registers = write_source(Home(fresh_database.home).root / "registers", "crm", CRM)
    return replace(fresh_database, registers=registers)


def deliver(settings: Settings, *rows: str, header: str = "Id,LastName,Phone,DoNotCall") -> Path:
    folder = Home(settings.home).inbox / "crm"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "day.csv"
    file.write_text("\n".join((header, *rows)) + "\n")
    return file


def ingest(settings: Settings) -> str:
    (report,) = ingest_source(settings, "crm")
    return report.status


def change_mapping(settings: Settings) -> None:
    source = settings.registers / "sources" / "crm.yml"
    source.write_text(source.read_text().replace(*OTHER_MAPPING))


def attempts(settings: Settings) -> list[tuple[object, ...]]:
    """Return each attempt at all but the stops, oldest first: its state, and if it was retried."""
    with connect(settings) as connection:
        return connection.execute(
            "select status, is_retried from landing.batches where part = 'rest'"
            " order by received_at"
        ).fetchall()


def counted(settings: Settings) -> SourceLine:
    with connect(settings) as connection:
        (line,) = sources(connection)
    return line


def shown(settings: Settings) -> Delivery:
    with connect(settings, autocommit=True) as connection:
        (one,) = deliveries(connection)
    return one


def test_an_unchanged_file_rejected_at_every_run_is_one_delivery(home: Settings) -> None:
    deliver(home, *TURNED_AWAY)
    assert [ingest(home) for _ in range(3)] == ["rejected"] * 3
    assert attempts(home) == [("rejected", True), ("rejected", True), ("rejected", False)]
    line = counted(home)
    assert (line.count_rejected, line.rows_read) == (1, 41)
    one = shown(home)
    assert (one.count_earlier, one.first["status"]) == (2, "rejected")


def test_another_mapping_is_another_attempt_at_the_same_delivery(home: Settings) -> None:
    deliver(home, *TURNED_AWAY)
    ingest(home)
    change_mapping(home)
    ingest(home)
    assert attempts(home) == [("rejected", True), ("rejected", False)]


def test_a_delivery_that_was_accepted_in_the_end_was_not_rejected(home: Settings) -> None:
    deliver(home, STOPPED)
    mapping = home.registers / "sources" / "crm.yml"
    mapping.write_text(CRM.replace("columns: {", "columns: {city: Town, "))
    assert ingest(home) == "rejected"
    mapping.write_text(CRM)
    assert ingest(home) == "accepted"
    assert attempts(home) == [("rejected", True), ("accepted", False)]
    assert counted(home).count_rejected == 0
    assert (shown(home).count_earlier, shown(home).first["status"]) == (1, "accepted")


def turn_away_what_was_accepted(settings: Settings) -> None:
    """Accept a file, and have its very bytes rejected under a mapping to the wrong column."""
    rows = (f"{n},4.47E+11,020 7946 0{n:03},{n == 41}".lower() for n in range(2, 42))
    deliver(settings, *rows)
    assert ingest(settings) == "accepted"
    source = settings.registers / "sources" / "crm.yml"
    source.write_text(CRM.replace("phone: Phone", "phone: LastName"))
    assert ingest(settings) == "rejected"


def test_a_file_that_was_accepted_before_it_was_rejected_is_read_once(home: Settings) -> None:
    turn_away_what_was_accepted(home)
    assert counted(home).rows_read == 40


def test_a_rejected_delivery_is_not_when_its_source_was_last_accepted(home: Settings) -> None:
    turn_away_what_was_accepted(home)
    deliver(home, *TURNED_AWAY)
    (home.registers / "sources" / "crm.yml").write_text(CRM)
    assert ingest(home) == "rejected"
    decide(home)
    with connect(home) as connection:
        (row,) = connection.execute(
            "select last_accepted_at, count_deliveries, count_rejected, rows_read"
            " from marts.source_quality where source_id = 'crm'"
        ).fetchall()
        accepted = dict(
            connection.execute(
                "select part, max(accepted_at) from landing.batches"
                " where accepted_at is not null group by part"
            ).fetchall()
        )
    assert accepted["stops"] > accepted["rest"]
    assert row == (accepted["rest"], 2, 2, 81)


def test_other_bytes_are_another_delivery(home: Settings) -> None:
    deliver(home, *TURNED_AWAY)
    ingest(home)
    deliver(home, *TURNED_AWAY[1:])
    ingest(home)
    assert attempts(home) == [("rejected", False), ("rejected", False)]
    assert counted(home).count_rejected == 2


def test_the_stops_that_an_earlier_attempt_brought_are_still_told(home: Settings) -> None:
    deliver(home, *TURNED_AWAY)
    ingest(home)
    ingest(home)
    assert shown(home).effect == "1 took effect all the same"
    assert counted(home).count_stops == 1


@pytest.mark.parametrize("of", [0, 1, 2])
def test_a_dismissal_counts_for_every_attempt_at_the_bytes_earlier_and_later(
    home: Settings, of: int
) -> None:
    file = deliver(home, STOPPED, header="Id,LastName,Phone,Renamed")
    for _ in range(3):
        assert ingest(home) == "rejected"
    assert [is_retried for _, is_retried in attempts(home)] == [True, True, False]
    with connect(home) as connection:
        batches = [
            batch
            for (batch,) in connection.execute(
                "select batch_id from landing.batches where part = 'rest' order by received_at"
            )
        ]
        (unread,) = unread_deliveries(connection, clock.now(connection))
        assert unread.batch_id == batches[-1] == shown(home).first["batch_id"]
        before = clock.now(connection)
        with pytest.raises(Refusal, match=str(batches[-1])):
            refuse_unread_stops(connection, CAMPAIGN)
    assert shown(home).has_unread_stops
    retract_batch(home, batches[of], reason="looked into it", approved_by="dpo")
    for _ in range(2):
        with connect(home) as connection:
            refuse_unread_stops(connection, CAMPAIGN)
            assert unread_deliveries(connection, before) == [unread]
        assert not shown(home).has_unread_stops
        assert ingest(home) == "dismissed"
    file.write_text(file.read_text() + "8,Fiction,020 7946 0008,true\n")
    assert ingest(home) == "rejected"
    with connect(home) as connection, pytest.raises(Refusal):
        refuse_unread_stops(connection, CAMPAIGN)


def test_the_page_says_how_many_attempts_there_were(home: Settings) -> None:
    deliver(home, *TURNED_AWAY)
    for _ in range(3):
        ingest(home)
    assert "2 earlier attempts at the same bytes" in page(home)


def page(settings: Settings) -> str:
    with connect(settings, autocommit=True) as connection:
        facts = gather(connection, settings) | {"groups": []}
    return dict(render_pages(facts))["deliveries.html"]


def test_nobody_but_the_pipeline_may_mark_an_attempt(home: Settings) -> None:
    with connect(home, "owner") as owner:
        may = owner.execute(
            """
            select role, has_column_privilege(%(prefix)s || role, 'landing.batches', 'is_retried',
                'update')
            from unnest(array['pipeline', 'analyst', 'auditor', 'dialler', 'eraser']) as role
            """,
            {"prefix": home.role_prefix},
        ).fetchall()
    assert [role for role, is_allowed in may if is_allowed] == ["pipeline"]
