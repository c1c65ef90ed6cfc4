"""Read what the law says of the official do-not-call registers: dbt_project/seeds/registers.csv."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta

from ringfence.settings import product_folder


@dataclass(frozen=True, slots=True)
class OfficialRegister:
    """Hold one row: a register, the country that asks for it, and when; `lifetime` may be unset."""

    register_id: str
    country_code: str
    valid_from: date
    valid_to: date | None
    is_absence_blocking: bool
    lifetime: timedelta | None


def official_registers() -> list[OfficialRegister]:
    """Return every row of the seed."""
    seed = product_folder("dbt_project") / "seeds" / "registers.csv"
    with seed.open(encoding="utf-8", newline="") as lines:
        return [
            OfficialRegister(
                register_id=row["register_id"],
                country_code=row["country_code"],
                valid_from=date.fromisoformat(row["valid_from"]),
                valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
                is_absence_blocking=row["absent_means"] != "nothing",
                lifetime=timedelta(days=int(row["max_age_days"])) if row["max_age_days"] else None,
            )
            for row in csv.DictReader(lines)
        ]
