"""The table a day ends with says of each campaign what this run came to, and what is out."""

from __future__ import annotations

import pytest
from tests.support_publish import decide, lay_day, new_batch, publish

from ringfence.cli.closing import print_closing_table
from ringfence.database import connect
from ringfence.decision import funnel
from ringfence.publish import PublicationReport
from ringfence.settings import Settings
from ringfence.stops import stop

REASON_CODES = "create table staging.reason_codes (reason_code text, verdict text, sentence text)"
STILL_OUT = "edition 1 of 2026-11-24, published before, is still out"
HELD_BACK = f"REFUSED (objection_feed_stale); {STILL_OUT}"


@pytest.fixture
def held_back(fresh_database: Settings) -> Settings:
    """Publish, decide once more, then find a delivery whose stops cannot be read."""
    lay_day(fresh_database)
    publish(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(4))
        connection.execute(
            "update landing.batches set status = 'rejected', has_unread_stops = true"
            " where batch_id = %s",
            [new_batch(connection, source_id="inbox")],
        )
    return fresh_database


def state(settings: Settings, *reports: PublicationReport) -> str:
    with connect(settings) as connection:
        (line,) = funnel.campaigns(connection, reports)
    return line.list_status


def test_a_refused_campaign_is_told_with_its_code_and_with_the_edition_that_is_still_out(
    held_back: Settings,
) -> None:
    report = publish(held_back)
    assert report.status == "refused"
    assert state(held_back, report) == HELD_BACK
    stop(held_back, reason="wrong script", actor="ops")
    assert state(held_back, report).startswith(f"{HELD_BACK}; stopped since ")


def test_a_refusal_without_a_code_is_told_in_its_own_words(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(5), valid_until="2026-11-24 04:59+00")
    assert state(fresh_database, publish(fresh_database)) == (
        "REFUSED (The time of these rows has run out)"
    )


def test_a_list_of_an_earlier_run_is_not_told_as_one_of_this_run(held_back: Settings) -> None:
    assert state(held_back) == "published by an earlier run, nothing by this one"
    assert state(held_back, publish(held_back)) == HELD_BACK


def test_a_list_that_this_run_left_as_it_is_is_told_as_published(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    publish(fresh_database)
    assert state(fresh_database) == "published"
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(5))
    report = publish(fresh_database)
    assert report.status == "unchanged"
    assert state(fresh_database, report) == "published"


def test_an_edition_that_was_voided_hides_none_that_is_out(held_back: Settings) -> None:
    with connect(held_back, autocommit=True) as connection:
        connection.execute(
            """
            insert into ledger.publications (list_id, status, campaign_id, call_date, run_id,
                edition, count_rows, valid_until, recorded_at)
            select gen_random_uuid(), 'voided', campaign_id, call_date, run_id, 2, 4, valid_until,
                ledger.now()
            from ledger.publications where status = 'published'
            """
        )
        (line,) = funnel.campaigns(connection)
    assert line.list_status.startswith("published by an earlier run")
    assert line.count_listed == 5


def test_the_printed_table_and_the_command_say_the_same(
    held_back: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    report = publish(held_back)
    with connect(held_back, autocommit=True) as connection:
        connection.execute(REASON_CODES)
        assert funnel.report_state(connection, report) == HELD_BACK
    print_closing_table(held_back, [report])
    printed = "".join(capsys.readouterr().out.split())
    assert "REFUSED" in printed


def test_every_reason_is_told_and_that_a_candidate_may_have_several(
    fresh_database: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        connection.execute(REASON_CODES)
        connection.execute(
            "insert into staging.reason_codes values ('objected', 'blocked', 'They objected.'),"
            " ('consent_missing', 'blocked', 'None.'), ('register_stale', 'undetermined', 'Old.')"
        )
        connection.execute(
            """
            insert into marts.call_decisions (
                candidate_id, verdict, first_reason_code, reason_codes
            )
            values
                (gen_random_uuid(), 'blocked', 'objected', '{objected, consent_missing}'),
                (gen_random_uuid(), 'blocked', 'objected',
                    '{objected, consent_missing, register_stale}'),
                (gen_random_uuid(), 'blocked', 'consent_missing', '{consent_missing}')
            """
        )
        assert funnel.all_reasons(connection) == [
            ("blocked", "consent_missing", 3, 1, "None."),
            ("blocked", "objected", 2, 2, "They objected."),
            ("undetermined", "register_stale", 1, 0, "Old."),
        ]
    print_closing_table(fresh_database)
    printed = " ".join(capsys.readouterr().out.split())
    assert "Why a number is not on a list: every reason" in printed
    assert "may have several reasons, so the candidates need not add up" in printed
