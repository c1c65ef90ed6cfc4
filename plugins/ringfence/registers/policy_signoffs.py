"""Hold the signatures under the shipped country policy: a row that opens calls waits for one.

dags/policy_signoffs.yml  →  PolicySignoff, or Faults with file and line
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ringfence.registers.policy_rows import policy_rows
from ringfence.registers.values import entries_of_file, take_date
from ringfence.registers.yaml_marks import Fault, Section

FILE = "policy_signoffs.yml"
AUDIENCES = ("consumer", "business", "any")
LINE_TYPES = ("any", "fixed", "mobile")


@dataclass(frozen=True, slots=True)
class PolicySignoff:
    """Say who read one policy row and stands for it, as it read then."""

    country: str
    audience: str
    line_type: str
    valid_from: date
    content: str
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
    contents = {(*row.key, row.cells["valid_from"]): row.content for row in policy_rows()}
    for section in entries_of_file(registers / FILE, "signoffs", faults):
        before = len(faults)
        signoff = _signoff(section)
        section.close()
        if len(faults) == before and signoff.row not in contents:
            section.fault("no policy row has this country, audience, line type and valid_from")
        elif len(faults) == before and signoff.content != contents[signoff.row]:
            section.fault(
                "this policy row does not read as it was signed: read it (`./ringfence policy rows"
                f" --country {signoff.country}`), then sign its `content`",
                section.line_of("content"),
            )
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
        content=section.text("content", required=True) or "",
        signed_by=section.text("signed_by", required=True) or "",
        on=take_date(section, "on", required=True) or date.max,
        demo_only=section.flag("demo_only", default=False),
    )
