"""Hold the signatures under the shipped country policy: a row that opens calls waits for one.

dags/policy_signoffs.yml  →  PolicySignoff, or Faults with file and line
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ringfence.registers.values import entries_of_file, take_date
from ringfence.registers.yaml_marks import Fault, Section
from ringfence.settings import product_folder

FILE = "policy_signoffs.yml"
AUDIENCES = ("consumer", "business", "any")
LINE_TYPES = ("any", "fixed", "mobile")


@dataclass(frozen=True, slots=True)
class PolicySignoff:
    """Say who read one policy row and stands for it."""

    country: str
    audience: str
    line_type: str
    valid_from: date
    signed_by: str
    on: date
    demo_only: bool

    @property
    def row(self) -> tuple[str, str, str, str]:
        """Return the key of the policy row."""
        return self.country, self.audience, self.line_type, self.valid_from.isoformat()


def load_policy_signoffs(registers: Path, mode: str) -> tuple[list[PolicySignoff], list[Fault]]:
    """Return the valid signatures and every fault; demo-only ones count in demo mode alone."""
    faults: list[Fault] = []
    found: dict[tuple[str, str, str, str], PolicySignoff] = {}
    known = _policy_rows()
    for section in entries_of_file(registers / FILE, "signoffs", faults):
        before = len(faults)
        signoff = _signoff(section)
        section.close()
        if len(faults) == before and signoff.row not in known:
            section.fault("no policy row has this country, audience, line type and valid_from")
        if signoff.row in found:
            section.fault("this policy row is signed twice")
        if len(faults) == before:
            found[signoff.row] = signoff
    return [s for s in found.values() if mode == "demo" or not s.demo_only], faults


def _signoff(section: Section) -> PolicySignoff:
    return PolicySignoff(
        country=section.text(
            "country", required=True, pattern="[A-Z]{2}", shape="a code such as DE"
        )
        or "",
        audience=section.text("audience", required=True, choices=AUDIENCES) or "",
        line_type=section.text("line_type", required=True, choices=LINE_TYPES) or "",
        valid_from=take_date(section, "valid_from", required=True) or date.max,
        signed_by=section.text("signed_by", required=True) or "",
        on=take_date(section, "on", required=True) or date.max,
        demo_only=section.flag("demo_only", default=False),
    )


def _policy_rows() -> set[tuple[str, str, str, str]]:
    seed = product_folder("dbt_project") / "seeds" / "country_call_policy.csv"
    with seed.open(encoding="utf-8", newline="") as file:
        return {
            (row["country_code"], row["audience"], row["line_type"], row["valid_from"])
            for row in csv.DictReader(file)
        }
