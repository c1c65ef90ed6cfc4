"""What goes wrong around us ends in a sentence, never in half a batch, and the next run works."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.support_registers import write_source
from tests.support_settings import settings_for

from ringfence.home import Home
from ringfence.installation import refresh_url, set_up
from ringfence.sample import INSTANT
from ringfence.services.cluster import Cluster, running
from ringfence.settings import Settings

SOURCE = """
source_id: leads
title: Plain leads
controller: acme
obtained: from_person
approved: {by: dpo, on: 2026-01-15}
format: {type: csv, delimiter: ","}
columns: {source_record_id: Id, phone: Phone, country: {constant: GB}}
emits: {leads: {}}
"""


@pytest.fixture
def own_home(tmp_path: Path, role_prefix: str) -> Iterator[Settings]:
    """Return a home with a cluster of its own, which a test may break."""
    registers = write_source(tmp_path / "registers", "leads", SOURCE)
    settings = settings_for(tmp_path / "a home", None, role_prefix, registers)
    set_up(settings, mode="demo", stands_at=INSTANT)
    yield settings
    Cluster(Home(settings.home)).remove()


def ringfence(settings: Settings, *arguments: str) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if "RINGFENCE" not in name}
    return subprocess.Popen(
        [sys.executable, "-m", "ringfence", *arguments],
        env={
            **clean,
            "PYTHONPATH": str(Path(__file__).parents[1] / "plugins"),
            "RINGFENCE_HOME": str(settings.home),
            "RINGFENCE_REGISTERS": str(settings.registers),
            "RINGFENCE_ROLE_PREFIX": settings.role_prefix,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def deliver(settings: Settings, count: int) -> None:
    inbox = Home(settings.home).inbox / "leads"
    inbox.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{number},020 7946 0001\n" for number in range(count))
    (inbox / "leads.csv").write_text("Id,Phone\n" + rows)


def test_postgres_that_stops_in_the_middle_of_a_load_leaves_nothing_half(
    own_home: Settings,
) -> None:
    home = Home(own_home.home)
    deliver(own_home, 300_000)
    with running(home) as info:
        refresh_url(own_home, home, info)
        child = ringfence(own_home, "ingest", "leads")
        look = "select 1 from pg_tables where tablename like 'incoming%leads'"
        with psycopg.connect(info.url("ringfence"), autocommit=True) as admin:
            deadline = time.monotonic() + 60
            while not admin.execute(look).fetchone():
                assert child.poll() is None, child.stderr and child.stderr.read()
                assert time.monotonic() < deadline
        Cluster(home).stop()
        _, told = child.communicate(timeout=60)
    assert child.returncode == 1
    assert "Postgres went away" in told
    assert "do:" in told
    assert "Traceback" not in told

    deliver(own_home, 3)
    again = ringfence(own_home, "ingest", "leads")
    out, told = again.communicate(timeout=120)
    assert (again.returncode, told) == (0, "")
    assert "accepted: 3 of 3 rows" in out
    with running(home) as info, psycopg.connect(info.url("ringfence")) as admin:
        assert admin.execute("select count(*) from landing.lead_records").fetchone() == (3,)
        assert admin.execute(
            "select count(*) from pg_tables where tablename like 'incoming%'"
        ).fetchone() == (0,)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("<!doctype html><html><body>Log in</body></html>", "web page"),
        ("", "empty"),
        ("Id,Phone\n", "no rows"),
        ("Id;Phone\n1;020 7946 0001\n", "delimiter"),
        ("Id,Telephone\n1,020 7946 0001\n", "Phone"),
        ("Id,Phone,Phone\n1,020 7946 0001,020 7946 0002\n", "Phone"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_in_words(
    fresh_database: Settings, tmp_path: Path, content: str, code: str
) -> None:
    registers = write_source(tmp_path / "registers", "leads", SOURCE)
    inbox = Home(fresh_database.home).inbox / "leads"
    inbox.mkdir(parents=True)
    (inbox / "leads.csv").write_text(content)
    child = subprocess.run(
        [sys.executable, "-m", "ringfence", "ingest", "leads"],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[1] / "plugins"),
            "RINGFENCE_HOME": str(fresh_database.home),
            "RINGFENCE_DATABASE_URL": str(fresh_database.database_url),
            "RINGFENCE_REGISTERS": str(registers),
            "RINGFENCE_ROLE_PREFIX": fresh_database.role_prefix,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 1, child.stderr
    assert code in child.stderr
    assert "do:" in child.stderr
    assert "Traceback" not in child.stderr
    assert "7946" not in child.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["status"], 0, "not set up"),
        (["run-day"], 2, "not set up yet"),
        (["ingest", "nothing"], 2, "not set up yet"),
        (["frobnicate"], 2, "No such command"),
        (["verify", "no/such/manifest.json"], 1, "do:"),
        (["sources", "propose", "no/such/file.csv"], 2, "do:"),
    ],
)
def test_a_wrong_call_is_answered_with_what_to_do(
    tmp_path: Path, arguments: list[str], code: int, told: str
) -> None:
    clean = {name: value for name, value in os.environ.items() if "RINGFENCE" not in name}
    child = subprocess.run(
        [sys.executable, "-m", "ringfence", *arguments],
        env={
            **clean,
            "PYTHONPATH": str(Path(__file__).parents[1] / "plugins"),
            "RINGFENCE_HOME": str(tmp_path / "nowhere"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == code, child.stdout + child.stderr
    assert told in child.stdout + child.stderr
    assert "Traceback" not in child.stderr
