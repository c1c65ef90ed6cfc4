"""Read the shipped country policy row by row, as people sign it and overlays change it."""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from ringfence.settings import product_folder

FALLBACK = "*"
# Postgres writes a whole row as text so; whatever holds one of these stands in quotes there.
_QUOTED = re.compile(r'[\s",()\\]')

# What lets somebody be called without consent, and what has registers asked: as int_policies.
OPENING = frozenset({"require_consent_or_customer", "screen_register_then_allow", "allow_with_lia"})
SCREENING = frozenset({"screen_register_then_allow", "require_consent_and_screen_register"})

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """Hold one row; a blank cell is ''."""

    cells: dict[str, str]

    @property
    def key(self) -> Key:
        """Return country, audience and line type."""
        return self.cells["country_code"], self.cells["audience"], self.cells["line_type"]

    @property
    def valid_from(self) -> date:
        return date.fromisoformat(self.cells["valid_from"])

    @property
    def valid_to(self) -> date:
        """Return the last day; an open end lies beyond all days."""
        told = self.cells["valid_to"]
        return date.fromisoformat(told) if told else date.max

    @property
    def content(self) -> str:
        """Return what a signature names: a hash of every cell, as int_policies_in_force has it."""
        told = ",".join(_as_postgres(column, cell) for column, cell in self.cells.items())
        return hashlib.sha256(f"({told})".encode()).hexdigest()[:12]

    @property
    def row_id(self) -> str:
        """Return the id by which decisions name the row."""
        return "/".join((*self.key, self.cells["valid_from"]))

    @property
    def needs_signature(self) -> bool:
        return self.cells["pipeline_default"] in OPENING and self.cells["confidence"] in (
            "high", "medium",
        )  # fmt: skip

    @property
    def is_screening(self) -> bool:
        return self.cells["pipeline_default"] in SCREENING

    def is_in_force(self, first: date, last: date) -> bool:
        """Tell whether the row binds on any of these days."""
        return self.valid_from <= last and first <= self.valid_to


def policy_rows() -> tuple[PolicyRow, ...]:
    """Return every row of the shipped policy, the fallback row `*` included."""
    return _rows(product_folder("dbt_project") / "seeds" / "country_call_policy.csv")


@cache
def _rows(seed: Path) -> tuple[PolicyRow, ...]:
    with seed.open(encoding="utf-8", newline="") as lines:
        return tuple(PolicyRow(dict(cells)) for cells in csv.DictReader(lines))


def fallback_row() -> PolicyRow:
    """Return the row that fills the blanks of all others."""
    return next(row for row in policy_rows() if row.cells["country_code"] == FALLBACK)


def _as_postgres(column: str, cell: str) -> str:
    if cell and column.endswith("_local"):
        cell += ":00"
    if not _QUOTED.search(cell):
        return cell
    escaped = cell.replace("\\", "\\\\").replace('"', '""')
    return f'"{escaped}"'
