"""Keep which days are public holidays, of whole countries and of their regions, for decisions.

package `holidays`  →  ledger.config_versions, kind `public_holidays`: one entry a country

A region is named by its ISO 3166-2 code. Days that the package knows for a single city hold for the
whole region around it, and for the whole country if we do not know where it lies: an address may
say the region and not the city.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from importlib import metadata
from typing import Any

from psycopg import Connection

from ringfence.registers.accept import write_versions
from ringfence.settings import product_folder

KIND = "public_holidays"
PACKAGE = "holidays"
# The second part of an ISO 3166-2 code; `Zone A` or `Augsburg` are places of the package alone.
ISO_PART = re.compile(r"[0-9A-Z]{1,3}")
REGION_OF_CITY = {
    "CH/Stadt Zurich": "ZH", "DE/Augsburg": "BY", "ES/Barcelona": "CT",
    "IT/Andria": "BT", "IT/Barletta": "BT", "IT/Trani": "BT",
    "IT/Cesena": "FC", "IT/Forli": "FC", "IT/Pesaro": "PU", "IT/Urbino": "PU",
}  # fmt: skip
# From the day before a holiday on other hours may hold, and a run may begin before midnight.
DAYS_AHEAD = 2


def accept_public_holidays(connection: Connection, call_dates: Iterable[date]) -> None:
    """Write the holidays of the years that these days need, unless they are in force already."""
    years = {
        (day + timedelta(days=ahead)).year for day in call_dates for ahead in range(DAYS_AHEAD + 1)
    }
    row = connection.execute(
        "select content from ledger.config_versions where kind = %s order by seq desc limit 1",
        [KIND],
    ).fetchone()
    known: list[dict[str, Any]] = row[0] if row else []
    countries, package = holiday_countries(), f"{PACKAGE} {metadata.version(PACKAGE)}"
    held = {entry["country"] for entry in known if entry["package"] == package}
    held_years = set.intersection(*(set(entry["years"]) for entry in known)) if known else set()
    if countries <= held and years <= held_years:
        return
    content = [_country(country, sorted(years), package) for country in sorted(countries)]
    write_versions(connection, {KIND: content})


def holiday_countries() -> set[str]:
    """Return the countries whose holidays the seed of territories names, regions included."""
    seed = product_folder("dbt_project") / "seeds" / "territories.csv"
    with seed.open(encoding="utf-8", newline="") as file:
        return {row["holiday_area"].partition("-")[0] for row in csv.DictReader(file)}


def _country(country: str, years: Collection[int], package: str) -> dict[str, Any]:
    """Return one country as decisions know it; `regions` of a day is null where all keep it."""
    import holidays

    whole = holidays.country_holidays(country, years=years)
    language = "en_US" if "en_US" in whole.supported_languages else None
    names: dict[date, str] = {}

    def found(part: str | None) -> set[date]:
        kept = holidays.country_holidays(country, subdiv=part, years=years, language=language)
        for day, name in kept.items():
            names.setdefault(day, name)
        return set(kept)

    everywhere = found(None)
    regional = {
        part: found(part) - everywhere for part in whole.subdivisions if ISO_PART.fullmatch(part)
    }
    for place in (part for part in whole.subdivisions if not ISO_PART.fullmatch(part)):
        region = REGION_OF_CITY.get(f"{country}/{place}")
        (regional[region] if region else everywhere).update(found(place) - everywhere)
    days = everywhere.union(*regional.values())
    return {
        "country": country,
        "package": package,
        "years": list(years),
        "regions": _regions(country, whole.subdivisions, whole.subdivisions_aliases),
        "days": [
            {
                "on": day.isoformat(),
                "name": names[day],
                "regions": None
                if day in everywhere
                else [
                    f"{country}-{part}" for part, kept in sorted(regional.items()) if day in kept
                ],
            }
            for day in sorted(days)
        ],
    }


def _regions(
    country: str, parts: Iterable[str], aliases: dict[str, str]
) -> list[dict[str, str | list[str]]]:
    """Return each region with what an address may call it: its code or its exact name."""
    told: dict[str, set[str]] = {
        f"{country}-{part}": {f"{country}-{part}"} for part in parts if ISO_PART.fullmatch(part)
    }
    for alias, part in aliases.items():
        if ISO_PART.fullmatch(part):
            name = f"{country}-{alias}" if ISO_PART.fullmatch(alias) else alias
            told[f"{country}-{part}"].add(name)
    return [{"region": region, "names": sorted(names)} for region, names in sorted(told.items())]
