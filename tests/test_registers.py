from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from tests.support_registers import (
    ASSESSED,
    CAMPAIGN,
    CONTROLLERS,
    change,
    write_sound_registers,
)

from ringfence.registers.campaigns import DIALLERS, SECTORS, load_campaigns
from ringfence.registers.controllers import Controller, joint_groups
from ringfence.registers.load import Registers, check_registers, load_registers
from ringfence.registers.policy_signoffs import load_policy_signoffs
from ringfence.settings import product_folder


@pytest.fixture
def registers(tmp_path: Path) -> Path:
    return write_sound_registers(tmp_path)


def told(registers: Path) -> list[str]:
    return [str(fault) for fault in check_registers(registers, "live")]


def test_sound_registers_have_no_fault(registers: Path) -> None:
    found, faults = load_registers(registers, "live")

    assert faults == []
    assert [campaign.campaign_id for campaign in found.campaigns] == ["energy"]
    assert found.controllers[0].notices[0].version == "n1"
    assert found.policy_signoffs[0].row == ("DE", "consumer", "any", "2021-10-01")


def test_the_faults_of_all_registers_are_told_at_once_with_file_and_line(registers: Path) -> None:
    change(registers / "sources/web.yml", "obtained: from_person", "obtained: found")
    change(registers / "campaigns/energy.yml", "live_manual", "robot")
    change(registers / "campaigns/energy.yml", "Europe/Berlin", "Europe/Nowhere")
    change(registers / "controllers.yml", "language: en", "language: English")
    change(registers / "policy_signoffs.yml", "2021-10-01", "1 October 2021")

    faults = told(registers)

    for place in ("web.yml:3", "energy.yml:4", "energy.yml:11", "controllers.yml:8"):
        assert sum(fault.startswith(f"{place}:") for fault in faults) == 1, place
    assert any(fault.startswith("policy_signoffs.yml:2:") for fault in faults)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("campaign_id: energy", "campaign_id: power", 1, "must be the name of the file"),
        ("controller: acme", "controller: nobody", 2, "is not in controllers.yml"),
        ("purpose: energy_offers", "purpose: solar_offers", 3, "is no purpose of `acme`"),
        ("sector: energy_supply", "sector: energy", 5, "must be one of"),
        ("countries: [DE, GB]", "countries: [DE, Germany]", 6, "which is no code"),
        ("countries: [DE, GB]", "countries: [DE, XQ]", 6, "which is no code"),
        ("sources: [web]", "sources: [wb]", 7, "there is no source `wb`"),
        ("sources: [web]", "sources: [web, web]", 7, "the same one twice"),
        ("sources: [web]", "sources: []", 7, "`sources` is missing"),
        ("priority: 1", "priority: first", 8, "a number from 1 to 999"),
        ("dialler: generic", "dialler: rotary", 9, "must be one of"),
        ('cut_off: "05:00"', 'cut_off: "25:00"', 10, "a time like 05:00"),
        ("timezone: Europe/Berlin", "timezone: Berlin", 11, "a name such as Europe/Berlin"),
        ("priority: 1", "priorty: 1", 8, "did you mean `priority`?"),
        ("priority: 1", "priority: 1\nconsent: {max_age_days: 0}", 9, "from 1 to 3650"),
        ("priority: 1", "priority: 1\naudiences: [consumer, unknown]", 9, "`unknown` is none"),
        ("priority: 1", "priority: 1\nspecial_category: health", 9, "is refused without"),
        ("priority: 1", "priority: 1\nspecial_category: wealth", 9, "must be one of"),
        ("priority: 1", "priority: 1\nexplicit_consent_notice: n1", 9, "goes with"),
        (
            "priority: 1",
            "priority: 1\nspecial_category: health\nexplicit_consent_notice: n9",
            10,
            "`n9` is no notice of `acme`",
        ),
        (
            "priority: 1",
            f"priority: 1\n{ASSESSED.replace('2027', '2025')}",
            9,
            "lies before `on`",
        ),
    ],
)  # fmt: skip
def test_a_fault_of_a_campaign_names_its_line(
    registers: Path, old: str, new: str, line: int, words: str
) -> None:
    change(registers / "campaigns/energy.yml", old, new)

    assert any(f"energy.yml:{line}: " in fault and words in fault for fault in told(registers))


def test_a_segment_of_special_data_is_called_with_an_explicit_notice_only(registers: Path) -> None:
    change(
        registers / "campaigns/energy.yml", "priority: 1", "priority: 1\nspecial_category: health"
    )
    assert load_registers(registers, "live")[0].campaigns == []

    change(
        registers / "campaigns/energy.yml",
        "priority: 1", "priority: 1\nexplicit_consent_notice: n1",
    )  # fmt: skip
    (campaign,) = load_registers(registers, "live")[0].campaigns
    assert (campaign.special_category, campaign.explicit_consent_notice) == ("health", "n1")


@pytest.mark.parametrize(
    ("dossier", "words"),
    [
        ("{sample_rate: 0, verified: 1, of: 9, on: 2026-01-01}", "above 0 and at most 1"),
        ("{sample_rate: 5, verified: 1, of: 9, on: 2026-01-01}", "above 0 and at most 1"),
        ("{sample_rate: NaN, verified: 1, of: 9, on: 2026-01-01}", "above 0 and at most 1"),
        ("{sample_rate: some, verified: 1, of: 9, on: 2026-01-01}", "above 0 and at most 1"),
        ("{sample_rate: 0.05, verified: 10, of: 9, on: 2026-01-01}", "is more than `of`"),
        ("{sample_rate: 0.05, verified: 1, of: 0, on: 2026-01-01}", "from 1 to"),
        ("{sample_rate: 0.05, of: 9, on: 2026-01-01}", "`dossier.verified` is missing"),
        ("{sample_rate: 0.05, verified: 1, of: 9}", "`dossier.on` is missing"),
    ],
)
def test_a_fault_of_a_dossier_says_what_it_should_hold(
    registers: Path, dossier: str, words: str
) -> None:
    change(
        registers / "sources/web.yml",
        "obtained: from_person", f"obtained: bought\ndossier: {dossier}",
    )  # fmt: skip
    assert any(fault.startswith("web.yml:4:") and words in fault for fault in told(registers))


def test_a_faulty_campaign_does_not_take_another_one_down(registers: Path) -> None:
    (registers / "campaigns/broken.yml").write_text("campaign_id: [", "utf-8")

    campaigns, faults = load_campaigns(registers, "live")

    assert [campaign.campaign_id for campaign in campaigns] == ["energy"]
    assert [fault.file.name for fault in faults] == ["broken.yml"]


def test_a_campaign_under_another_ending_is_not_overlooked(registers: Path) -> None:
    (registers / "campaigns/energy.yml").rename(registers / "campaigns/energy.yaml")

    assert any("rename the file" in fault for fault in told(registers))


def test_two_campaigns_of_one_controller_cannot_share_a_priority(registers: Path) -> None:
    second = CAMPAIGN.replace("campaign_id: energy", "campaign_id: second")
    (registers / "campaigns/second.yml").write_text(second, "utf-8")
    assert any("has this priority already" in fault for fault in told(registers))

    change(registers / "campaigns/second.yml", "priority: 1", "priority: 1\nactive: false")
    assert told(registers) == []


def test_a_campaign_cannot_use_the_leads_of_another_controller(registers: Path) -> None:
    other = CONTROLLERS.split("controllers:\n")[1].replace("acme", "other")
    change(registers / "controllers.yml", CONTROLLERS, CONTROLLERS + other)
    change(registers / "sources/web.yml", "controller: acme", "controller: other")

    assert told(registers) == ["energy.yml:7: the source `web` belongs to another controller"]


def test_a_campaign_for_real_cannot_rest_on_what_is_for_the_demo_only(registers: Path) -> None:
    change(registers / "sources/web.yml", "source_id: web", "source_id: web\ndemo_only: true")

    assert told(registers) == ["energy.yml:7: the source `web` is for the demo only"]


def test_entries_for_the_demo_only_do_not_count_in_a_live_home(registers: Path) -> None:
    for name in ("sources/web.yml", "campaigns/energy.yml"):
        file = registers / name
        file.write_text(f"demo_only: true\n{file.read_text('utf-8')}", "utf-8")
    change(registers / "controllers.yml", "name: Acme", "demo_only: true\n    name: Acme")
    change(registers / "policy_signoffs.yml", "on: 2026-01-05", "on: 2026-01-05, demo_only: true")

    live, faults = load_registers(registers, "live")
    demo, _ = load_registers(registers, "demo")

    assert faults == []
    assert live == Registers([], [], [], [])
    assert demo.sources
    assert demo.campaigns
    assert demo.controllers
    assert demo.policy_signoffs


def test_a_signature_under_no_policy_row_is_a_fault(registers: Path) -> None:
    change(registers / "policy_signoffs.yml", "2021-10-01", "2021-10-02")

    signoffs, faults = load_policy_signoffs(registers, "live")

    assert signoffs == []
    assert "no policy row has this" in faults[0].message


@pytest.mark.parametrize(
    "cell",
    [
        "country: DE", "audience: consumer", "line_type: any", "valid_from: 2021-10-01",
        "signed_by: dpo", "on: 2026-01-05",
    ],
)  # fmt: skip
def test_a_signature_that_lacks_a_word_counts_for_nothing(registers: Path, cell: str) -> None:
    change(registers / "policy_signoffs.yml", cell, f"{cell.split(':')[0]}: ")

    signoffs, faults = load_policy_signoffs(registers, "live")

    assert signoffs == []
    assert faults


def test_a_signature_under_a_row_that_reads_otherwise_now_counts_no_more(registers: Path) -> None:
    signed = load_policy_signoffs(registers, "live")[0][0].content
    change(registers / "policy_signoffs.yml", signed, "0123456789ab")

    signoffs, faults = load_policy_signoffs(registers, "live")

    assert signoffs == []
    assert str(faults[0]).startswith("policy_signoffs.yml:3: this policy row does not read as it")
    assert "policy rows --country DE" in faults[0].message


def test_a_controller_without_purposes_or_given_twice_is_a_fault(registers: Path) -> None:
    (registers / "controllers.yml").write_text(
        CONTROLLERS
        + CONTROLLERS.split("controllers:\n")[1]
        + "  - {controller_id: idle, name: Idle, contact: dpo@idle.example}\n",
        "utf-8",
    )

    faults = told(registers)

    assert "controllers.yml:9: the controller `acme` is given twice" in faults
    assert any("controllers.yml:16: `purposes` is missing" in fault for fault in faults)


def test_controllers_are_joint_both_ways_and_with_those_of_the_other() -> None:
    def controller(name: str, *joint_with: str) -> Controller:
        return Controller(name, name, "", False, (), (), joint_with, Path(), 1)

    assert joint_groups(
        [controller("a", "b"), controller("b"), controller("c", "b"), controller("d")]
    ) == {"a": ("b", "c"), "b": ("a", "c"), "c": ("a", "b"), "d": ()}


def test_a_joint_controller_that_is_not_there_is_a_fault(registers: Path) -> None:
    change(registers / "controllers.yml", "name: Acme", "joint_with: [other]\n    name: Acme")
    assert any("`joint_with` names `other`" in fault for fault in told(registers))


def test_what_follows_from_one_fault_is_not_told_as_another(registers: Path) -> None:
    change(registers / "controllers.yml", "language: en", "language: English")

    faults = told(registers)

    assert sum("controllers.yml:8:" in fault for fault in faults) == 1
    follow_up = "the controller `acme` has faults of its own (controllers.yml:2)"
    assert [fault for fault in faults if "acme" in fault] == [
        f"energy.yml:2: {follow_up}",
        f"web.yml:2: {follow_up}",
    ]


def test_every_sector_that_a_law_names_can_be_declared() -> None:
    assert "other" in SECTORS
    assert len(SECTORS) == len(set(SECTORS))
    assert all(re.fullmatch(r"[a-z_]+", sector) for sector in SECTORS)
    seeds = product_folder("dbt_project") / "seeds"
    for seed in ("sector_overrides.csv", "relation_windows.csv"):
        with (seeds / seed).open(encoding="utf-8", newline="") as file:
            assert {row["sector"] for row in csv.DictReader(file)} <= {*SECTORS, "*"}


def test_the_shipped_registers_have_no_fault_and_are_for_the_demo_only() -> None:
    shipped = product_folder("dags")

    demo, faults = load_registers(shipped, "demo")
    live, _ = load_registers(shipped, "live")

    assert faults == []
    assert len(demo.campaigns) >= 3
    assert {campaign.dialler for campaign in demo.campaigns} == set(DIALLERS)
    assert live == Registers([], [], [], [])
