"""A stop without a date counts from when it was sent: sent once more, it is said once more."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from tests.support_landing import CRM, ask, deliver, ingest
from tests.support_registers import write_source

from ringfence import clock
from ringfence.database import connect
from ringfence.home import Home
from ringfence.landing.batches import BatchReport, summary_of_batches
from ringfence.landing.ingest import ingest_source
from ringfence.landing.loader import Loader
from ringfence.landing.retract import retract_batch
from ringfence.settings import Settings

STOPPED = "2,Fiction,020 7946 0002,,Web,,,true"
DATED = "3,Fiction,020 7946 0003,,Web,OptOut,2026-10-01T10:00:00Z,false"
MANGLED = [f"{n},Fiction,4.47E+11,,Web,,,false" for n in range(40, 80)]
"""Rows that fail the door: too many numbers were spoilt by a spreadsheet."""
LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def home(fresh_database: Settings) -> Settings:
    registers = write_source(Home(fresh_database.home).root / "registers", "crm", CRM)
    return replace(fresh_database, registers=registers)


def send(home: Settings, *rows: str, day: int, name: str = "day.csv") -> Path:
    """Deliver a file written so many days after one long past."""
    file = deliver(home, *rows, name=name)
    written = (LONG_AGO + timedelta(days=day)).timestamp()
    os.utime(file, (written, written))
    return file


def said(home: Settings) -> tuple[int, int]:
    """Return how often the undated stop was said, and how often the dated one."""
    ((undated, dated),) = ask(
        home,
        "select (select count(*) from ledger.suppression_entries),"
        " (select count(*) from ledger.consent_events where event_type = 'withdrawn')",
    )
    return int(str(undated)), int(str(dated))


def test_a_stop_of_a_rejected_delivery_is_said_once_more_when_that_is_sent_once_more(
    home: Settings,
) -> None:
    send(home, *MANGLED, STOPPED, DATED, day=0)
    assert ingest(home).reason_code == "door_check_failed"
    assert ingest(home).count_stops == 0  # it merely lies there
    assert said(home) == (1, 1)
    send(home, *MANGLED, STOPPED, DATED, day=1)
    assert ingest(home).count_stops == 1
    assert ingest(home).count_stops == 0
    assert said(home) == (2, 1)


def test_an_older_copy_is_no_news(home: Settings) -> None:
    send(home, STOPPED, day=1)
    assert ingest(home).status == "accepted"
    send(home, STOPPED, day=0)
    assert ingest(home).status == "already_accepted"
    assert said(home) == (1, 0)


def test_a_sending_that_could_not_be_read_is_heard_once_it_can_be(home: Settings) -> None:
    source = home.registers / "sources" / "crm.yml"
    send(home, STOPPED, day=0)
    assert ingest(home).status == "accepted"
    source.write_text(CRM.replace("last_name: LastName", "last_name: Renamed"))
    send(home, STOPPED, day=1)
    assert ingest(home).status == "rejected"
    source.write_text(CRM)
    assert ingest(home).count_stops == 1
    assert ingest(home).status == "already_accepted"
    assert said(home) == (2, 0)


def test_the_same_bytes_under_a_new_name_are_sent_once_more(home: Settings) -> None:
    send(home, STOPPED, DATED, day=0)
    assert ingest(home).status == "accepted"
    send(home, STOPPED, DATED, day=0, name="tuesday.csv")
    assert [one.count_stops for one in ingest_all(home)] == [0, 1]
    assert [one.status for one in ingest_all(home)] == ["already_accepted"] * 2
    assert said(home) == (2, 1)


def test_a_time_in_the_future_neither_wins_for_ever_nor_swallows_what_is_sent_later(
    home: Settings,
) -> None:
    send(home, STOPPED, day=4_000)
    assert ingest(home).status == "accepted"
    assert ingest(home).status == "already_accepted"
    assert said(home) == (1, 0)
    with connect(home, autocommit=True) as connection:
        now = clock.now(connection)
        (sent_at,) = connection.execute(
            "select sent_at from landing.batches where part = 'rest'"
        ).fetchone() or (None,)
    assert sent_at < now
    pass_days(home, 1)
    send(home, STOPPED, day=24)
    assert ingest(home).count_stops == 1
    send(home, STOPPED, day=5_000)
    assert ingest(home).count_stops == 1
    assert ingest(home).status == "already_accepted"
    assert said(home) == (3, 0)


def test_a_delivery_whose_leads_were_taken_back_says_its_stops_again_when_sent_again(
    home: Settings,
) -> None:
    send(home, STOPPED, DATED, day=0)
    report = ingest(home)
    retract_batch(home, UUID(report.batch_id), reason="wrong export")
    assert ingest(home).status == "already_retracted"
    assert said(home) == (1, 1)
    send(home, STOPPED, DATED, day=1)
    again = ingest(home)
    assert (again.status, again.count_stops) == ("already_retracted", 1)
    assert ingest(home).count_stops == 0
    assert said(home) == (2, 1)
    assert ask(home, "select count(*) from landing.batches where status = 'accepted'") == [(2,)]
    (landed,) = ingest_source(home, "crm", again=True)
    assert landed.status == "accepted"
    assert said(home) == (2, 1)


def test_what_was_sent_once_more_and_then_taken_back_is_not_said_to_be_accepted(
    home: Settings,
) -> None:
    send(home, STOPPED, DATED, day=0)
    accepted = ingest(home)
    send(home, STOPPED, DATED, day=1)
    assert ingest(home).status == "reconfirmed"
    retract_batch(home, UUID(accepted.batch_id), reason="wrong")
    told = ingest(home)
    assert told.status == "already_retracted"
    assert "ingest --again" in summary_of_batches([told])
    (landed,) = ingest_source(home, "crm", again=True)
    assert landed.status == "accepted"
    assert ingest(home).status == "already_accepted"


def test_a_file_that_merely_lies_there_is_no_news_when_an_operator_gives_it_a_date(
    home: Settings,
) -> None:
    send(home, STOPPED, DATED, day=0)
    assert ingest(home).status == "accepted"
    ingest_source(home, "crm", published_at=LONG_AGO)
    assert said(home) == (1, 1)


def test_a_sending_that_broke_off_before_its_stops_counted_is_still_news(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(home, STOPPED, day=0)
    assert ingest(home).status == "accepted"
    send(home, STOPPED, day=1)

    def ends(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(Loader, "_accept_stops", ends)
        with pytest.raises(KeyboardInterrupt):
            ingest(home)
    assert ingest(home).count_stops == 1
    assert said(home) == (2, 0)


def ingest_all(home: Settings) -> list[BatchReport]:
    return ingest_source(home, "crm")


def pass_days(home: Settings, days: int) -> None:
    with connect(home, "owner", autocommit=True) as owner:
        owner.execute(
            "update ledger.clock set stands_at = stands_at + make_interval(days => %s)", [days]
        )
