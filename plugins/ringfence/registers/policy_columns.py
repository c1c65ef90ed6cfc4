"""Know the policy cells that an overlay may change, and which way of changing each loosens it.

data/policy_columns.csv: `looser` names the direction; without a `basis` a cell is never loosened.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from ringfence.registers.policy_rows import PolicyRow, fallback_row
from ringfence.settings import PACKAGE

# LAW.md 6: what is law, guidance of an authority or nobody's knows stays as it is.
LOOSENABLE = ("policy", "code_of_conduct")
NONE_FOUND = "none_found"
# What each default opens: legitimate interest, customers, calling without a look at a register.
OPENS = {
    "require_consent": (False, False, True),
    "require_consent_and_screen_register": (False, False, False),
    "require_consent_or_customer": (False, True, True),
    "screen_register_then_allow": (True, True, False),
    "allow_with_lia": (True, True, True),
}
# Shape → what a value must look like, and in words.
SHAPES = {
    "time": (r"([01]\d|2[0-3]):[0-5]\d", "a time like 09:00"),
    "weekdays": (r"(?!.*(.).*\1)[1-7]{1,7}", "the ISO digits of its days, such as 12345"),
    "yes_or_no": ("[yn]", "y or n"),
    "number": (r"[1-9]\d{0,3}", "a number from 1 to 9999"),
    "refusal": (r"permanent|[1-9]\d{0,3}", "permanent or a number of days"),
    "default": ("|".join(OPENS), f"one of {', '.join(OPENS)}"),
}
# By the word in the table: the new measure, the old one, and whether the new allows more.
_LOOSER: dict[str, Callable[[Any, Any], bool]] = {
    "less": lambda new, old: bool(new < old),
    "more": lambda new, old: bool(new > old),
    "more_days": lambda new, old: not new <= old,
    "more_open": lambda new, old: any(n > o for n, o in zip(new, old, strict=True)),
}


@dataclass(frozen=True, slots=True)
class PolicyColumn:
    """Hold one row of the table."""

    name: str
    basis: str
    looser: str
    shape: str

    @property
    def partner(self) -> str:
        """Return the other end of a stretch of time, '' for what is no stretch."""
        if self.shape != "time":
            return ""
        ends = ("_start_", "_end_") if "_start_" in self.name else ("_end_", "_start_")
        return self.name.replace(*ends)

    def in_force(self, row: PolicyRow) -> str:
        """Return what binds under a row: its cell, else the weekday's, else the fallback's.

        A consent's age is limited where the row says whose consent's.
        """
        if self.basis == "consent_age_basis" and row.cells["consent_max_age_scope"] == "none":
            return ""
        weekday = re.sub("^(sat|sun)_", "call_", self.name)
        for cells, name in ((row.cells, self.name), (row.cells, weekday)):
            if cells[name]:
                return cells[name]
        return fallback_row().cells[weekday]

    def basis_of(self, row: PolicyRow) -> str:
        """Return whose word the cell is; '' for a cell that no overlay may loosen."""
        if not self.basis:
            return ""
        own = row.cells[self.basis]
        return fallback_row().cells[self.basis] if own == NONE_FOUND else own

    def is_loosened(self, row: PolicyRow, value: str) -> bool:
        """Tell whether the value would allow more than the row does."""
        old = self.in_force(row)
        # A break where there was none can only narrow.
        return bool(old) and _LOOSER[self.looser](self._measure(value), self._measure(old))

    def _measure(self, value: str) -> Any:
        match self.shape:
            case "weekdays":
                return frozenset(value)
            case "number":
                return int(value)
            case "refusal":
                return math.inf if value == "permanent" else int(value)
            case "default":
                return OPENS[value]
            case _:
                return value


def policy_columns() -> dict[str, PolicyColumn]:
    """Return the columns by name."""
    return _columns()


@cache
def _columns() -> dict[str, PolicyColumn]:
    with (PACKAGE / "data" / "policy_columns.csv").open(encoding="utf-8", newline="") as lines:
        return {
            row["column"]: PolicyColumn(row["column"], row["basis"], row["looser"], row["shape"])
            for row in csv.DictReader(lines)
        }
