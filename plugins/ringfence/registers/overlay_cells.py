"""Read one cell of an overlay and hold it against the policy rows it would change.

Tightening is always allowed. Loosening is for cells whose basis is policy or a code of conduct: a
law, a guidance, a register, a stop or a row nobody is sure of is never loosened (LAW.md 6).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from ringfence.registers.policy_columns import (
    LOOSENABLE,
    SHAPES,
    PolicyColumn,
    policy_columns,
)
from ringfence.registers.policy_rows import FALLBACK, Key, PolicyRow, policy_rows
from ringfence.registers.policy_signoffs import AUDIENCES, LINE_TYPES
from ringfence.registers.values import take_date
from ringfence.registers.yaml_marks import Section

LOOSENS, TIGHTENS = "loosens", "tightens"


@dataclass(frozen=True, slots=True)
class Cell:
    """Hold one changed cell: what it says from one day through another."""

    key: Key
    column: PolicyColumn
    value: str
    valid_from: date
    until: date
    basis: str
    effect: str
    line: int

    @property
    def content(self) -> dict[str, Any]:
        """Return the cell as decisions know it."""
        country, audience, line_type = self.key
        return {
            "country": country,
            "audience": audience,
            "line_type": line_type,
            "column": self.column.name,
            "value": self.value,
            "from": self.valid_from.isoformat(),
            "until": self.until.isoformat(),
            "basis": self.basis,
            "effect": self.effect,
        }

    def rows(self) -> list[PolicyRow]:
        """Return the policy rows that the cell changes."""
        return rows_of(self.key, self.valid_from, self.until)


def rows_of(key: Key, first: date, last: date) -> list[PolicyRow]:
    """Return the policy rows of a key that are in force on any of these days."""
    return [row for row in policy_rows() if row.key == key and row.is_in_force(first, last)]


def take_cell(section: Section) -> Cell | None:
    """Return the cell, or None with its faults; all of them, not only the first."""
    before = len(section.faults)
    key = _key(section)
    column = _column(section)
    value = _value(section, column)
    first, last = take_date(section, "from", required=True), take_date(section, "until")
    if last is None and section.take("until") is None:
        section.fault("`until` is missing: an overlay ends within 90 days")
    basis = section.text("basis") or ""
    section.close()
    if len(section.faults) > before or not (column and value and first and last):
        return None
    if last < first:
        section.fault("`until` lies before `from`", section.line_of("until"))
        return None
    rows = rows_of(key, first, last)
    if not rows:
        section.fault(
            "the country policy has no row of this country, audience and line type on these days"
        )
        return None
    effect = LOOSENS if any(column.is_loosened(row, value) for row in rows) else TIGHTENS
    _check_change(section, column, rows, basis, effect)
    line = section.marked.line
    return Cell(key, column, value, first, last, basis, effect, line)


def _key(section: Section) -> Key:
    country = section.text("country", required=True) or ""
    if country and country not in {row.key[0] for row in policy_rows()} - {FALLBACK}:
        section.fault("`country` is no country of the policy", section.line_of("country"))
    audience = section.text("audience", required=True, choices=AUDIENCES[:2]) or ""
    line_type = section.text("line_type", required=True, choices=LINE_TYPES) or ""
    return country, audience, line_type


def _column(section: Section) -> PolicyColumn | None:
    columns = policy_columns()
    name = section.text("column", required=True, choices=tuple(columns))
    return columns[name] if name else None


def _value(section: Section, column: PolicyColumn | None) -> str | None:
    value = section.text("value", required=True)
    if value is None or column is None:
        return value
    pattern, words = SHAPES[column.shape]
    if not re.fullmatch(pattern, value):
        section.fault(f"`value` must be {words}", section.line_of("value"))
        return None
    return value


def _check_change(
    section: Section, column: PolicyColumn, rows: list[PolicyRow], basis: str, effect: str
) -> None:
    """Report what the cell may not do; `basis` is the owner's word for why it may be loosened."""
    if column.shape == "number" and not all(column.in_force(row) for row in rows):
        section.fault("the policy row limits no consent's age, so there is nothing to change")
    bases = sorted({column.basis_of(row) for row in rows})
    if basis and [basis] != bases:
        found = " and ".join(bases).replace("_", " ") or "none: it is only ever tightened"
        section.fault(f"the cell's basis is {found}", section.line_of("basis"))
    if effect == TIGHTENS:
        return
    loosened = f"`{column.name}` would be loosened"
    if not column.basis:
        section.fault(f"{loosened}, and it may only be tightened")
    elif not set(bases) <= set(LOOSENABLE):
        section.fault(f"{loosened}, and its basis is {' and '.join(bases)}: that stays as it is")
    elif not basis:
        section.fault(f"{loosened}: `basis` must say on whose word it stood ({bases[0]})")
    if any(row.cells["confidence"] not in ("high", "medium") for row in rows):
        section.fault(f"{loosened}, and the row's confidence is low: it stays as it is")
