"""Decide about people of every kind for campaigns of every kind: who is called, and on what ground.

The subject of a case says what it is about, CASES says what must come of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import psycopg
import pytest
from tests.support_decision import CALL_DATE, NOW, World, days, key, verdict_of
from tests.support_ground_cases import CASES
from tests.support_grounds import CALL_DATES, build, write_ground_registers

from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.feeds import silent_feeds
from ringfence.settings import Settings

ALL_CASES = [
    pytest.param(campaign, subject, day, outcome, id=f"{subject}, {campaign}, {day}")
    for campaign, subjects in CASES.items()
    for subject, outcomes in subjects.items()
    for day, outcome in (
        outcomes.items() if isinstance(outcomes, dict) else [(CALL_DATE, outcomes)]
    )
]


@pytest.fixture(scope="module")
def day(database: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    registers = write_ground_registers(tmp_path_factory.mktemp("dags"))
    settings = replace(database, registers=registers)
    with connect(settings) as connection:
        build(World(connection))
    decide(settings, further_call_dates=[day for day in CALL_DATES if day != CALL_DATE])
    return settings


@pytest.fixture(scope="module")
def decided(day: Settings) -> Iterator[psycopg.Connection]:
    with connect(day, "analyst", name="a test") as connection:
        yield connection


@pytest.mark.parametrize(("campaign", "subject", "call_date", "outcome"), ALL_CASES)
def test_what_becomes_of(
    decided: psycopg.Connection, campaign: str, subject: str, call_date: date, outcome: str
) -> None:
    found = verdict_of(decided, subject, campaign, call_date=call_date)
    told = " ".join(filter(None, (found.verdict, found.ground, *found.reasons)))
    assert told == outcome


def detail_of(decided: psycopg.Connection, subject: str, reason_code: str) -> str | None:
    row = decided.execute(
        "select detail from marts.call_decision_reasons"
        " where subject_id = %s and reason_code = %s and call_date = %s order by campaign_id",
        [key("subject", subject), reason_code, CALL_DATE],
    ).fetchone()
    assert row, f"`{subject}` is not stopped by {reason_code}"
    detail: str | None = row[0]
    return detail


def test_a_reason_that_has_parts_says_which(decided: psycopg.Connection) -> None:
    details = {
        ("briton asking about her funeral", "sector_banned"): "never",
        ("frenchwoman whose contract ended", "sector_banned"): "contract_only",
        ("swiss insured long ago", "sector_banned"): "customer_only",
        ("of two kinds", "campaign_audience_excluded"): "unknown",
        ("sold with too small a sample", "consent_evidence_missing"): "dossier",
        ("ticked for her", "consent_evidence_missing"): "pre_ticked",
        ("bound to a raffle", "consent_evidence_missing"): "bundled",
        ("asked for offers only", "consent_evidence_missing"): "explicit_notice",
        ("of a deaf controller", "objection_feed_stale"): "unheard",
        ("called by predictor", "abandoned_share_exceeded"): "4 of 100, cap 3 percent",
        ("called by who reports no calls", "abandoned_share_exceeded"): "no source of calls",
        ("line in JE", "policy_missing"): "JE/consumer/mobile",
        ("briton in jersey", "policy_missing"): "JE/consumer/mobile",
    }
    assert {told: detail_of(decided, *told) for told in details} == details


def test_a_ban_names_the_rows_of_the_law_it_comes_from(decided: psycopg.Connection) -> None:
    found = verdict_of(decided, "briton asking about her funeral", "funerals")
    assert found.evidence == ("GB/consumer/prepaid_funeral_plans/2022-07-29",)


def test_the_audience_of_a_candidate_is_kept_as_it_is_known(
    decided: psycopg.Connection,
) -> None:
    kinds = {
        name: verdict_of(decided, f"danish {name}", "plain").row["audience"]
        for name in ("company", "clerk", "baker", "unknown")
    }
    assert kinds == {
        "company": "generic_company", "clerk": "named_contact",
        "baker": "sole_trader_or_partnership", "unknown": "unknown",
    }  # fmt: skip


def test_a_day_of_coming_of_age_reaches_no_mart(day: Settings) -> None:
    with connect(day) as connection:
        found = connection.execute(
            "select table_schema, table_name from information_schema.columns"
            " where column_name = 'adult_on' and table_schema <> 'replay' order by 1, 2"
        ).fetchall()
    assert found == [("intermediate", "int_minors"), ("staging", "stg_minors")]


def test_a_replay_says_which_sources_were_silent_then(day: Settings) -> None:
    """A source that was silent then spoke since, and one that speaks no more had spoken then."""
    with connect(day) as connection:
        instant = connection.execute(
            "select max(known_as_of) from ledger.decision_runs where mode = 'daily'"
        ).fetchone()
        World(connection, count=10_000).batch(
            "unheard", accepted_at=NOW + days(2), controller_id="deaf", name="at last"
        )
    assert instant
    with connect(day, autocommit=True) as connection:
        assert silent_feeds(connection, instant[0])["deaf"] == ["unheard"]
        assert silent_feeds(connection, NOW - days(1)) == {}
        assert "deaf" not in silent_feeds(connection, NOW + days(2.5))
    decide(day, mode="replay", call_date=CALL_DATE, known_as_of=instant[0])
    with connect(day) as connection:
        found = verdict_of(connection, "of a deaf controller", "unheard", schema="replay")
    assert found.reasons == ("objection_feed_stale",)
