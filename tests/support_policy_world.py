"""Lay out whom the seeds of the law let be called, and whom they do not: one world for all cells.

For each country, audience and line one candidate a way of being called or not; for each row of the
smaller seeds who would be called if the row were lost.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.support_decision import (
    OTHER,
    YESTERDAY,
    World,
    days,
    write_registers,
)

from ringfence.registers.policy_rows import FALLBACK, PolicyRow, policy_rows
from ringfence.settings import product_folder

SEEDS = product_folder("dbt_project") / "seeds"
DAY = date(2026, 11, 24)  # a Tuesday
# And a Monday before some laws changed, the day before a holiday of Italy; and a Saturday.
DAYS = (DAY, date(2026, 6, 1), date(2026, 11, 28))
LAST_WINTER = datetime(2026, 2, 1, 9, tzinfo=UTC)
LAST_MAY = datetime(2026, 5, 4, 9, tzinfo=UTC)
LONG_AGO = datetime(2025, 1, 7, 9, tzinfo=UTC)
OPENING = ("require_consent_or_customer", "screen_register_then_allow", "allow_with_lia")
AHEAD = "dialled_ahead"  # a campaign whose controller dropped one call in twenty-five
RELATIONS: dict[str, dict[str, Any]] = {
    "contract": {},
    "ended": {"ended_at": YESTERDAY},
    "buying": {"ended_at": YESTERDAY, "last_purchase_at": YESTERDAY},
    "asking": {"started_at": None, "inquiry_at": YESTERDAY},
}


@dataclass
class Peopled(World):
    """Remember whose numbers are of which country: washes are asked about each of them."""

    names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def lead(self, subject: str, **values: Any) -> UUID:
        self.names[values.get("region", "DE")].append(subject)
        return super().lead(subject, **values)


@cache
def rows_of_seed(seed: str) -> list[dict[str, str]]:
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def header(seed: str) -> list[str]:
    return list(rows_of_seed(seed)[0])


def is_opening(row: PolicyRow) -> bool:
    return row.cells["pipeline_default"] in OPENING and row.cells["confidence"] != "low"


def write_law_registers(folder: Path) -> Path:
    """Write a campaign for each sector with a law of its own, and sign every row that opens calls.

    An unsigned row would hide what a change opens.
    """
    interest = {"assessment": "LIA-1", "on": "2026-01-01", "valid_until": "2026-12-31"}
    everywhere = {
        "countries": sorted({row["region"] for row in rows_of_seed("territories")} - {"AX"}),
        "legitimate_interest": interest,
    }  # fmt: skip
    sectors = sorted({row["sector"] for row in rows_of_seed("sector_overrides")})
    calls = {
        "leads": {"map": {"source_record_id": "id", "phone": "phone"}},
        "call_attempts": {"map": {"phone": "phone", "attempted_at": "at", "disposition": "end"}},
    }
    ahead = {
        "controller": OTHER, "emits": calls, "delivery": {"expected_every": "2d"},
        "dispositions": {"SALE": "answered"},
    }  # fmt: skip
    return write_registers(
        folder,
        sources={"web": {}, "bought": {"obtained": "bought"}}
        | {sector: {} for sector in sectors}
        | {AHEAD: ahead},
        standing={"energy": everywhere | {"sources": ["web", "bought"]}}
        | {
            sector: everywhere | {"sector": sector, "sources": [sector], "priority": place}
            for place, sector in enumerate(sectors, start=10)
        }
        | {
            AHEAD: everywhere
            | {"controller": OTHER, "sources": [AHEAD], "call_mode": "live_predictive"}
        },
        signed=[
            (*row.key, row.cells["valid_from"])
            for row in policy_rows()
            if row.key[0] != FALLBACK and is_opening(row)
        ],
    )


def build(world: Peopled) -> None:
    build_policy_rows(world)
    build_places(world)
    build_sectors(world)
    build_dropped_calls(world)
    build_registers(world)


def ways(world: Peopled, name: str, relations: Sequence[str] = ("contract",), **told: Any) -> None:
    """Add who says nothing, who consented, and one customer for each kind of relation."""
    world.lead(f"{name} silent", **told)
    world.lead(f"{name} consenting", **told)
    world.consent(f"{name} consenting", event_at=LAST_MAY)
    for relation in relations:
        world.lead(f"{name} {relation}", **told)
        world.relation(f"{name} {relation}", **{"started_at": LONG_AGO} | RELATIONS[relation])


def policy_keys() -> list[tuple[str, str, str]]:
    return sorted({row.key for row in policy_rows() if row.key[0] != FALLBACK})


def called(country: str, audience: str, line: str) -> dict[str, Any]:
    return {
        "region": country, "line_type": "mobile" if line == "any" else line,
        "audience": "consumer" if audience == "consumer" else "generic_company",
        "state": {"US": "New York", "IT": "IT-RM"}.get(country),
    }  # fmt: skip


def registers_of(country: str) -> list[str]:
    rows = rows_of_seed("registers")
    return sorted({row["register_id"] for row in rows if row["country_code"] == country})


def build_policy_rows(world: Peopled) -> None:
    relations = {row["country_code"]: list(RELATIONS) for row in rows_of_seed("relation_windows")}
    for country, audience, line in policy_keys():
        told = called(country, audience, line)
        name = f"{country} {audience} {line}"
        ways(world, name, relations.get(country, ["contract"]), **told)
        world.lead(f"{name} consenting long ago", **told)
        world.consent(f"{name} consenting long ago", event_at=LONG_AGO)
        world.lead(f"{name} bought", source="bought", **told)
        world.consent(f"{name} bought", event_at=LAST_WINTER, source="bought")
        world.lead(f"{name} refusing", **told)
        world.consent(f"{name} refusing", "refused", event_at=LAST_WINTER)
        for register_id in registers_of(country):
            for subject in (f"{name} in {register_id}", f"{name} consenting in {register_id}"):
                world.lead(subject, **told)
            world.consent(f"{name} consenting in {register_id}", event_at=LAST_MAY)


def build_places(world: Peopled) -> None:
    """Add who lives where another country's law binds, in no modelled state, or is of any kind."""
    countries = {country for country, _, _ in policy_keys()}
    for row in rows_of_seed("territories"):
        if row["region"] not in countries:
            ways(world, f"{row['region']} abroad", region=row["region"])
    ways(world, "US Florida", region="US", state="Florida")
    for row in rows_of_seed("audiences"):
        country = "DK" if row["country_code"] == "*" else row["country_code"]
        ways(world, f"{country} {row['audience']} kind", region=country, audience=row["audience"])
    world.lead("kept too long", region="DK", audience="generic_company",
               collected_at=datetime(2019, 1, 7, 9, tzinfo=UTC))  # fmt: skip


def build_sectors(world: Peopled) -> None:
    for row in rows_of_seed("sector_overrides"):
        told = called(row["country_code"], row["audience"], "any")
        name = f"{row['country_code']} {row['sector']}"
        ways(world, name, list(RELATIONS), source=row["sector"], **told)


def build_dropped_calls(world: Peopled) -> None:
    for country in ("DE", "GB", "CA"):
        subject = f"{country} dialled ahead"
        world.lead(subject, source=AHEAD, region=country, controller_id=OTHER)
        world.consent(subject, controller_id=OTHER)
    batch = world.batch(AHEAD, controller_id=OTHER)
    for place in range(25):
        world.attempt(
            f"called {place}", "answered" if place else "no_contact", controller_id=OTHER,
            source=AHEAD, batch=batch, is_abandoned=not place, attempted_at=YESTERDAY - days(0.1),
        )  # fmt: skip


def build_registers(world: Peopled) -> None:
    """Load every register once; who answers about the numbers sent was asked about all."""
    loaded: set[str] = set()
    for row in rows_of_seed("registers"):
        country, register_id = row["country_code"], row["register_id"]
        listed = [
            f"{' '.join(key)} {way}in {register_id}"
            for key in policy_keys()
            for way in ("", "consenting ")
            if key[0] == country
        ]
        if row["absent_means"] == "blocks":  # and those who are in it are the others
            listed = [name for name in world.names[country] if name not in listed]
        free = [name for name in world.names[country] if name not in listed]
        for member in row["members_required"].split() or [register_id]:
            if member not in loaded:
                world.register(member, *listed, free=free if row["shape"] != "snapshot" else [])
            loaded.add(member)
