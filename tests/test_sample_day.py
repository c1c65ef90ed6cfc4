"""Run the sample day on real services and compare every contact point with `expected.csv`."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from psycopg import Connection

from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.decision.policy_diff import policy_diff
from ringfence.decision.replay import replay
from ringfence.errors import Refusal
from ringfence.home import Home
from ringfence.landing.ingest import ingest_source, sources_in_order
from ringfence.sample import CALL_DATE, INSTANT, place
from ringfence.sample.place import DAY, EXPECTED
from ringfence.settings import Settings

Key = tuple[str, str, int, str]


@pytest.fixture(scope="module")
def decided(database: Settings) -> Iterator[Connection]:
    """Yield a session in the home after its day was ingested and decided."""
    place(Home(database.home))
    for source in sources_in_order(database, "demo"):
        ingest_source(database, source.source_id)
    report = decide(database)
    assert report.call_date == CALL_DATE
    with connect(database, name="a test") as connection:
        yield connection


@pytest.fixture(scope="module")
def expected() -> list[dict[str, str]]:
    with (DAY / EXPECTED).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def decisions(connection: Connection) -> dict[Key, tuple[str, str]]:
    """Return the verdict and first reason of each contact point in each campaign."""
    rows = connection.execute(
        """
        select lead_records.source_id, lead_records.source_record_id, points.position,
            call_decisions.campaign_id, call_decisions.verdict,
            coalesce(call_decisions.first_reason_code, '')
        from landing.lead_records
        inner join landing.lead_contact_points as points using (record_id)
        inner join marts.call_decisions using (subject_id)
        """
    ).fetchall()
    return {tuple(row[:4]): (row[4], row[5]) for row in rows}


def test_every_contact_point_becomes_what_was_planted(
    decided: Connection, expected: list[dict[str, str]]
) -> None:
    found = decisions(decided)
    wrong = []
    for row in expected:
        if row["verdict"] in {"quarantined", "rejected"}:
            continue
        key = (
            row["source_id"], row["source_record_id"], int(row["position"]), row["campaign_id"],
        )  # fmt: skip
        wanted = (row["verdict"], row["reason_code"])
        if found.get(key) != wanted:
            wrong.append((key, wanted, found.get(key), row["case"]))

    assert wrong == []


def test_no_contact_point_of_the_day_was_left_out_of_the_expectations(
    decided: Connection, expected: list[dict[str, str]]
) -> None:
    named = {(row["source_id"], row["source_record_id"], int(row["position"])) for row in expected}

    assert {key[:3] for key in decisions(decided)} <= named


def test_a_planted_row_without_a_lead_is_quarantined_for_its_reason(
    decided: Connection, expected: list[dict[str, str]]
) -> None:
    rows = decided.execute(
        """
        select batches.source_id, quarantined_records.reason_code
        from landing.quarantined_records
        inner join landing.batches using (batch_id)
        """
    ).fetchall()

    assert sorted(rows) == sorted(
        (row["source_id"], row["reason_code"])
        for row in expected
        if row["verdict"] == "quarantined"
    )


def test_the_delivery_that_fails_at_the_door_leaves_its_stops_behind(
    decided: Connection, expected: list[dict[str, str]]
) -> None:
    rows = decided.execute(
        "select part, status, reason_code, rows_read, rows_landed from landing.batches"
        " where source_id = 'reseller_leads_gb' order by part"
    ).fetchall()
    rejected = [row for row in expected if row["verdict"] == "rejected"]

    assert rows == [
        ("rest", "rejected", "door_check_failed", len(rejected), 0),
        ("stops", "accepted", None, 0, 3),
    ]


def test_a_stop_without_a_number_waits_as_a_task(decided: Connection) -> None:
    rows = decided.execute(
        "select kind, due_at > received_at and resolved_at is null from landing.unmatched_stops"
    ).fetchall()

    assert rows == [("suppression", True)]


def test_a_replay_of_the_day_finds_no_difference(decided: Connection, database: Settings) -> None:
    decided.rollback()
    report = replay(database, CALL_DATE, None)
    assert report.differences == []
    assert report.count_same > 800


def test_a_replay_never_speaks_of_a_day_that_was_not_decided(
    decided: Connection, database: Settings
) -> None:
    decided.rollback()
    with pytest.raises(Refusal, match="Nothing was decided"):
        replay(database, CALL_DATE + timedelta(days=1), None)
    second = replay(database, CALL_DATE, INSTANT)
    assert second.count_same > 800


def test_french_consumers_need_consent_from_11_august_2026_on(
    decided: Connection, database: Settings
) -> None:
    decided.rollback()
    found = policy_diff(database, date(2026, 8, 10), date(2026, 8, 11))
    moved = [one for one in found.changes if one.reason_after == "consent_missing"]
    assert sum(one.count_candidates for one in moved) > 0
    assert {(one.country_code, one.audience) for one in moved} == {("FR", "consumer")}
