"""Kill the publisher between any two steps, and see that the next call finishes or voids."""

from __future__ import annotations

import csv
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support_publish import decide, lay_day, number, object_to_calls, publish
from tests.support_registers import change, write_sound_registers

from ringfence.database import connect
from ringfence.ledger.verify_ledger import verify_ledger
from ringfence.publish import Step
from ringfence.publish.verify import verify_manifest
from ringfence.settings import Settings
from ringfence.stops import stop

EXIT = 77
BEFORE_PREPARED = {Step.STAGED, Step.CHECKED}
WITH_A_LIST = {Step.LIST_RENAMED, Step.MANIFEST_RENAMED, Step.PUBLISHED, Step.CHECKPOINTED}


@pytest.fixture(scope="module")
def unharmed(database: Settings) -> Path:
    """Return the same day's list as it leaves when nothing dies."""
    lay_day(database)
    publish(database)
    return folder(database)


def die_at(settings: Settings, step: Step) -> None:
    """Publish in a child process that ends at a step as if the power had gone."""
    child = os.fork()
    if child == 0:
        publish(settings, on_step=lambda reached: os._exit(EXIT) if reached == step else None)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == EXIT


def folder(settings: Settings) -> Path:
    return settings.home / "published" / "2026-11-24" / "energy_gb"


def phones(settings: Settings) -> set[str]:
    with (folder(settings) / "call_list.csv").open(encoding="utf-8", newline="") as file:
        return {row["phone"] for row in csv.DictReader(file)}


def visible(settings: Settings) -> set[str]:
    """Return the names of files that somebody could take for a list."""
    if not folder(settings).exists():
        return set()
    return {path.name for path in folder(settings).iterdir() if not path.name.startswith(".")}


def last_words(settings: Settings) -> list[tuple[int, str]]:
    with connect(settings) as connection:
        return connection.execute(
            "select edition, status from ledger.current_publications order by edition"
        ).fetchall()


def is_proved(settings: Settings) -> bool:
    with connect(settings) as connection:
        row = connection.execute("select key_id from ledger.keys where purpose = 'signing'")
        (key,) = row.fetchone() or ("",)
        connection.rollback()
        whole = verify_ledger(connection, settings).is_passed
    return whole and verify_manifest(folder(settings), key).is_passed


@pytest.mark.parametrize("step", list(Step))
def test_a_crash_leaves_no_half_list_and_the_next_call_finishes_the_same_list(
    fresh_database: Settings, unharmed: Path, step: Step
) -> None:
    lay_day(fresh_database)
    die_at(fresh_database, step)
    assert ("call_list.csv" in visible(fresh_database)) == (step in WITH_A_LIST)
    if "call_list.csv" in visible(fresh_database):
        assert len(phones(fresh_database)) == 5
    if "manifest.json" in visible(fresh_database):
        assert verify_manifest(folder(fresh_database), _key(fresh_database)).is_passed
    report = publish(fresh_database)
    assert report.status == (
        "unchanged" if step in {Step.PUBLISHED, Step.CHECKPOINTED} else "published"
    )
    assert (report.count_rows, report.edition) == (5, 1)
    assert last_words(fresh_database) == [(1, "published")]
    assert not list(folder(fresh_database).glob(".*"))
    assert is_proved(fresh_database)
    with connect(fresh_database) as connection:
        left = connection.execute(
            "select count(*) from pg_tables where tablename like 'outgoing_%'"
        ).fetchone()
    assert left == (0,)
    for name in ("call_list.csv", "vicidial.txt", "commitments.csv"):
        assert (folder(fresh_database) / name).read_bytes() == (unharmed / name).read_bytes()


def _key(settings: Settings) -> str:
    with connect(settings) as connection:
        row = connection.execute(
            "select key_id from ledger.keys where purpose = 'signing'"
        ).fetchone()
    return str(row[0]) if row else ""


@pytest.mark.parametrize("step", [step for step in Step if step not in WITH_A_LIST])
def test_a_stop_during_the_outage_is_honoured_by_the_list_that_was_not_out(
    fresh_database: Settings, step: Step
) -> None:
    lay_day(fresh_database)
    die_at(fresh_database, step)
    with connect(fresh_database, autocommit=True) as connection:
        object_to_calls(connection, 3)
    report = publish(fresh_database)
    assert (report.status, report.count_rows) == ("published", 4)
    assert number(3) not in phones(fresh_database)
    assert is_proved(fresh_database)


@pytest.mark.parametrize("step", [Step.LIST_RENAMED, Step.MANIFEST_RENAMED])
def test_a_list_that_was_visible_is_finished_as_it_stands_for_the_recall_to_find(
    fresh_database: Settings, step: Step
) -> None:
    lay_day(fresh_database)
    die_at(fresh_database, step)
    before = (folder(fresh_database) / "call_list.csv").read_bytes()
    with connect(fresh_database, autocommit=True) as connection:
        object_to_calls(connection, 3)
    report = publish(fresh_database)
    assert (report.status, report.count_rows) == ("published", 5)
    assert (folder(fresh_database) / "call_list.csv").read_bytes() == before
    assert is_proved(fresh_database)


@pytest.mark.parametrize("step", [step for step in Step if step not in BEFORE_PREPARED])
def test_a_later_run_settles_what_the_earlier_left(fresh_database: Settings, step: Step) -> None:
    lay_day(fresh_database)
    die_at(fresh_database, step)
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(3))
    report = publish(fresh_database)
    assert (report.status, report.edition, report.count_rows) == ("published", 2, 3)
    was_out = step in WITH_A_LIST - {Step.LIST_RENAMED}
    assert last_words(fresh_database) == [
        (1, "superseded" if was_out else "voided"), (2, "published"),
    ]  # fmt: skip
    assert len(phones(fresh_database)) == 3
    assert is_proved(fresh_database)


@pytest.mark.parametrize("step", [Step.PREPARED, Step.MANIFEST_WRITTEN, Step.LIST_RENAMED])
def test_a_stopped_campaign_voids_what_was_left_and_nothing_stays_visible(
    fresh_database: Settings, step: Step
) -> None:
    lay_day(fresh_database)
    die_at(fresh_database, step)
    stop(fresh_database, campaign_id="energy_gb", reason="a complaint", actor="tester")
    report = publish(fresh_database)
    assert report.status == "stopped"
    assert report.reason == "stopped since 2026-11-24 05:00 UTC: a complaint"
    assert "call_list.csv" not in visible(fresh_database)
    assert last_words(fresh_database) == [(1, "voided")]


UNREAD = """
    insert into landing.batches (
        batch_id, delivery_id, part, source_id, controller_id, file_sha256, mapping_sha256,
        status, received_at, has_unread_stops
    )
    select gen_random_uuid(), gen_random_uuid(), 'rest', 'inbox', 'northwind', 'x', 'x',
        'rejected', ledger.now(), true
"""


@pytest.mark.parametrize("step", [Step.PREPARED, Step.MANIFEST_WRITTEN, Step.LIST_RENAMED])
@pytest.mark.parametrize("why", ["objections that cannot be read", "switched off"])
def test_what_holds_lists_back_holds_one_back_that_a_crash_had_left(
    fresh_database: Settings, tmp_path: Path, step: Step, why: str
) -> None:
    lay_day(fresh_database)
    die_at(fresh_database, step)
    settings = fresh_database
    if why == "switched off":
        settings = replace(settings, registers=write_sound_registers(tmp_path))
        file = tmp_path / "campaigns" / "energy.yml"
        change(file, "campaign_id: energy", "active: false\ncampaign_id: energy_gb")
        file.rename(file.with_name("energy_gb.yml"))
    else:
        with connect(settings) as connection:
            connection.execute(UNREAD)
    assert publish(settings).status == "refused"
    assert "call_list.csv" not in visible(settings)
    assert last_words(settings) == [(1, "voided")]


def test_objections_that_cannot_be_read_and_come_while_a_list_is_written_hold_it_back(
    fresh_database: Settings,
) -> None:
    lay_day(fresh_database)

    def come(step: Step) -> None:
        if step == Step.LIST_WRITTEN:
            with connect(fresh_database, name="a delivery") as connection:
                connection.execute(UNREAD)

    assert publish(fresh_database, on_step=come).status == "refused"
    assert "call_list.csv" not in visible(fresh_database)


@pytest.mark.parametrize("step", [Step.PREPARED, Step.LIST_RENAMED, Step.MANIFEST_RENAMED])
def test_a_crash_of_the_second_edition_never_harms_the_proof_of_the_first(
    fresh_database: Settings, step: Step
) -> None:
    lay_day(fresh_database)
    publish(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(3))
    die_at(fresh_database, step)
    stop(fresh_database, reason="all hands off", actor="tester")
    report = publish(fresh_database)
    if step == Step.MANIFEST_RENAMED:
        assert (report.status, report.edition) == ("published", 2)
    else:
        assert report.status == "stopped"
        assert last_words(fresh_database) == [(1, "published"), (2, "voided")]
        expected = 5 if step == Step.PREPARED else 0
        names = visible(fresh_database)
        assert (len(phones(fresh_database)) if "call_list.csv" in names else 0) == expected
    assert is_proved(fresh_database)


def test_a_list_left_overnight_is_voided_not_published(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    die_at(fresh_database, Step.LOOKED)
    with connect(fresh_database, "owner", autocommit=True) as owner:
        owner.execute(
            "update ledger.clock set stands_at = %s", [datetime(2026, 11, 25, 5, tzinfo=UTC)]
        )
    report = publish(fresh_database)
    assert report.status == "refused"
    assert last_words(fresh_database) == [(1, "voided")]
    assert visible(fresh_database) == set()
