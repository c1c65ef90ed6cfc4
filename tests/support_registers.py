"""Write the registers a test needs beside its own source."""

from __future__ import annotations

from pathlib import Path

CONTROLLERS = """
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
    (registers / "controllers.yml").write_text(CONTROLLERS)
    return registers
