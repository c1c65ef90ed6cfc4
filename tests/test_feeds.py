"""Where objections come from, silence holds lists back; an empty delivery does not."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from psycopg.types.json import Jsonb
from tests.support_publish import accept, lay_day, new_batch
from tests.support_registers import STOPS, write_source

from ringfence.database import connect
from ringfence.feeds import feeds
from ringfence.home import Home
from ringfence.landing.batches import BatchReport
from ringfence.landing.ingest import ingest_source
from ringfence.publish import publish_call_lists
from ringfence.publish.model import summary_of_publications
from ringfence.settings import Settings

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
STOP_LIST = """
source_id: stop_list
title: Whoever objected since yesterday
controller: acme
obtained: from_person
delivery: {expected_every: 1d}
format: {type: csv, delimiter: ","}
columns: {phone: phone, country: {constant: GB}}
emits:
  suppression:
    map: {kind: {constant: objection}}
"""
BY_QUERY = STOP_LIST.replace("{expected_every: 1d}", """
  expected_every: 1d
  connection: warehouse
  query: select '02079460001' as phone where false""").replace(
    "format: {type: csv, delimiter: \",\"}\n", ""
)  # fmt: skip


def test_a_silent_feed_is_overdue_and_comes_first():
    sources = [
        {"source_id": "a_leads", "emits": ["leads"], "expected_every": 86400},
        {"source_id": "b_stops", "emits": ["suppression"], "expected_every": 86400},
        {"source_id": "c_stops", "emits": ["suppression"], "expected_every": 3600},
        {"source_id": "d_free", "emits": ["leads"], "expected_every": None},
        {"source_id": "e_never", "emits": ["consent_events"], "expected_every": 3600},
    ]
    received = {
        "a_leads": NOW - timedelta(hours=3),
        "b_stops": NOW - timedelta(hours=23),
        "c_stops": NOW - timedelta(hours=2),
    }
    found = feeds(sources, received, NOW)
    assert [(one.source_id, one.is_overdue) for one in found] == [
        ("c_stops", True), ("e_never", True), ("b_stops", False), ("a_leads", False),
    ]  # fmt: skip


@pytest.fixture
def home(fresh_database: Settings) -> Settings:
    registers = write_source(Home(fresh_database.home).root / "registers", "stop_list", STOP_LIST)
    return replace(fresh_database, registers=registers)


def deliver(settings: Settings, text: str) -> Path:
    folder = Home(settings.home).inbox / "stop_list"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "day.csv"
    file.write_text(text)
    return file


def ingest(settings: Settings) -> BatchReport:
    (report,) = ingest_source(settings, "stop_list")
    return report


def publish_with_a_feed(settings: Settings, **source: object) -> str:
    """Lay a day whose registers know one feed; return what became of its list."""
    feed = {
        "source_id": "stop_list", "controller": "northwind", "emits": ["suppression"],
        "expected_every": 86400,
    }  # fmt: skip
    text = STOPS.replace("acme", "northwind").replace("source_id: stops", "source_id: stop_list")
    (settings.registers / "sources" / "stop_list.yml").write_text(text)
    with connect(settings, autocommit=True) as connection:
        connection.execute(
            "insert into ledger.config_versions (kind, sha256, content, accepted_at)"
            " values ('sources', 'feed', %s, ledger.now())",
            [Jsonb([feed | source])],
        )
    (report,) = publish_call_lists(settings)
    is_out = report.status == "published"
    assert summary_of_publications([report]) == (
        "1 list, 2 rows" if is_out else "0 lists, 0 rows; 1 withheld"
    )
    return report.status if report.status != "refused" else str(report.reason)


def test_a_header_without_rows_says_that_nobody_objected(home: Settings) -> None:
    deliver(home, "phone\n")
    assert ingest(home).status == "accepted"
    with connect(home) as connection:
        unread = connection.execute("select bool_or(has_unread_stops) from landing.batches")
        assert unread.fetchone() == (False,)


def test_an_empty_file_says_nothing(home: Settings) -> None:
    deliver(home, "")
    assert ingest(home).reason_code == "file_empty"


def test_a_query_without_rows_says_that_nobody_objected(home: Settings) -> None:
    (home.registers / "sources" / "stop_list.yml").write_text(BY_QUERY)
    for status in ("accepted", "reconfirmed"):
        (report,) = ingest_source(home, "stop_list", resolve=lambda _: str(home.database_url))
        assert report.status == status


def test_the_same_list_sent_once_more_is_a_word_but_the_same_file_found_again_is_none(
    home: Settings,
) -> None:
    file = deliver(home, "phone\n020 7946 0001\n")
    assert ingest(home).status == "accepted"
    assert ingest(home).status == "already_accepted"
    later = file.stat().st_mtime + 86400
    os.utime(file, (later, later))
    assert ingest(home).status == "reconfirmed"
    assert ingest(home).status == "already_accepted"


def test_a_stop_without_a_date_that_is_sent_once_more_is_said_once_more(home: Settings) -> None:
    file = deliver(home, "phone\n020 7946 0001\n")
    assert ingest(home).count_stops == 1
    later = file.stat().st_mtime + 86400
    os.utime(file, (later, later))
    report = ingest(home)
    assert (report.status, report.count_stops) == ("reconfirmed", 1)
    with connect(home) as connection:
        said = connection.execute(
            "select count(*), count(distinct batch_id) from ledger.suppression_entries"
        ).fetchone()
        waiting = connection.execute(
            "select count(*) from pg_tables where tablename like 'incoming%'"
        ).fetchone()
    assert said == (2, 2)
    assert waiting == (0,)


def test_no_list_leaves_while_a_source_of_its_controllers_stops_is_silent(
    fresh_database: Settings,
) -> None:
    lay_day(fresh_database, 2)
    told = publish_with_a_feed(fresh_database)
    assert "objection_feed_stale" in told
    assert "stop_list" in told
    with connect(fresh_database, autocommit=True) as connection, connection.transaction():
        accept(connection, new_batch(connection, source_id="stop_list"))
    (report,) = publish_call_lists(fresh_database)
    assert report.status == "published"


@pytest.mark.parametrize(
    "harmless",
    [{"controller": "somebody_else"}, {"emits": ["leads"]}, {"expected_every": None}],
    ids=["another controller's", "of leads only", "of no rhythm"],
)
def test_the_silence_of_other_sources_holds_nothing_back(
    fresh_database: Settings, harmless: dict[str, object]
) -> None:
    lay_day(fresh_database, 2)
    assert publish_with_a_feed(fresh_database, **harmless) == "published"
