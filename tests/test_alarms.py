from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from ringfence import clock
from ringfence.alarms import (
    Alarm,
    AlarmKind,
    due_alarms,
    odd_share,
    of_rejected,
)
from ringfence.database import connect
from ringfence.landing.batches import BatchReport
from ringfence.notify import notify
from ringfence.registers.official import rules_in_force
from ringfence.settings import Settings

SOURCE = """\
source_id: {name}
controller: nordlicht
obtained: from_person
delivery: {{pattern: "*.csv", expected_every: 2d}}
format: {{type: csv}}
{register}columns: {{phone: phone, kind: {{constant: objection}}, country: {{constant: GB}}}}
emits: {{{kind}: {{}}}}
"""
CAMPAIGN = """\
campaign_id: {name}
controller: nordlicht
purpose: energy_offers
call_mode: live_manual
sector: other
countries: [GB]
sources: [shop_leads]
priority: {priority}
dialler: generic
cut_off: "{cut_off}"
timezone: {zone}
"""


@pytest.fixture
def home(fresh_database: Settings, tmp_path: Path) -> Settings:
    """Return a demo home (it is 2026-11-24 05:00 UTC) with registers of its own."""
    registers = tmp_path / "registers"
    for name in ("sources", "campaigns"):
        (registers / name).mkdir(parents=True)
    texts = {
        "sources/stops.yml": SOURCE.format(name="stops", kind="suppression", register=""),
        "sources/gb_tps.yml": SOURCE.format(
            name="gb_tps", kind="register", register="register: gb_tps\n"
        ).replace(", kind: {constant: objection}", ""),
        "campaigns/early.yml": CAMPAIGN.format(
            name="early", priority=1, cut_off="05:00", zone="Europe/Berlin"
        ),
        "campaigns/late.yml": CAMPAIGN.format(name="late", priority=2, cut_off="04:45", zone="UTC"),
    }
    for name, text in texts.items():
        (registers / name).write_text(text, "utf-8")
    return replace(fresh_database, registers=registers)


@pytest.fixture
def pipeline(home: Settings) -> Iterator[psycopg.Connection]:
    with connect(home, name="a test", autocommit=True) as connection:
        yield connection


def found(connection: psycopg.Connection, home: Settings, kind: AlarmKind) -> list[Alarm]:
    return [alarm for alarm in due_alarms(connection, home) if alarm.kind == kind]


def accept(connection: psycopg.Connection, source_id: str, age: timedelta) -> str:
    """Write an accepted batch of a source, `age` before now."""
    batch_id = str(uuid4())
    connection.execute(
        """
        insert into landing.batches (
            batch_id, delivery_id, part, source_id, controller_id, file_sha256, mapping_sha256,
            status, received_at, accepted_at
        )
        values (%(id)s, %(id)s, 'rest', %(source)s, 'nordlicht', gen_random_uuid()::text, 'm',
            'accepted',
            %(at)s, %(at)s)
        """,
        {"id": batch_id, "source": source_id, "at": clock.now(connection) - age},
    )
    return batch_id


def decided(connection: psycopg.Connection, day: date, **callable_of_1000: int) -> str:
    """Write a finished decision run of a day."""
    run_id = str(uuid4())
    counts = {
        name: {"count_candidates": 1000, "count_callable": count}
        for name, count in callable_of_1000.items()
    }
    connection.execute(
        "insert into ledger.decision_runs (run_id, mode, call_date, known_as_of, code_version)"
        " values (%s, 'daily', %s, ledger.now(), 'test')",
        [run_id, day],
    )
    connection.execute(
        "insert into ledger.decision_totals values (%s, %s, ledger.now())",
        [run_id, Jsonb({"campaigns": counts})],
    )
    return run_id


def test_a_source_is_silent_when_it_never_came_or_is_later_than_it_promised(
    home: Settings, pipeline: psycopg.Connection
) -> None:
    silent = found(pipeline, home, AlarmKind.SOURCE_SILENT)
    assert [alarm.object_id for alarm in silent] == ["stops", "gb_tps"]
    accept(pipeline, "stops", timedelta(days=3))
    accept(pipeline, "gb_tps", timedelta(days=2, hours=1))
    (alarm,) = found(pipeline, home, AlarmKind.SOURCE_SILENT)
    assert alarm.object_id == "stops"
    assert "since 2026-11-21 05:00 UTC; it is expected every 2 days" in alarm.sentence
    accept(pipeline, "stops", timedelta(hours=1))
    assert found(pipeline, home, AlarmKind.SOURCE_SILENT) == []


def test_a_register_is_told_of_three_days_before_it_goes_stale(
    home: Settings, pipeline: psycopg.Connection
) -> None:
    def publish(age: timedelta) -> None:
        batch_id = accept(pipeline, "gb_tps", timedelta(0))
        pipeline.execute(
            "insert into ledger.register_snapshots (snapshot_id, register_id, batch_id,"
            " published_at, count_entries, count_added, count_removed)"
            " values (%s, 'gb_tps', %s, %s, 1, 1, 0)",
            [batch_id, batch_id, clock.now(pipeline) - age],
        )

    (never,) = found(pipeline, home, AlarmKind.REGISTER_GOES_STALE)
    assert "has never been loaded" in never.sentence
    publish(timedelta(days=29))
    (stale,) = found(pipeline, home, AlarmKind.REGISTER_GOES_STALE)
    assert "went stale on 2026-11-23 05:00 UTC" in stale.sentence
    publish(timedelta(days=25, hours=1))
    (old,) = found(pipeline, home, AlarmKind.REGISTER_GOES_STALE)
    assert "of 2026-10-30 may be used until 2026-11-27 04:00 UTC" in old.sentence
    publish(timedelta(days=24))
    assert found(pipeline, home, AlarmKind.REGISTER_GOES_STALE) == []


def test_of_a_register_that_answers_controllers_only_ones_own_answer_counts(
    home: Settings, pipeline: psycopg.Connection
) -> None:
    text = SOURCE.format(name="washes", kind="register", register="register: it_rpo\n")
    text = text.replace(", kind: {constant: objection}", "").replace("constant: GB", "constant: IT")
    (home.registers / "sources" / "washes.yml").write_text(text, "utf-8")

    def answer(controller_id: str) -> list[str]:
        batch_id = accept(pipeline, "washes", timedelta(0))
        pipeline.execute(
            "update landing.batches set controller_id = %s where batch_id = %s",
            [controller_id, batch_id],
        )
        pipeline.execute(
            "insert into ledger.register_snapshots (snapshot_id, register_id, batch_id,"
            " published_at, count_entries, count_added, count_removed)"
            " values (%s, 'it_rpo', %s, %s, 1, 1, 0)",
            [batch_id, batch_id, clock.now(pipeline)],
        )
        stale = found(pipeline, home, AlarmKind.REGISTER_GOES_STALE)
        return [alarm.object_id for alarm in stale]

    assert answer("somebody_else") == ["gb_tps", "it_rpo"]
    assert answer("nordlicht") == ["gb_tps"]


def test_the_rules_of_registers_are_those_that_some_law_names_on_that_day() -> None:
    assert rules_in_force("gb_tps", date(2026, 11, 24)) == [("age_days:28", "Europe/London")]
    assert rules_in_force("nl_bel_me_niet", date(2021, 6, 30))
    assert rules_in_force("nl_bel_me_niet", date(2021, 7, 1)) == []


def test_a_missing_list_is_told_half_an_hour_after_the_campaigns_own_cut_off(
    home: Settings, pipeline: psycopg.Connection
) -> None:
    # 05:00 in Berlin was an hour ago; 04:45 UTC is not half an hour past.
    (alarm,) = found(pipeline, home, AlarmKind.NO_LIST)
    assert alarm.object_id == "early"
    assert "no call list for 2026-11-24; its cut-off was 05:00 Europe/Berlin" in alarm.sentence


def test_a_published_list_or_a_deliberate_stop_is_no_missing_list(
    home: Settings, pipeline: psycopg.Connection
) -> None:
    pipeline.execute(
        "insert into ledger.publication_stops (action, campaign_id, reason, actor, recorded_at)"
        " values ('stop', 'early', 'a test', 'a test', ledger.now())"
    )
    assert found(pipeline, home, AlarmKind.NO_LIST) == []
    pipeline.execute(
        "insert into ledger.publication_stops (action, campaign_id, reason, actor, recorded_at)"
        " values ('resume', 'early', 'a test', 'a test', ledger.now())"
    )
    assert len(found(pipeline, home, AlarmKind.NO_LIST)) == 1
    pipeline.execute(
        "insert into ledger.publications (list_id, status, campaign_id, call_date, run_id, edition,"
        " count_rows, valid_until, recorded_at)"
        " values (%s, 'published', 'early', '2026-11-24', %s, 1, 0, ledger.now(), ledger.now())",
        [uuid4(), decided(pipeline, date(2026, 11, 24), early=1)],
    )
    assert found(pipeline, home, AlarmKind.NO_LIST) == []


def test_a_share_off_the_median_of_its_seven_days_is_told_for_that_campaign_alone(
    home: Settings, pipeline: psycopg.Connection
) -> None:
    for day in range(16, 24):
        decided(pipeline, date(2026, 11, day), early=400, late=10)
    decided(pipeline, date(2026, 11, 24), early=900, late=9)
    decided(pipeline, date(2026, 11, 24), early=290, late=9)  # the day's last run counts
    (alarm,) = found(pipeline, home, AlarmKind.SHARE_OFF_MEDIAN)
    assert alarm.object_id == "early"
    assert "29.0% are callable on 2026-11-24; the median of its last days is 40.0%" in (
        alarm.sentence
    )


def test_a_sunday_like_the_last_sunday_is_not_odd_and_two_days_are_no_history() -> None:
    week = {date(2026, 11, day): 0.4 for day in range(16, 22)}
    sunday = {date(2026, 11, 15): 0.0, **week, date(2026, 11, 22): 0.0}
    assert odd_share(sunday) is None
    assert odd_share({**sunday, date(2026, 11, 15): 0.4}) is not None
    assert odd_share({date(2026, 11, 21): 0.4, date(2026, 11, 22): 0.1}) is None
    assert odd_share({**week, date(2026, 11, 22): 0.49}) is None


def test_rejected_deliveries_of_a_source_are_one_alarm_with_their_codes() -> None:
    reports = [
        BatchReport("b1", "shop", "rejected", reason_code="column_missing", reason="…"),
        BatchReport("b2", "shop", "rejected", reason_code="door_check_failed", reason="…"),
        BatchReport("b3", "fair", "accepted"),
    ]
    (alarm,) = of_rejected(reports)
    assert alarm.object_id == "shop"
    assert "(column_missing, door_check_failed)" in alarm.sentence


def test_an_alarm_is_told_once_in_twenty_hours_and_kept_in_the_audit_ledger(
    home: Settings, pipeline: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    due = due_alarms(pipeline, home)
    assert len(due) >= 4
    assert notify(home, pipeline, due) == due
    assert all(alarm.sentence in caplog.text for alarm in due)
    assert notify(home, pipeline, due) == []
    other = replace(due[0], object_id="another_source")
    assert notify(home, pipeline, [*due, other]) == [other]
    kept = pipeline.execute(
        "select action, object_id, details ->> 'told_by' from ledger.audit_events"
        " where actor = 'notify' order by seq"
    ).fetchall()
    assert kept == [(one.kind.value, one.object_id, "log") for one in [*due, other]]


def test_an_alarm_of_yesterday_is_told_again(home: Settings, pipeline: psycopg.Connection) -> None:
    (alarm,) = found(pipeline, home, AlarmKind.NO_LIST)
    yesterday: datetime = clock.now(pipeline) - timedelta(hours=21)
    pipeline.execute(
        "insert into ledger.audit_events (recorded_at, actor, action, object_kind, object_id)"
        " values (%s, 'notify', %s, 'campaign', %s)",
        [yesterday, alarm.kind.value, alarm.object_id],
    )
    assert notify(home, pipeline, [alarm]) == [alarm]
