"""Hints on what the law waits for: a signature nobody gave, a register nobody loads or renews."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.support_commands import run_command
from tests.test_hints import CAMPAIGN, CONTROLLERS, SOURCE, change

from ringfence.cli import group
from ringfence.registers.law_hints import law_hints
from ringfence.registers.load import load_registers
from ringfence.registers.policy_rows import policy_rows
from ringfence.settings import Settings

DAY = date(2026, 11, 24)
TPS = """\
source_id: {name}
controller: acme
obtained: public
delivery: {{pattern: "*.txt", published_at: {{file_name: "tps_%Y-%m-%d.txt"}}}}
format: {{type: gb_tps}}
columns: {{phone: number}}
emits: {{register: {{}}}}
register: {name}
"""


@pytest.fixture
def registers(tmp_path: Path) -> Path:
    (tmp_path / "sources").mkdir()
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "controllers.yml").write_text(CONTROLLERS, "utf-8")
    text = CAMPAIGN.replace("[DE]", "[GB]")
    (tmp_path / "campaigns" / "autumn.yml").write_text(text, "utf-8")
    (tmp_path / "sources" / "web.yml").write_text(SOURCE, "utf-8")
    return tmp_path


def told(registers: Path) -> list[str]:
    found, faults = load_registers(registers, "live")
    assert [str(fault) for fault in faults] == []
    return [str(hint) for hint in law_hints(found, DAY)]


def sign(registers: Path, *audiences: str) -> None:
    rows = [
        f"  - {{country: GB, audience: {row.key[1]}, line_type: any, valid_from:"
        f" {row.cells['valid_from']}, content: {row.content}, signed_by: counsel, on: 2026-11-02}}"
        for row in policy_rows()
        if row.key[0] == "GB" and row.key[1] in audiences and row.is_in_force(DAY, DAY)
    ]
    (registers / "policy_signoffs.yml").write_text("signoffs:\n" + "\n".join(rows), "utf-8")


def load(registers: Path, *names: str) -> None:
    for name in names:
        (registers / "sources" / f"{name}.yml").write_text(TPS.format(name=name), "utf-8")


def test_a_country_whose_policy_nobody_signed_is_named_with_its_rows(registers: Path) -> None:
    load(registers, "gb_tps", "gb_ctps")
    (hint,) = told(registers)
    assert hint.startswith("autumn.yml:6: GB: nobody has signed the policy of GB/")
    assert "GB/consumer/any/2026-02-05" in hint
    assert "GB/business/any/2026-02-05" in hint
    assert "./ringfence policy rows --country GB" in hint
    sign(registers, "consumer")
    (hint,) = told(registers)
    assert "GB/consumer" not in hint
    sign(registers, "consumer", "business")
    assert told(registers) == []


def test_a_register_that_no_source_loads_is_named(registers: Path) -> None:
    sign(registers, "consumer", "business")
    assert told(registers) == [
        "autumn.yml:6: GB: no source loads `gb_ctps`, `gb_tps`, which its law has asked; whoever"
        " must be screened stays undetermined (register_missing)"
    ]
    load(registers, "gb_tps")
    assert "loads `gb_ctps`, which" in told(registers)[0]


@pytest.mark.parametrize(
    ("country", "words"),
    [("AU", "no policy row says what its law asks"), ("PR", "signed the policy of US/")],
)
def test_a_country_without_a_policy_and_one_that_follows_anothers_are_told_apart(
    registers: Path, country: str, words: str
) -> None:
    change(registers / "campaigns" / "autumn.yml", "[GB]", f"[{country}]")
    assert words in told(registers)[0]


def test_a_campaign_that_rests_gets_no_hint_of_the_law(registers: Path) -> None:
    change(registers / "campaigns" / "autumn.yml", "priority: 1", "priority: 1\nactive: false")
    assert told(registers) == []


def test_the_check_tells_of_a_register_that_was_never_loaded(
    registers: Path, fresh_database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(registers, "gb_tps", "gb_ctps")
    sign(registers, "consumer", "business")
    home = replace(fresh_database, registers=registers)
    result = run_command(monkeypatch, home, group, "sources", "check")
    assert result.exit_code == 0, result.output
    text = " ".join(result.output.split())
    assert "hint: The register `gb_tps` has never been loaded" in text
    assert "Put its newest copy into the inbox." in text


def test_the_check_of_a_home_without_a_database_says_that_nobody_knows_their_age(
    registers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(registers, "gb_tps")
    monkeypatch.setenv("RINGFENCE_REGISTERS", str(registers))
    monkeypatch.setenv("RINGFENCE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("RINGFENCE_DATABASE_URL", raising=False)
    result = CliRunner().invoke(group, ["sources", "check"])
    assert result.exit_code == 0, result.output
    assert "nobody knows yet: this home has no database" in " ".join(result.output.split())
