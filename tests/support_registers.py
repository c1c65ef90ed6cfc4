"""Write the registers a test needs beside its own source."""

from __future__ import annotations

from pathlib import Path

from ringfence.registers.policy_rows import policy_rows

SOURCE = """\
source_id: web
controller: acme
obtained: from_person
format: {type: csv}
emits:
  leads: {map: {source_record_id: id, phone: phone}}
"""
CAMPAIGN = """\
campaign_id: energy
controller: acme
purpose: energy_offers
call_mode: live_manual
sector: energy_supply
countries: [DE, GB]
sources: [web]
priority: 1
dialler: generic
cut_off: "05:00"
timezone: Europe/Berlin
"""
STOPS = """\
source_id: stops
controller: acme
obtained: from_person
delivery: {expected_every: 1d}
format: {type: csv}
emits:
  suppression: {map: {phone: phone, kind: {constant: objection}}}
"""
ASSESSED = "legitimate_interest: {assessment: L1, on: 2026-03-01, valid_until: 2027-03-01}"
CONTROLLERS = """\
controllers:
  - controller_id: acme
    name: Acme Example Ltd
    contact: dpo@acme.example
    purposes:
      - {purpose: energy_offers}
    notices:
      - {version: n1, from: 2024-01-01, language: en}
"""


def content_of(country: str, audience: str, line_type: str, valid_from: str) -> str:
    """Return what a signature under a policy row names."""
    key = (country, audience, line_type)
    return next(
        row.content
        for row in policy_rows()
        if row.key == key and row.cells["valid_from"] == valid_from
    )


SIGNOFFS = f"""\
signoffs:
  - {{country: DE, audience: consumer, line_type: any, valid_from: 2021-10-01,
     content: {content_of("DE", "consumer", "any", "2021-10-01")}, signed_by: dpo, on: 2026-01-05}}
"""
OWN_CONTROLLERS = """
controllers:
  - controller_id: acme
    name: Acme Example Ltd
    contact: privacy@acme.example
    purposes: [{purpose: telemarketing, title: Offers}]
    notices: [{version: "1", from: 2026-01-01, language: en}]
"""


def write_source(registers: Path, source_id: str, text: str) -> Path:
    """Write `text` as a source of the controller `acme` and return the folder of registers."""
    (registers / "sources").mkdir(parents=True, exist_ok=True)
    (registers / "sources" / f"{source_id}.yml").write_text(text)
    (registers / "controllers.yml").write_text(OWN_CONTROLLERS)
    return registers


def write_sound_registers(folder: Path) -> Path:
    """Write one of each register, without a fault, and return the folder."""
    for name, text in {
        "sources/web.yml": SOURCE,
        "campaigns/energy.yml": CAMPAIGN,
        "controllers.yml": CONTROLLERS,
        "policy_signoffs.yml": SIGNOFFS,
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
