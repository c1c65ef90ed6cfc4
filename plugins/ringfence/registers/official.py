"""Read what the law says of the official do-not-call registers: dbt_project/seeds/registers.csv."""

from __future__ import annotations

import csv
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from ringfence.settings import product_folder

ASKED_SHAPES = frozenset({"wash", "hashed_query"})
"""Registers that answer one controller about the numbers it asks for; all others are shared."""


@dataclass(frozen=True, slots=True)
class OfficialRegister:
    """Hold one row of the seed, or one of the members it requires.

    `group_id` is the register a member is part of, or the register itself.
    """

    register_id: str
    group_id: str
    name: str
    country_code: str
    audience: str
    line_type: str
    valid_from: date
    valid_to: date | None
    shape: str
    key: str
    is_absence_blocking: bool
    fresh_rule: str

    @property
    def is_asked(self) -> bool:
        """Tell whether its answers belong to the controller who asked."""
        return self.shape in ASKED_SHAPES

    @property
    def is_matched_by_number(self) -> bool:
        """Tell whether a copy of it can be loaded at all: we match numbers, not persons."""
        return self.key in {"e164", "hash"}


@cache
def official_registers() -> tuple[OfficialRegister, ...]:
    """Return every row of the seed, one for each member it requires."""
    seed = product_folder("dbt_project") / "seeds" / "registers.csv"
    with seed.open(encoding="utf-8", newline="") as lines:
        return tuple(one for row in csv.DictReader(lines) for one in _members(row))


def _members(row: dict[str, str]) -> Iterator[OfficialRegister]:
    for member in row["members_required"].split() or [row["register_id"]]:
        yield OfficialRegister(
            register_id=member,
            group_id=row["register_id"],
            name=row["register_name"],
            country_code=row["country_code"],
            audience=row["audience"],
            line_type=row["line_type"],
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            shape=row["shape"],
            key=row["key"],
            is_absence_blocking=row["absent_means"] != "nothing",
            fresh_rule=row["fresh_rule"],
        )


def registers_of_law(
    country: str, audience: str, line_type: str, day: date
) -> tuple[OfficialRegister, ...]:
    """Return the registers, each member apart, that a country's law names for such people.

    The models have it in int_law_registers; `line_type` is that of the policy row.
    """
    return tuple(
        one
        for one in official_registers()
        if (one.country_code, one.audience) == (country, audience)
        and one.line_type in ("any", line_type)
        and one.valid_from <= day <= (one.valid_to or day)
    )


def register_of(register_id: str | None) -> OfficialRegister | None:
    """Return a row of the register or member with this id; what is asked here is equal in all."""
    return next((one for one in official_registers() if one.register_id == register_id), None)


def holder_of(register_id: str | None, controller_id: str | None) -> str:
    """Return whose answers a delivery brings: a controller's, or '' for a shared register."""
    found = register_of(register_id)
    return (controller_id or "") if found and found.is_asked else ""


def rules_in_force(register_id: str, day: date) -> list[tuple[str, str]]:
    """Return the freshness rules that some law names for a register on `day`, with its zone."""
    return sorted(
        {
            (one.fresh_rule, _zones()[one.country_code])
            for one in official_registers()
            if one.register_id == register_id and one.valid_from <= day <= (one.valid_to or day)
        }
    )


def law_country(region: str | None) -> str | None:
    """Return the country whose law a region of numbers follows."""
    return next((one["law_country"] for one in _territories() if one["region"] == region), None)


@cache
def _zones() -> dict[str, str]:
    return {row["region"]: row["timezone_west"] for row in _territories()}


@cache
def _territories() -> tuple[dict[str, str], ...]:
    seed = product_folder("dbt_project") / "seeds" / "territories.csv"
    with seed.open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


def fresh_until(rule: str, published_at: datetime, zone: str) -> datetime | None:
    """Return the first instant at which a copy is too old to call by, or None for no known rule.

    The rules are those of the macro `fresh_until`; a test compares the two.
    """
    way, _, argument = rule.partition(":")
    local = published_at.astimezone(ZoneInfo(zone))
    match way:
        case "age_days":
            return published_at + timedelta(days=int(argument))
        case "calendar":
            days = sorted(map(int, argument.split(",")))
            following = [day for day in days if day > local.day]
            ends = local.date().replace(day=following[0]) if following else None
            ends = ends or _months_later(local.date(), 1).replace(day=days[0])
        case "calendar_month":
            ends = _months_later(local.date(), 1)
        case "edition":
            ends = _months_later(local.date(), 3 - (local.month - 1) % 3)
        case _:
            return None
    return datetime(ends.year, ends.month, ends.day, tzinfo=ZoneInfo(zone))


def _months_later(day: date, months: int) -> date:
    """Return the first day of the month so many months on."""
    first = day.replace(day=1)
    for _ in range(months):
        first += timedelta(days=monthrange(first.year, first.month)[1])
    return first
