"""A home is made once, repaired by repeating, and never mixed up with another."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from ringfence import clock
from ringfence.database import connect, held
from ringfence.errors import Busy, Refusal
from ringfence.home import Home
from ringfence.installation import set_up
from ringfence.keys import load_keys
from ringfence.services.cluster import Cluster
from ringfence.settings import Settings, load_settings, product_folder


def test_setting_up_twice_changes_nothing(database: Settings) -> None:
    again = set_up(database, mode="demo")
    assert again.migrations == ()


def test_the_demo_clock_moves_but_stays_on_its_day(connection: psycopg.Connection) -> None:
    first, second = clock.now(connection), clock.now(connection)
    assert first < second
    assert first.date().isoformat() == "2026-11-24"


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger.suppression_entries set kind = 'withdrawal'",
        "delete from ledger.suppression_entries",
        "truncate ledger.suppression_entries_payload",
        "delete from ledger.audit_events",
    ],
)
def test_no_role_of_ours_may_change_a_ledger(database: Settings, statement: str) -> None:
    for role in ("pipeline", "owner"):
        with (
            connect(database, role) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement)


def test_a_foreign_key_file_is_refused(fresh_database: Settings) -> None:
    key = Home(fresh_database.home).keys / "subject.key"
    key.write_text("ab" * 32)
    with connect(fresh_database) as connection, pytest.raises(Refusal, match="not the one"):
        load_keys(fresh_database, connection)


def test_a_lost_key_file_is_never_replaced_by_a_fresh_one(fresh_database: Settings) -> None:
    (Home(fresh_database.home).keys / "subject.key").unlink()
    with pytest.raises(Refusal, match="missing"):
        set_up(fresh_database, mode="demo")


def test_a_live_home_refuses_the_demo_database(fresh_database: Settings) -> None:
    other = replace(fresh_database, home=fresh_database.home.parent / "other")
    with pytest.raises(Refusal, match="demo mode"):
        set_up(other, mode="live")


def test_a_live_home_reads_registers_of_its_own_and_the_demo_the_shipped_ones(
    fresh_database: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "live"
    monkeypatch.setenv("RINGFENCE_HOME", str(home))
    assert load_settings().registers == product_folder("dags")

    settings = replace(fresh_database, home=home, registers=load_settings().registers)
    with pytest.raises(Refusal, match="demo mode"):  # the database is; the folders are made first
        set_up(settings, mode="live")
    assert load_settings().registers == home / "registers"
    assert (home / "registers" / "sources").is_dir()

    monkeypatch.setenv("RINGFENCE_REGISTERS", str(tmp_path / "repository"))
    assert load_settings().registers == tmp_path / "repository"


def test_a_held_lock_names_its_holder(database: Settings) -> None:
    with (
        connect(database, name="ingest somewhere") as one,
        connect(database, name="the other") as two,
        held(one, "ingest:some_source"),
        pytest.raises(Busy, match="ingest somewhere"),
        held(two, "ingest:some_source"),
    ):
        pass


def test_an_unreachable_database_is_told_without_the_password(database: Settings) -> None:
    broken = replace(database, database_url="postgresql://someone:secret-word@127.0.0.1:9/x")
    with pytest.raises(Refusal) as refusal:
        connect(broken)
    assert "secret-word" not in str(refusal.value)
    assert "127.0.0.1:9" in str(refusal.value)


def test_two_setups_at_once_make_one_home(tmp_path: Path, role_prefix: str) -> None:
    home = tmp_path / "a home"
    command = [sys.executable, "-m", "ringfence", "setup", "--demo"]
    environment = {
        **{name: value for name, value in os.environ.items() if "RINGFENCE" not in name},
        "PYTHONPATH": str(Path(__file__).parents[1] / "plugins"),
        "RINGFENCE_HOME": str(home),
        "RINGFENCE_ROLE_PREFIX": role_prefix,
    }
    try:
        both = [
            subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        told = [child.communicate(timeout=120)[1] for child in both]
        assert [child.returncode for child in both] == [0, 0], told
    finally:
        Cluster(Home(home)).remove()
