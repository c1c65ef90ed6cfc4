"""A later run of the day that would write the same list makes no new edition of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support_publish import (
    CAMPAIGN,
    decide,
    lay_day,
    object_to_calls,
    publish,
    write_registers,
)

from ringfence.database import connect
from ringfence.keys import demo_keys
from ringfence.publish.verify import verify_manifest
from ringfence.settings import Settings

EDITION_ONE = [(1, "prepared"), (1, "published")]


def folder(settings: Settings) -> Path:
    return settings.home / "published" / "2026-11-24" / "energy_gb"


def manifest_of(settings: Settings) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder(settings) / "manifest.json").read_bytes())
    return found


def ask(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with connect(settings) as connection:
        return connection.execute(query.encode()).fetchall()


def editions(settings: Settings) -> list[tuple[object, ...]]:
    return ask(settings, "select edition, status from ledger.publications order by seq")


def decide_again(settings: Settings, count: int = 5, **changes: str) -> None:
    with connect(settings, autocommit=True) as connection:
        decide(connection, range(count), **changes)  # type: ignore[arg-type]


@pytest.fixture
def out(fresh_database: Settings) -> Settings:
    lay_day(fresh_database)
    publish(fresh_database)
    return fresh_database


def test_a_later_run_with_the_same_rows_leaves_the_edition_and_its_files_alone(
    out: Settings,
) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder(out).iterdir()}
    decide_again(out)
    report = publish(out)
    assert (report.status, report.edition, report.count_rows) == ("unchanged", 1, 5)
    assert report.reason is None
    assert editions(out) == EDITION_ONE
    assert {path: path.stat().st_mtime_ns for path in folder(out).iterdir()} == before
    assert ask(out, "select from pg_tables where tablename like 'outgoing%'") == []


def test_a_row_that_the_last_look_took_out_and_the_later_run_blocks_is_no_change(
    fresh_database: Settings,
) -> None:
    lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        object_to_calls(connection, 4)
    assert publish(fresh_database).count_rows == 4
    decide_again(fresh_database, 4)
    report = publish(fresh_database)
    assert (report.status, report.count_rows, report.count_removed) == ("unchanged", 4, 1)


def test_a_row_that_may_be_called_again_is_a_change(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        object_to_calls(connection, 4)
    publish(fresh_database)
    decide_again(fresh_database)
    report = publish(fresh_database)
    assert (report.status, report.edition, report.count_rows) == ("published", 2, 5)


def test_another_validity_is_a_change(out: Settings) -> None:
    decide_again(out, valid_until="2026-11-24 22:00+00")
    assert publish(out).edition == 2


@pytest.mark.parametrize(
    "change",
    [
        "update landing.lead_records set first_name = 'Grace' where row_number = 2",
        "update marts.call_decisions set call_start_local = '10:00'",
        "update marts.call_decisions set decision_id = gen_random_uuid()",
    ],
)
def test_another_content_of_a_row_is_a_change(out: Settings, change: str) -> None:
    decide_again(out)
    with connect(out, autocommit=True) as connection:
        connection.execute(change.encode())
    report = publish(out)
    assert (report.status, report.edition) == ("published", 2)
    assert verify_manifest(folder(out), demo_keys().public_key()).is_passed


def test_another_dialler_is_a_change(out: Settings) -> None:
    with connect(out, autocommit=True) as connection:
        write_registers(connection, CAMPAIGN | {"dialler": "genesys"})
    decide_again(out)
    assert publish(out).edition == 2


def test_another_title_of_the_campaign_is_a_change_for_the_manifest_tells_it(out: Settings) -> None:
    with connect(out, autocommit=True) as connection:
        write_registers(connection, CAMPAIGN | {"title": "Energy for Britain"})
    decide_again(out)
    assert publish(out).edition == 2
    assert manifest_of(out)["campaign"] == "Energy for Britain"
    decide_again(out)
    assert (publish(out).status, publish(out).edition) == ("unchanged", 2)


def test_another_name_of_the_controller_is_a_change_for_the_manifest_tells_it(
    out: Settings,
) -> None:
    with connect(out, autocommit=True) as connection:
        write_registers(connection, controller_name="Northwind plc")
    decide_again(out)
    assert publish(out).edition == 2
    assert manifest_of(out)["controller"] == "Northwind plc"


def test_somebody_stopped_since_the_later_run_is_taken_out_by_a_new_edition(out: Settings) -> None:
    decide_again(out)
    with connect(out, autocommit=True) as connection:
        object_to_calls(connection, 1)
    report = publish(out)
    assert (report.status, report.edition, report.count_rows) == ("published", 2, 4)


@pytest.mark.parametrize("name", ["call_list.csv", "vicidial.txt", "manifest.json"])
def test_a_file_that_is_not_as_it_was_published_is_made_anew(out: Settings, name: str) -> None:
    file = folder(out) / name
    file.write_bytes(file.read_bytes() + b" ")
    decide_again(out)
    assert publish(out).edition == 2


def test_an_empty_list_that_stays_empty_is_no_change(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    decide_again(fresh_database, 0)
    assert publish(fresh_database).status == "published"
    decide_again(fresh_database, 0)
    assert publish(fresh_database).status == "unchanged"
