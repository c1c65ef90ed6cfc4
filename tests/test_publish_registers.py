"""What the registers say at the moment of publication, and the lists of one controller."""

from __future__ import annotations

from psycopg.types.json import Jsonb
from tests.support_publish import (
    CAMPAIGN,
    decide,
    door,
    land_leads,
    lay_day,
    publish,
    write_files,
    write_registers,
)
from tests.support_registers import change

from ringfence.database import connect
from ringfence.publish import publish_call_lists
from ringfence.settings import Settings

CONSENTS = '"consent_events": {"map": {"phone": "phone", "event_type": "answer"}}'


def test_a_campaign_taken_back_since_the_decision_is_not_published(
    fresh_database: Settings,
) -> None:
    lay_day(fresh_database)
    campaign = fresh_database.registers / "campaigns" / "energy_gb.yml"
    source = fresh_database.registers / "sources" / "web_form.yml"
    changes = (
        (campaign, '"priority": 1', '"priority": 1, "active": false', "been switched off"),
        (campaign, '"priority": 1', '"priority": "first"', "gone from the registers"),
        (source, '"approved"', '"approve"', "lost its approval"),
    )
    for file, old, new, told in changes:
        change(file, old, new)
        report = publish(fresh_database)
        assert (report.status, told in str(report.reason)) == ("refused", True), report.reason
        change(file, new, old)
    log = source.with_name("consent_log.yml")
    log.write_text(
        source.read_text()
        .replace("web_form", "consent_log")
        .replace('"leads": {"map": {"source_record_id": "id", "phone": "phone"}}', CONSENTS)
        .replace('"obtained"', '"delivery": {"expected_every": "1d"}, "obtained"')
    )
    told = {
        "source_id": "consent_log", "controller": "northwind", "approved": {"by": "dpo"},
        "emits": ["consent_events"],
    }  # fmt: skip
    with connect(fresh_database, autocommit=True) as connection:
        connection.execute(
            "insert into ledger.config_versions (kind, sha256, content, accepted_at)"
            " select kind, 'log', content || %s, (select known_as_of from ledger.decision_runs)"
            " from ledger.config_versions where kind = 'sources'",
            [Jsonb([told])],
        )
    approval = '"approved": {"by": "dpo", "on": "2026-01-02"}, '
    change(log, approval, "")
    assert "source consent_log" in str(publish(fresh_database).reason)
    change(log, '"format"', f'{approval}"format"')
    kept = campaign.read_text()
    campaign.unlink()
    assert "gone from the registers" in str(publish(fresh_database).reason)
    campaign.write_text(kept)
    assert publish(fresh_database).status == "published"


def test_a_number_is_in_one_list_of_its_controller_a_day(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    assert publish(fresh_database).count_rows == 5
    second = {**CAMPAIGN, "campaign_id": "solar_gb", "priority": 2}
    write_files(fresh_database.registers, CAMPAIGN, second)
    with connect(fresh_database, autocommit=True) as connection:
        write_registers(connection, CAMPAIGN, second)
        land_leads(connection, range(5, 7))
        decide(connection, range(3, 7), campaign_id="solar_gb")
    (report,) = publish_call_lists(fresh_database, campaign_id="solar_gb", check=door)
    assert (report.count_rows, report.count_removed) == (2, 2)
    with connect(fresh_database) as connection:
        twice = connection.execute(
            "select subject_id from ledger.current_call_list group by 1 having count(*) > 1"
        ).fetchall()
    assert twice == []


def test_one_refused_campaign_does_not_keep_the_others_back(fresh_database: Settings) -> None:
    with connect(fresh_database, autocommit=True) as connection:
        land_leads(connection, range(2))
        write_files(fresh_database.registers, CAMPAIGN)
        broken = {**CAMPAIGN, "campaign_id": "broken", "dialler": "pigeon", "priority": 0}
        write_registers(connection, broken, CAMPAIGN)
        decide(connection, range(2))
        connection.execute(
            "insert into marts.call_funnel_reasons values"
            " ('broken', '2026-11-24', 'objected', 'blocked', 1)"
        )
        connection.execute(
            "insert into marts.call_funnel"
            " values ('broken', '2026-11-24', ledger.now(), 1, 0, 1, 0)"
        )
    reports = publish_call_lists(fresh_database, check=door)
    assert [(report.campaign_id, report.status) for report in reports] == [
        ("broken", "refused"), ("energy_gb", "published"),
    ]  # fmt: skip
