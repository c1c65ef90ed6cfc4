"""What a row says against itself is believed: a dropped call, a ticked box, a bound consent."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import psycopg
import pytest
from tests.support_registers import write_source

from ringfence.database import connect
from ringfence.home import Home
from ringfence.landing.ingest import ingest_source
from ringfence.ledger.verify_ledger import verify_ledger
from ringfence.services.cluster import ClusterInfo
from ringfence.settings import Settings

DELIVERY = """
source_id: flaws
title: Calls and consents that say what is wrong with them
controller: acme
obtained: from_person
approved: {by: dpo, on: 2026-01-15}
delivery: {expected_every: 1d}
format: {type: csv, delimiter: ","}
columns: {phone: phone, country: {constant: GB}}
emits:
  consent_events:
    map: {event_type: {constant: given}, event_at: at, pre_ticked: ticked, bundled: bound,
          recording_notice_given: told}
  call_attempts:
    map:
      attempted_at: at
      disposition: status
      abandoned: {column: status, values: {DROP: "yes", SALE: "no"}, default: ""}
dispositions: {DROP: no_contact, SALE: answered, NA: no_contact}
"""
ROWS = """phone,at,status,ticked,bound,told
020 7946 0001,2026-11-20T10:00:00Z,DROP,yes,no,yes
020 7946 0002,2026-11-20T10:00:00Z,SALE,no,perhaps,perhaps
020 7946 0003,2026-11-20T10:00:00Z,NA,,,
"""


@pytest.fixture
def home(fresh_database: Settings) -> Settings:
    registers = write_source(Home(fresh_database.home).root / "registers", "flaws", DELIVERY)
    folder = Home(fresh_database.home).inbox / "flaws"
    folder.mkdir(parents=True)
    (folder / "day.csv").write_text(ROWS)
    settings = replace(fresh_database, registers=registers)
    (report,) = ingest_source(settings, "flaws")
    assert report.status == "accepted"
    return settings


def test_a_dropped_call_stops_nobody_and_is_told_apart(home: Settings) -> None:
    with connect(home) as connection:
        found = connection.execute(
            "select disposition, is_abandoned from ledger.call_attempts order by row_number"
        ).fetchall()
    assert found == [("no_contact", True), ("answered", False), ("no_contact", None)]


def test_a_word_that_is_not_clear_counts_against_the_consent(home: Settings) -> None:
    with connect(home) as connection:
        found = connection.execute(
            "select is_pre_ticked, is_bundled, recording_notice_given"
            " from ledger.consent_events order by row_number"
        ).fetchall()
    assert found == [(True, False, True), (False, True, False), (None, None, None)]


def test_what_a_row_says_against_itself_is_sealed_with_it(
    home: Settings, cluster: ClusterInfo
) -> None:
    with connect(home, autocommit=True) as connection:
        assert verify_ledger(connection, home).is_passed
        name = urlsplit(str(home.database_url)).path.lstrip("/")
        with psycopg.connect(cluster.url(name)) as admin:
            admin.execute("set session_replication_role = replica")
            admin.execute("update ledger.call_attempts set is_abandoned = false where is_abandoned")
        assert not verify_ledger(connection, home).is_passed
