"""Hints name what registers without a fault will never bring about; the sample needs none."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from ringfence.cli import group
from ringfence.registers.hints import hints
from ringfence.registers.load import load_registers
from ringfence.settings import product_folder

CONTROLLERS = """\
controllers:
  - controller_id: acme
    name: Acme Example Ltd
    contact: dpo@acme.example
    purposes: [{purpose: offers}, {purpose: surveys}]
    notices: [{version: n1, from: 2024-01-01, language: en}]
"""
CAMPAIGN = """\
campaign_id: autumn
controller: acme
purpose: offers
call_mode: live_manual
sector: other
countries: [DE]
sources: [web]
priority: 1
dialler: generic
cut_off: "05:00"
timezone: Europe/Berlin
"""
SOURCE = """\
source_id: web
controller: acme
obtained: from_person
delivery: {expected_every: 1d}
format: {type: csv}
columns: {source_record_id: id, phone: phone}
emits:
  leads: {}
  consent_events:
    map:
      event_type: {column: consent, values: {yes: given, no: refused}}
      event_at: at
      purpose: {constant: offers}
      notice_version: {constant: n1}
      evidence_status: {constant: verified}
      collection_context: {constant: web}
"""
ASSESSED = "legitimate_interest: {assessment: L1, on: 2026-03-01, valid_until: 2027-03-01}"


@pytest.fixture
def registers(tmp_path: Path) -> Path:
    (tmp_path / "sources").mkdir()
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "controllers.yml").write_text(CONTROLLERS, "utf-8")
    (tmp_path / "campaigns" / "autumn.yml").write_text(CAMPAIGN, "utf-8")
    (tmp_path / "sources" / "web.yml").write_text(SOURCE, "utf-8")
    return tmp_path


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def told(registers: Path) -> list[str]:
    found, faults = load_registers(registers, "live")
    assert [str(fault) for fault in faults] == []
    return [str(hint) for hint in hints(found)]


def test_registers_that_can_call_somebody_get_no_hint(registers: Path) -> None:
    assert told(registers) == []


def test_the_sample_gets_no_hint() -> None:
    assert hints(load_registers(product_folder("dags"), "demo")[0]) == []


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("notice_version", "can ever be a ground: it maps no `notice_version` (consent_evidence"),
        ("evidence_status", "can ever be a ground: it maps no `evidence_status` (consent_evidence"),
        ("event_at", "can ever be a ground: it maps no `event_at` (consent_missing)"),
        ("purpose", "can ever be a ground: it maps no `purpose` (consent_purpose_mismatch)"),
        ("collection_context", "can lift an earlier refusal, withdrawal or objection"),
    ],
)
def test_a_consent_that_can_never_serve_is_told_with_what_it_lacks(
    registers: Path, column: str, words: str
) -> None:
    file = registers / "sources" / "web.yml"
    kept = [line for line in SOURCE.splitlines() if not line.strip().startswith(f"{column}:")]
    file.write_text("\n".join(kept), "utf-8")

    found = told(registers)

    assert any(hint.startswith("web.yml:9: no consent") and words in hint for hint in found)


def test_a_source_that_only_brings_stops_needs_no_evidence(registers: Path) -> None:
    file = registers / "sources" / "web.yml"
    head = SOURCE.partition("  consent_events:")[0]
    stops = "  consent_events: {map: {event_type: {constant: withdrawn}}}\n"
    file.write_text(head + stops, "utf-8")

    (hint,) = told(registers)

    assert "autumn.yml:7: nobody can be callable" in hint


def test_what_was_bought_and_is_only_asserted_is_no_proof(registers: Path) -> None:
    file = registers / "sources" / "web.yml"
    change(file, "evidence_status: {constant: verified}", "evidence_status: {constant: asserted}")
    assert told(registers) == []

    change(file, "obtained: from_person", "obtained: bought")
    (hint,) = told(registers)
    assert "`evidence_status` is never `verified`" in hint


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{constant: n1}", "{constant: n2}", "its `notice_version` is not among the `notices`"),
        ("{constant: offers}", "{constant: raffles}", "its `purpose` is not among the `purposes`"),
    ],
)
def test_a_constant_that_the_controller_does_not_know_is_told(
    registers: Path, old: str, new: str, words: str
) -> None:
    change(registers / "sources" / "web.yml", old, new)

    assert any(f"{words} of `acme` (controllers.yml:2)" in hint for hint in told(registers))


def test_a_controller_without_notices_is_told_with_its_line(registers: Path) -> None:
    file = registers / "controllers.yml"
    file.write_text("\n".join(file.read_text("utf-8").splitlines()[:-1]), "utf-8")

    (hint,) = told(registers)

    assert hint.startswith("controllers.yml:2: `acme` has no `notices`")


def test_leads_that_no_running_campaign_takes_are_told(registers: Path) -> None:
    change(registers / "campaigns" / "autumn.yml", "priority: 1", "priority: 1\nactive: false")

    (hint,) = told(registers)

    assert hint == ("web.yml:8: no active campaign takes its leads: name it under `sources` of one")


def test_a_campaign_that_nothing_can_open_is_told_until_something_can(registers: Path) -> None:
    campaign = registers / "campaigns" / "autumn.yml"
    change(campaign, "purpose: offers", "purpose: surveys")
    (hint,) = told(registers)
    assert hint.startswith("autumn.yml:7: nobody can be callable")

    change(campaign, "priority: 1", f"priority: 1\n{ASSESSED}")
    assert told(registers) == []


def test_a_contract_opens_a_campaign_only_for_its_products(registers: Path) -> None:
    change(registers / "campaigns" / "autumn.yml", "purpose: offers", "purpose: surveys")
    (registers / "sources" / "contracts.yml").write_text(
        "source_id: contracts\ncontroller: acme\nobtained: from_person\nformat: {type: csv}\n"
        "columns: {phone: phone, contract_ref: id, product: {constant: power}, started_at: since}\n"
        "emits: {customer_relations: {}}\n",
        "utf-8",
    )
    first, second = told(registers)
    assert "autumn.yml:7: nobody can be callable" in first
    assert "contracts.yml:6: no relation of this source can ever be a ground" in second
    assert "`objection_offered_at_collection`" in second

    change(
        registers / "campaigns" / "autumn.yml",
        "priority: 1",
        "priority: 1\ncustomer_products: [power]",
    )
    assert not any("nobody can be callable" in hint for hint in told(registers))


def test_the_check_prints_its_hints_and_succeeds(
    registers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RINGFENCE_REGISTERS", str(registers))
    monkeypatch.setenv("RINGFENCE_HOME", str(tmp_path / "home"))
    change(registers / "campaigns" / "autumn.yml", "purpose: offers", "purpose: surveys")

    result = CliRunner().invoke(group, ["sources", "check"])

    assert result.exit_code == 0, result.output
    assert "hint: autumn.yml:7: nobody can be callable" in " ".join(result.output.split())
