"""Name what a phone cell can turn into."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NumberStatus(StrEnum):
    """Say what was read; only `valid` can ever be called outside demo mode."""

    valid = "valid"
    invalid = "invalid"
    ambiguous = "ambiguous"
    mangled = "mangled"
    fictional = "fictional"
    not_callable_kind = "not_callable_kind"
    missing = "missing"
    no_country = "no_country"


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """One number of one cell.

    `e164` is also set for an invalid number that is possible: a stop on it must still hold on the
    day its range is opened. `region` is None for what belongs to no country (+800, +883).
    `readings` is filled for `ambiguous` only; a stop suppresses all of them.
    """

    status: NumberStatus
    e164: str | None
    region: str | None
    line_type: str
    raw: str
    extension: str | None = None
    readings: tuple[str, ...] = ()
