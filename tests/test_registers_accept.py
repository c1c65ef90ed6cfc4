from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from tests.support_registers import (
    ASSESSED,
    CAMPAIGN,
    CONTROLLERS,
    SOURCE,
    STOPS,
    change,
    write_sound_registers,
)

from ringfence.database import connect
from ringfence.errors import Misconfigured, Refusal
from ringfence.registers.accept import accept_registers
from ringfence.registers.retire import retire_source
from ringfence.settings import Settings


@pytest.fixture
def registers(tmp_path: Path) -> Path:
    return write_sound_registers(tmp_path)


def test_registers_are_accepted_once_and_again_only_where_they_changed(
    connection: psycopg.Connection, database: Settings, registers: Path
) -> None:
    settings = _with_registers(database, registers)
    before = _versions(connection)

    accept_registers(connection, settings, "live")
    first = _versions(connection)
    accept_registers(connection, settings, "live")
    assert _versions(connection) == first
    assert len(first) - len(before) == 5

    change(registers / "campaigns/energy.yml", "priority: 1", "priority: 2")
    accept_registers(connection, settings, "live")

    added = _versions(connection)[len(first) :]
    assert [kind for kind, _ in added] == ["campaigns"]
    assert added[0][1][0]["priority"] == 2


def test_a_register_that_returns_to_an_older_state_is_a_new_version(
    connection: psycopg.Connection, database: Settings, registers: Path
) -> None:
    settings = _with_registers(database, registers)
    accept_registers(connection, settings, "live")
    for old, new in (("priority: 1", "priority: 2"), ("priority: 2", "priority: 1")):
        change(registers / "campaigns/energy.yml", old, new)
        accept_registers(connection, settings, "live")

    newest = [content for kind, content in _versions(connection) if kind == "campaigns"][-2:]

    assert [content[0]["priority"] for content in newest] == [2, 1]


def test_what_is_accepted_is_what_the_decision_reads(
    connection: psycopg.Connection, database: Settings, registers: Path
) -> None:
    change(
        registers / "campaigns/energy.yml",
        "priority: 1",
        f"priority: 1\n{ASSESSED}",
    )
    accept_registers(connection, _with_registers(database, registers), "live")
    content = dict(_versions(connection))

    assert content["sources"][0] | {"mapping_sha256": ""} == {
        "source_id": "web", "title": "web", "controller": "acme", "obtained": "from_person",
        "approved": None, "dossier": None, "emits": ["leads"], "register": None,
        "expected_every": None, "timezone": None, "mapping_sha256": "", "demo_only": False,
    }  # fmt: skip
    assert content["campaigns"][0]["active"] is True
    assert content["campaigns"][0]["consent"] is None
    assert content["campaigns"][0]["legitimate_interest"]["valid_until"] == "2027-03-01"
    assert content["controllers"][0]["notices"] == [
        {"version": "n1", "from": "2024-01-01", "language": "en"}
    ]
    assert content["policy_signoffs"][0]["valid_from"] == "2021-10-01"


def test_nothing_is_accepted_while_every_campaign_has_a_fault(
    connection: psycopg.Connection, database: Settings, registers: Path
) -> None:
    change(registers / "campaigns/energy.yml", "priority: 1", "priority: first")
    before = _versions(connection)

    with pytest.raises(Misconfigured) as refusal:
        accept_registers(connection, _with_registers(database, registers), "live")

    assert "energy.yml:8:" in str(refusal.value)
    assert _versions(connection) == before


def test_what_has_a_fault_is_left_out_and_takes_nothing_else_with_it(
    fresh_database: Settings, registers: Path
) -> None:
    second = CAMPAIGN.replace("campaign_id: energy", "campaign_id: second")
    (registers / "campaigns/second.yml").write_text(second, "utf-8")  # the same priority twice
    (registers / "sources/draft.yml").write_text(SOURCE.replace("acme", "undecided"), "utf-8")
    change(registers / "sources/draft.yml", "source_id: web", "source_id: draft")
    change(registers / "policy_signoffs.yml", "country: DE", "country: Germany")
    settings = _with_registers(fresh_database, registers)

    with connect(settings, name="a test", autocommit=True) as connection:
        accepted = accept_registers(connection, settings, "live")
        content = dict(_versions(connection))

    assert [entry["campaign_id"] for entry in content["campaigns"]] == ["energy"]
    assert [entry["source_id"] for entry in content["sources"]] == ["web"]
    assert content["policy_signoffs"] == []
    named = [fault.file.name for fault in accepted.faults]
    assert named == ["second.yml", "policy_signoffs.yml", "draft.yml"]


def test_a_faulty_source_of_objections_holds_back_its_controllers_campaigns(
    fresh_database: Settings, registers: Path
) -> None:
    other = CONTROLLERS.split("controllers:\n")[1].replace("acme", "other")
    change(registers / "controllers.yml", CONTROLLERS, CONTROLLERS + other)
    theirs = CAMPAIGN.replace("id: energy", "id: of_other").replace("acme", "other")
    (registers / "campaigns/of_other.yml").write_text(theirs.replace("web", "theirs"), "utf-8")
    theirs = SOURCE.replace("id: web", "id: theirs").replace("acme", "other")
    (registers / "sources/theirs.yml").write_text(theirs, "utf-8")
    stops = registers / "sources/stops.yml"
    stops.write_text(STOPS, "utf-8")
    settings = _with_registers(fresh_database, registers)

    with connect(settings, name="a test", autocommit=True) as connection:
        assert accept_registers(connection, settings, "live").faults == []
        change(stops, "obtained: from_person", "obtained: somewhere")
        for _ in range(2):  # the second run must not have forgotten what the first left out
            accepted = accept_registers(connection, settings, "live")
            campaigns = [one.campaign_id for one in accepted.registers.campaigns]
            assert campaigns == ["of_other"]
            assert any("held back" in fault.message for fault in accepted.faults)
        change(stops, "obtained: somewhere", "obtained: from_person")
        accepted = accept_registers(connection, settings, "live")

    assert [one.campaign_id for one in accepted.registers.campaigns] == ["energy", "of_other"]


@pytest.mark.parametrize("fate", ["renamed", "gone"])
def test_a_source_of_objections_that_is_not_read_any_more_holds_lists_back_until_it_is_retired(
    fresh_database: Settings, registers: Path, fate: str
) -> None:
    stops = registers / "sources/stops.yml"
    stops.write_text(STOPS, "utf-8")
    second = CAMPAIGN.replace("id: energy", "id: second").replace("priority: 1", "priority: 2")
    settings = _with_registers(fresh_database, registers)

    with connect(settings, name="a test", autocommit=True) as connection:
        accept_registers(connection, settings, "live")
        if fate == "renamed":
            stops.rename(stops.with_name("objections.yml"))
        else:
            stops.unlink()
        (registers / "campaigns/second.yml").write_text(second, "utf-8")
        with pytest.raises(Misconfigured, match="held back: the source `stops`"):
            accept_registers(connection, settings, "live")
        retire_source(settings, "stops", reason="the shop closed", approved_by="dpo")
        accepted = accept_registers(connection, settings, "live")

    assert [one.campaign_id for one in accepted.registers.campaigns] == ["energy", "second"]


def test_a_source_in_force_cannot_be_retired_nor_one_nobody_knows(
    fresh_database: Settings, registers: Path
) -> None:
    settings = _with_registers(fresh_database, registers)
    with connect(settings, name="a test", autocommit=True) as connection:
        accept_registers(connection, settings, "live")
    for source_id, told in (("web", "still in force"), ("wbe", "There is no source `wbe`")):
        with pytest.raises((Refusal, Misconfigured), match=told):
            retire_source(settings, source_id, reason="over", approved_by="dpo")


def _with_registers(settings: Settings, registers: Path) -> Settings:
    return replace(settings, registers=registers)


def _versions(connection: psycopg.Connection) -> list[tuple[str, list[dict[str, object]]]]:
    rows = connection.execute(
        "select kind, content::text from ledger.config_versions order by seq"
    ).fetchall()
    return [(kind, json.loads(content)) for kind, content in rows]
