"""Decide one invented day on a real database; each test reads the verdict of its own case.

The subject of a case says what it is about, CASES says what must come of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import psycopg
import pytest
from tests.support_case_outcomes import CASES
from tests.support_cases import build
from tests.support_decision import (
    YESTERDAY,
    World,
    key,
    verdict_of,
    write_registers,
)

from ringfence.database import connect
from ringfence.decision.decide import DecisionReport, decide
from ringfence.landing.suppress import OPERATOR
from ringfence.settings import Settings


@pytest.fixture(scope="module")
def registers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_registers(
        tmp_path_factory.mktemp("dags"),
        energy={
            "legitimate_interest": {
                "assessment": "LIA-1", "on": "2026-01-01", "valid_until": "2026-12-31",
            }
        },
    )  # fmt: skip


@pytest.fixture(scope="module")
def day(database: Settings, registers: Path) -> Settings:
    settings = replace(database, registers=registers)
    with connect(settings) as connection:
        build(World(connection))
    return settings


@pytest.fixture(scope="module")
def report(day: Settings) -> DecisionReport:
    return decide(day)


@pytest.fixture(scope="module")
def decided(day: Settings, report: DecisionReport) -> Iterator[psycopg.Connection]:
    with connect(day, "analyst", name="a test") as connection:
        yield connection


@pytest.mark.parametrize(("subject", "outcome"), CASES.items(), ids=CASES)
def test_the_verdict_of_a_case_is(decided: psycopg.Connection, subject: str, outcome: str) -> None:
    found = verdict_of(decided, subject)
    assert " ".join((found.verdict, *found.reasons)) == outcome


def test_a_number_goes_to_the_campaign_of_the_highest_priority_only(
    decided: psycopg.Connection,
) -> None:
    second = verdict_of(decided, "wanted twice", "energy_late")
    assert (second.verdict, second.reasons) == ("blocked", ("allocated_to_other_campaign",))
    assert second.evidence == ("energy",)


def test_a_number_stopped_for_one_campaign_is_free_for_the_next(
    decided: psycopg.Connection,
) -> None:
    assert verdict_of(decided, "stopped for the first").verdict == "blocked"
    assert verdict_of(decided, "stopped for the first", "solar").verdict == "callable"


def test_every_ground_is_named_with_its_evidence(
    decided: psycopg.Connection,
) -> None:
    grounds = {
        subject: verdict_of(decided, subject).ground
        for subject in ("consenting", "business customer", "danish company", "silent")
    }
    assert grounds == {
        "consenting": "consent", "business customer": "customer",
        "danish company": "legitimate_interest", "silent": None,
    }  # fmt: skip
    assert verdict_of(decided, "danish company").evidence == ("LIA-1",)


def test_the_lead_of_the_consenting_person_is_presented(decided: psycopg.Connection) -> None:
    found = verdict_of(decided, "two leads").row["presenting_record_id"]
    assert found == key("record of", "two leads", "web", "second")


def test_the_window_is_the_one_that_all_zones_of_a_country_share(
    decided: psycopg.Connection,
) -> None:
    # 08:00 in Honolulu is 13:00 in New York, 21:00 in New York is 16:00 in Honolulu.
    row = verdict_of(decided, "american").row
    assert (row["call_start_local"], row["call_end_local"]) == (time(8), time(16))
    assert row["timezone"] == "Pacific/Honolulu"


def test_a_break_in_the_law_leaves_two_intervals(decided: psycopg.Connection) -> None:
    # The number is of Réunion and the declared country France: the hours of both places. The break
    # of Paris is from four to five in the afternoon there.
    row = verdict_of(decided, "french overseas").row
    assert (row["call_start_local"], row["call_end_local"]) == (time(14), time(20))
    assert (row["call_windows"], row["timezone"]) == ("14:00-16:00;17:00-20:00", "Indian/Reunion")


def test_a_row_ends_with_the_callees_day_or_with_the_consent(
    decided: psycopg.Connection,
) -> None:
    midnight = datetime(2026, 11, 24, 23, tzinfo=UTC)  # in Berlin
    assert verdict_of(decided, "consenting").row["valid_until"] == midnight
    tonight = datetime(2026, 11, 24, 20, tzinfo=UTC)
    assert verdict_of(decided, "expiring tonight").row["valid_until"] == tonight


def test_marts_agree_with_one_another(decided: psycopg.Connection) -> None:
    counts = decided.execute(
        """
        select
            (select sum(count_candidates) from marts.call_funnel),
            (select count(*) from marts.call_decisions),
            (select sum(count_candidates) from marts.call_funnel_reasons),
            (select count(*) from marts.call_decisions where verdict <> 'callable'),
            (select count(*) from marts.call_decision_reasons),
            (select sum(cardinality(reason_codes)) from marts.call_decisions)
        """
    ).fetchone()
    assert counts is not None
    assert counts[0] == counts[1] > 100
    assert counts[2] == counts[3]
    assert counts[4] == counts[5]


CONSENT_REASONS = {
    "objected", "suppressed_internally", "consent_refused", "consent_withdrawn", "consent_missing",
    "consent_expired", "consent_evidence_missing", "consent_purpose_mismatch",
}  # fmt: skip
# What the register cannot know: it looks at one number, and not at the day's hours.
USABLE_BUT_NO_GROUND = {
    "expired",  # ends during them
    "flat share",  # nobody whose lead the campaign holds gave it
    "given by a stranger",
    "given by one of two",
    "one of two has left",
    "one of two in the log",  # and it does not say which
    "her mobile",  # her stop came in at her other number
    "new number",
    "his mobile",  # and his at a line he shares
    "notice of the next day",  # there, while somewhere on earth it had begun
}


def register_of(decided: psycopg.Connection) -> dict[str, tuple[bool, bool, str | None]]:
    """Return standing, usable and missing evidence of each case's consent for energy."""
    rows = {
        row[0]: row[1:]
        for row in decided.execute(
            "select subject_id, is_standing, is_usable, missing_evidence"
            " from marts.consent_register"
            " where purpose = 'energy_offers' and controller_id = 'acme'"
        )
    }
    return {
        subject: rows[key("subject", subject)]
        for subject in CASES
        if key("subject", subject) in rows
    }


def test_a_consent_is_usable_where_the_rules_have_nothing_against_it(
    decided: psycopg.Connection,
) -> None:
    found = register_of(decided)
    told = {
        subject: not CONSENT_REASONS & set(verdict_of(decided, subject).reasons)
        for subject in found
    }
    assert len(found) > 40
    assert {subject for subject, (_, usable, _) in found.items() if usable != told[subject]} == (
        USABLE_BUT_NO_GROUND
    )
    assert all(found[subject][1] for subject in USABLE_BUT_NO_GROUND)


def test_whoever_objected_has_left_the_register_of_consents(
    decided: psycopg.Connection,
) -> None:
    found = register_of(decided)
    gone = ("objecting", "disputing", "suppressed", "said never", "shared line")
    assert not set(gone) & set(found)
    assert {"withdrawing", "refusing", "coming back", "suppressed for solar"} <= set(found)


def test_standing_says_only_that_no_stop_came_after_the_consent(
    decided: psycopg.Connection,
) -> None:
    found = register_of(decided)
    cases = ("consenting", "withdrawing", "withdrawing elsewhere", "coming back", "no evidence")
    assert {case: found[case][0] for case in cases} == {
        "consenting": True, "withdrawing": False, "withdrawing elsewhere": True,
        "coming back": True, "no evidence": True,
    }  # fmt: skip


def test_the_register_and_the_reason_name_the_same_missing_evidence(
    decided: psycopg.Connection,
) -> None:
    missing = {
        "no evidence": "evidence_status", "asserted by a seller": "evidence_status",
        "from an unapproved source": "source_approval", "unknown notice": "notice_version",
        "no notice": "notice_version", "asked on a marketing call": "collection_context",
        "notice of the next year": "notice_date",
        "recorded without notice": "recording_notice_given", "confirmed by e-mail":
        "verified_channel",
    }  # fmt: skip
    register = register_of(decided)
    assert {case: register[case][2] for case in missing} == missing
    assert {case: detail_of(decided, case, "consent_evidence_missing") for case in missing} == (
        missing
    )


def detail_of(decided: psycopg.Connection, subject: str, reason_code: str) -> str | None:
    row = decided.execute(
        "select detail from marts.call_decision_reasons"
        " where subject_id = %s and campaign_id = 'energy' and reason_code = %s",
        [key("subject", subject), reason_code],
    ).fetchone()
    assert row, f"`{subject}` is not stopped by {reason_code}"
    detail: str | None = row[0]
    return detail


def test_a_reason_that_has_parts_says_which(decided: psycopg.Connection) -> None:
    details = {
        ("silent", "consent_missing"): None,
        ("no time", "consent_missing"): "event_at",
        ("dated today", "consent_missing"): "not_yet_in_effect",
        ("renewing only", "consent_missing"): "renewal_without_grant",
        ("flat share", "consent_missing"): "other_person",
        ("australian", "policy_missing"): "AU/consumer/mobile",
        ("number of no country", "policy_missing"): "no country/consumer/mobile",
        ("american of an unknown state", "policy_missing"): "US state",
        ("claimed by three countries", "policy_missing"): "third country",
        ("french company", "policy_unreviewed"): "FR/business/any/2018-05-25",
        ("italian of no known province", "public_holiday"): "IT Saint Prosper of Reggio's Day",
        ("american", "register_missing"): "us_ndncr",
        ("swedish", "register_stale"): "se_nix",
    }
    assert {told: detail_of(decided, *told) for told in details} == details


def test_a_row_lacking_several_parts_names_them_all(decided: psycopg.Connection) -> None:
    assert detail_of(decided, "lacking much", "consent_evidence_missing") == (
        "evidence_status, notice_version, collection_context"
    )
    assert register_of(decided)["lacking much"][2] == (
        "evidence_status, notice_version, collection_context"
    )


def test_what_was_entered_by_hand_is_never_overdue_and_what_nobody_registers_is(
    decided: psycopg.Connection,
) -> None:
    overdue = dict(
        decided.execute("select source_id, is_overdue from marts.suppression_coverage").fetchall()
    )
    assert (overdue[OPERATOR], overdue["gone"]) == (False, True)


def test_a_source_of_stops_is_told_with_its_own_figures_alone(decided: psycopg.Connection) -> None:
    found = decided.execute(
        """
        select string_agg(column_name, ', ' order by column_name) filter (
            where column_name like 'count%'
        )
        from information_schema.columns
        where table_schema = 'marts' and table_name = 'suppression_coverage'
        """
    ).fetchone()
    assert found == ("count_stops, count_stops_without_time",)


def test_registers_are_told_fresh_stale_and_missing(decided: psycopg.Connection) -> None:
    states = dict(
        decided.execute(
            "select register_id, state from governance.register_freshness"
            " where coalesce(controller_id, 'acme') = 'acme'"
        ).fetchall()
    )
    assert (states["gb_tps"], states["se_nix"], states["us_ndncr"]) == (
        "fresh", "stale", "missing",
    )  # fmt: skip


def test_a_reconfirmed_register_is_as_fresh_as_its_latest_publication(
    decided: psycopg.Connection,
) -> None:
    row = decided.execute(
        "select published_at from governance.register_freshness"
        " where register_id = 'no_reservasjon' and controller_id = 'acme'"
    ).fetchone()
    assert row == (YESTERDAY,)
    assert verdict_of(decided, "norwegian").verdict == "callable"


def test_analysts_may_read_marts_but_no_ledger(decided: psycopg.Connection) -> None:
    for table in (
        "marts.source_quality", "marts.suppression_coverage", "marts.funnel_by_day",
        "marts.source_reasons_by_day", "governance.decision_runs",
        "governance.batch_control_totals", "staging.reason_codes",
    ):  # fmt: skip
        assert decided.execute(f"select count(*) from {table}").fetchone() != (0,), table
    with pytest.raises(psycopg.errors.InsufficientPrivilege), decided.transaction():
        decided.execute("select count(*) from ledger.consent_events")


def test_no_table_of_dbt_has_a_column_for_personal_data(decided: psycopg.Connection) -> None:
    personal = decided.execute(
        """
        select table_schema, table_name, column_name
        from information_schema.columns
        where table_schema in ('staging', 'intermediate', 'marts', 'governance')
            and column_name in (
                'e164', 'raw', 'title', 'first_name', 'last_name', 'company', 'email', 'postcode',
                'city', 'birth_date', 'contract_ref', 'evidence_ref', 'kept', 'source_record_id'
            )
        """
    ).fetchall()
    assert personal == []
