"""Read how long each category is kept: the seed that the decision's rule reads too."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from typing import Any

from ringfence.errors import Misconfigured
from ringfence.settings import product_folder

CATEGORIES = (
    "prospect", "not_informed", "superseded_version", "retracted_batch", "person_link",
    "quarantined_record", "list_file",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Period:
    """Hold one line of the seed; country `*` means every other."""

    category: str
    country_code: str
    days: int
    trigger: str
    citation: str

    def as_row(self) -> dict[str, Any]:
        return asdict(self)


def load_periods() -> tuple[Period, ...]:
    """Return every period; raises Misconfigured for a gap, since a blank must not mean for ever."""
    file = product_folder("dbt_project") / "seeds" / "retention_periods.csv"
    periods = []
    with file.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            if row["mode"] != "days" or not row["days"].isdigit():
                raise Misconfigured(
                    f"`{row['category']}` has no number of days.",
                    where=f"{file.name}:{number}",
                    remedy="give `mode` days and a whole number",
                )
            periods.append(
                Period(
                    row["category"], row["country_code"], int(row["days"]), row["trigger"],
                    row["citation"],
                )
            )  # fmt: skip
    missing = set(CATEGORIES) - {one.category for one in periods if one.country_code == "*"}
    if missing:
        raise Misconfigured(
            f"No period for every country: {', '.join(sorted(missing))}.",
            where=file.name,
            remedy="add a line with country_code `*`",
        )
    return tuple(periods)


def days(periods: tuple[Period, ...], category: str) -> int:
    """Return the period of a category that does not differ by country."""
    return next(one.days for one in periods if one.category == category and one.country_code == "*")
