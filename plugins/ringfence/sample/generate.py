"""Make the sample day: every file of the inbox and `expected.csv`, from nothing but this package.

    python -m ringfence.sample.generate [FOLDER]

No clock and no random source: the same program writes the same bytes, and a test compares them
with the committed ones.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict, fields
from pathlib import Path

from ringfence.home import write_atomically
from ringfence.sample import (
    boiler_leads_gb,
    crm_export,
    dialler_leads_gb,
    doubtful_leads_gb,
    feeds,
    partner_leads_fr,
    registers_of_the_day,
    solar_fair_de,
    web_leads_de,
    web_leads_se,
    web_leads_us,
)
from ringfence.sample.model import Expected, Part, delimited
from ringfence.sample.place import DAY, EXPECTED

LEADS = (
    web_leads_de,
    solar_fair_de,
    crm_export,
    dialler_leads_gb,
    partner_leads_fr,
    web_leads_se,
    web_leads_us,
    doubtful_leads_gb,
    boiler_leads_gb,
)


def build_day() -> Part:
    """Return all files and expectations."""
    day = Part()
    for module in LEADS:
        day.absorb(module.build())
    for part in (feeds.build(day), registers_of_the_day.build(day.listed, day.asked)):
        day.absorb(part)
    return day


def expected_csv(expected: list[Expected]) -> bytes:
    """Write the expectations as CSV, ordinary rows included."""
    columns = [column.name for column in fields(Expected)]
    rows = [{name: str(value) for name, value in asdict(row).items()} for row in expected]
    return delimited(columns, rows, ",", newline="\n").encode()


def write_day(folder: Path) -> Part:
    """Write the day into `folder`: `<source_id>/<file>` and `expected.csv`."""
    day = build_day()
    for file in day.files:
        (folder / file.source_id).mkdir(parents=True, exist_ok=True)
        write_atomically(folder / file.source_id / file.name, file.content, mode=0o644)
    write_atomically(folder / EXPECTED, expected_csv(day.expected), mode=0o644)
    return day


def main() -> None:
    """Write the day and say what it holds."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DAY
    day = write_day(folder)
    verdicts = Counter(row.verdict for row in day.expected)
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    sys.stdout.write(f"{len(day.files)} files in {folder}: {told}\n")


if __name__ == "__main__":
    main()
