"""Decide, publish and explain under overlays of the country policy: each says that it was there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.support_decision import World, verdict_of, write_registers
from tests.support_publish import decide as lay_decisions
from tests.support_publish import lay_day, number, publish

from ringfence.auditor_site.lists import published_lists
from ringfence.clock import now
from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.explain import explain
from ringfence.home import Home
from ringfence.settings import Settings

APPROVALS = [{"by": "Counsel", "on": "2026-11-02"}, {"by": "Officer", "on": "2026-11-03"}]
LONG_EVENINGS = [
    {"country": "DE", "audience": "consumer", "column": column, "value": value, "basis": "policy"}
    for column, value in (("call_start_local", "09:00"), ("call_end_local", "21:00"))
]
SHORT_DAYS = [
    {"country": "DK", "audience": "business", "column": column, "value": value}
    for column, value in (
        ("call_start_local", "10:00"), ("call_end_local", "15:00"),
        ("break_start_local", "12:00"), ("break_end_local", "13:00"),
    )
]  # fmt: skip
ENDED = [{"country": "GB", "audience": "consumer", "column": "call_weekdays", "value": "1"}]


def write_overlay(
    registers: Path, overlay_id: str, cells: list[dict[str, str]], **days: str
) -> None:
    period = {"line_type": "any", "from": "2026-11-10", "until": "2026-12-31"} | days
    overlay: dict[str, Any] = {
        "overlay_id": overlay_id, "reason": "The trade fair", "approvals": APPROVALS,
        "cells": [cell | period for cell in cells],
    }  # fmt: skip
    file = registers / "policy_overlays" / f"{overlay_id}.yml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(overlay, indent=1), "utf-8")


@pytest.fixture(scope="module")
def decided(
    database: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[psycopg.Connection]:
    interest = {"assessment": "LIA-1", "on": "2026-01-01", "valid_until": "2026-12-31"}
    registers = write_registers(
        tmp_path_factory.mktemp("registers"), energy={"legitimate_interest": interest}
    )
    write_overlay(registers, "long_evenings", LONG_EVENINGS)
    write_overlay(registers, "short_days", SHORT_DAYS)
    write_overlay(registers, "ended", ENDED, until="2026-11-23")
    settings = replace(database, registers=registers)
    with connect(settings) as connection:
        world = World(connection)
        world.lead("german")
        world.consent("german")
        world.lead("german with a danish address", address_country="DK")
        world.consent("german with a danish address")
        for subject, region, audience in (
            ("danish", "DK", "generic_company"), ("british", "GB", "consumer"),
        ):  # fmt: skip
            world.lead(subject, region=region, audience=audience)
        world.register("gb_tps")
    decide(settings)
    with connect(settings, "analyst", name="a test") as connection:
        yield connection


def windows(connection: psycopg.Connection, subject: str) -> str | None:
    told: str | None = verdict_of(connection, subject).row["call_windows"]
    return told


def test_an_overlay_widens_and_narrows_the_window_of_its_days(decided: psycopg.Connection) -> None:
    assert windows(decided, "german") == "09:00-21:00"
    assert windows(decided, "danish") == "10:00-12:00;13:00-15:00"
    assert verdict_of(decided, "british").verdict == "callable"
    assert windows(decided, "british") == "09:00-20:00"


def test_every_decision_names_the_rows_that_bind_and_what_changed_them(
    decided: psycopg.Connection,
) -> None:
    found = {
        subject: verdict_of(decided, subject).row["policy_ids"]
        for subject in ("german", "danish", "british")
    }
    assert found == {
        "german": ["DE/consumer/any/2021-10-01+long_evenings"],
        "danish": ["DK/business/any/2018-05-25+short_days"],
        "british": ["GB/consumer/any/2026-02-05"],
    }


def test_each_campaign_names_the_overlays_that_its_candidates_were_decided_under(
    decided: psycopg.Connection,
) -> None:
    rows = decided.execute(
        "select overlay_id, reason, valid_until, count_candidates"
        " from governance.campaign_overlays where campaign_id = 'energy' order by 1"
    ).fetchall()
    assert rows == [
        ("long_evenings", "The trade fair", date(2026, 12, 31), 2),
        ("short_days", "The trade fair", date(2026, 12, 31), 1),
    ]


@pytest.fixture
def published(fresh_database: Settings) -> Settings:
    """Return a published day on which an overlay had changed the law of number 0."""
    lay_day(fresh_database, 2)
    with connect(fresh_database, autocommit=True) as connection:
        lay_decisions(connection, range(2))
        connection.execute(
            """
            insert into governance.campaign_overlays
            select run_id, 'energy_gb', 'long_evenings', 'The trade fair', '2026-12-31', 1
            from ledger.decision_runs order by seq desc limit 1
            """
        )
        connection.execute(
            "create table marts.call_decision_reasons"
            " (candidate_id uuid, reason_code text, evidence_id text, detail text)"
        )
        connection.execute(
            """
            insert into ledger.call_decisions (
                decision_id, run_id, subject_id, campaign_id, call_date, verdict, reason_codes,
                evidence_ids, ground
            )
            select decision_id, run_id, subject_id, campaign_id, call_date, verdict, '{}', '{}',
                ground
            from marts.call_decisions
            """
        )
        connection.execute(
            "update marts.call_decisions set policy_ids"
            " = '{GB/consumer/any/2026-02-05+long_evenings}'"
        )
    publish(fresh_database)
    return fresh_database


@pytest.mark.parametrize(("effect", "status"), [("loosens", "refused"), ("tightens", "published")])
def test_no_list_leaves_under_a_loosening_that_was_taken_back_since_its_decision(
    fresh_database: Settings, effect: str, status: str
) -> None:
    overlay = {"overlay_id": "gone", "cells": [{"effect": effect, "value": "21:00"}]}
    with connect(fresh_database, autocommit=True) as connection:
        connection.execute(
            "insert into ledger.config_versions (kind, sha256, content, accepted_at)"
            " values ('policy_overlays', 'x', %s, ledger.now())",
            [json.dumps([overlay])],
        )
    lay_day(fresh_database, 2)
    report = publish(fresh_database)
    assert report.status == status
    if status == "refused":
        assert "is in force no more" in str(report.reason)
        assert "overlay gone" in str(report.reason)


def test_no_list_leaves_under_a_signature_that_was_taken_back_since_its_decision(
    fresh_database: Settings,
) -> None:
    signoff = {"country": "GB", "audience": "consumer", "content": "of another row"}
    with connect(fresh_database, autocommit=True) as connection:
        connection.execute(
            "insert into ledger.config_versions (kind, sha256, content, accepted_at)"
            " values ('policy_signoffs', 'x', %s, ledger.now())",
            [json.dumps([signoff])],
        )
    lay_day(fresh_database, 2)
    assert "signature GB/consumer" in str(publish(fresh_database).reason)


def test_a_list_made_under_an_overlay_names_it_in_its_manifest_and_on_the_site(
    published: Settings,
) -> None:
    told = {
        "overlay_id": "long_evenings", "reason": "The trade fair", "valid_until": "2026-12-31",
        "count_candidates": 1,
    }  # fmt: skip
    folder = Home(published.home).list_folder(date(2026, 11, 24), "energy_gb")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["policy_overlays"] == [told]
    with connect(published) as connection:
        (found,) = published_lists(connection, published, now(connection))
    assert found.overlays == (told,)
    assert found.proof == "whole"


def test_a_memo_names_the_overlay_that_a_decision_was_made_under(published: Settings) -> None:
    text = " ".join(explain(published, number(0), None, actor="auditor").text.split())
    assert (
        "Policy: decided under the policy row GB/consumer/any/2026-02-05 (country/audience/line"
        " type/in force since), as changed by the overlay long_evenings" in text
    )
