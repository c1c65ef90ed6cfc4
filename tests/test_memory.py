"""A delivery is landed in little memory, however wide or long it is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.support_registers import write_source
from tests.support_shell import PLUGINS, variables_of

from ringfence.database import connect
from ringfence.home import Home
from ringfence.settings import Settings, clean_environment

MOST_MEGABYTES = 500
SOURCE = """
source_id: leads
title: Plain leads
controller: acme
obtained: from_person
approved: {by: dpo, on: 2026-01-15}
format: {type: csv}
columns: {source_record_id: Id, phone: Phone, country: {constant: GB}}
emits: {leads: {}}
"""
# The peak of a child is known once somebody has waited for it; a process of its own waits for one.
MEASURE = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], check=False)
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
sys.exit(done.returncode)
"""


@pytest.fixture
def home(fresh_database: Settings) -> Settings:
    registers = write_source(Home(fresh_database.home).root / "registers", "leads", SOURCE)
    return replace(fresh_database, registers=registers)


def peak_of_ingest(settings: Settings) -> int:
    """Return the megabytes that a child process took at most to ingest what waits."""
    kept = {name: value for name, value in clean_environment().items() if "RINGFENCE" not in name}
    command = [sys.executable, "-P", "-m", "ringfence", "ingest", "leads"]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *command],
        env={**kept, "PYTHONPATH": PLUGINS, **variables_of(settings)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split("peak ")[1])


def write(settings: Settings, name: str, header: str, rows: Iterator[str]) -> None:
    folder = Home(settings.home).inbox / "leads"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w") as file:
        file.writelines(f"{line}\n" for line in (header, *rows))


def test_wide_long_and_faulty_files_take_little_memory(home: Settings) -> None:
    columns = ",".join(f"Column{n}" for n in range(1_000))
    cells = ",".join(f"cell {n}" for n in range(1_000))
    phones = [f"020 7946 0{n:03}" for n in range(1_000)]
    wide, faulty, long = 6_000, 500, 30_000
    rows = (f"{n},{phones[n % 1_000]},{cells}{n}" for n in range(wide))
    write(home, "1 wide.csv", f"Id,Phone,{columns}", rows)
    # Without an id a row is set aside, with every cell of it.
    rows = (f"{'' if n else 1},{phones[n]},{'x' * 60_000}" for n in range(faulty))
    write(home, "2 faulty.csv", "Id,Phone,Note", rows)
    rows = (f"{n},{phones[n % 1_000]},{'x' * 200}" for n in range(long))
    write(home, "3 long.csv", "Id,Phone,Note", rows)
    assert peak_of_ingest(home) < MOST_MEGABYTES
    with connect(home) as connection:
        landed = connection.execute(
            "select rows_landed, rows_quarantined from landing.batches"
            " where status = 'accepted' order by received_at"
        ).fetchall()
        row = connection.execute(
            "select min(length(cells_encrypted)) from landing.quarantined_records"
        ).fetchone()
    assert landed == [(wide, 0), (1, faulty - 1), (long, 0)]
    assert row is not None
    assert row[0] > 60_000
