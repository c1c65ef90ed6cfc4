"""What the commands say of a recall, to people and to machines; never a number."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from tests.support_commands import run_command
from tests.support_publish import lay_day, number, object_to_calls, publish
from tests.support_recall import folder, lay_day_in_two_deliveries, listed, recalled

from ringfence.cli.control import stop_command, suppress_command
from ringfence.cli.recall import recall_command
from ringfence.cli.sources import retract_command
from ringfence.database import connect, held
from ringfence.errors import Refusal
from ringfence.publish import publish_call_lists
from ringfence.settings import Settings


@pytest.fixture
def out(fresh_database: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Lend a home whose list is out, checked by the door that is shipped."""
    monkeypatch.setenv("RINGFENCE_REGISTERS", str(fresh_database.registers))
    lay_day(fresh_database)
    publish_call_lists(fresh_database)
    return fresh_database


def words(told: str) -> str:
    return " ".join(told.split())


def test_the_command_ends_with_a_table_and_a_second_one_says_that_nothing_changed(
    out: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(out, autocommit=True) as connection:
        object_to_calls(connection, 3)
    told = run_command(monkeypatch, out, recall_command).output
    for cell in ("list", "edition", "recalled rows", "file", "energy_gb", "recall-1.csv"):
        assert cell in told
    assert "edition 2 supersedes edition 1" in words(told)
    assert listed(out) == {0, 1, 2, 4}
    again = run_command(monkeypatch, out, recall_command, "--campaign", "energy_gb").output
    assert "Nothing to recall; nothing was changed." in words(again)
    assert number(3)[3:] not in told + again


def test_the_command_tells_machines_the_same(
    out: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(out, autocommit=True) as connection:
        object_to_calls(connection, 3)
    (report,) = json.loads(run_command(monkeypatch, out, recall_command, "--json").output)
    assert (report["status"], report["count_new"], report["new_edition"]) == ("recalled", 1, 2)
    assert report["path"] == str(folder(out) / "recall-1.csv")


def test_a_campaign_that_somebody_works_on_ends_the_command_with_a_refusal(
    out: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(out, autocommit=True) as connection:
        object_to_calls(connection, 3)
    with (
        connect(out, name="a publisher", autocommit=True) as other,
        held(other, "publish:energy_gb"),
        pytest.raises(Refusal, match="a publisher"),
    ):
        run_command(monkeypatch, out, recall_command)


def test_suppress_says_how_many_rows_are_out_and_names_the_recall(
    out: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = words(run_command(monkeypatch, out, suppress_command, typed=number(1)).output)
    assert "1 row of lists that are out and still valid" in told
    assert "`./ringfence recall` takes it out" in told
    run_command(monkeypatch, out, recall_command)
    assert [row["phone"] for row in recalled(out)] == [number(1)]


def test_stop_says_how_many_rows_are_stopped_already_and_names_the_recall(
    out: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = ("--reason", "a complaint")
    assert "recall" not in run_command(monkeypatch, out, stop_command, *stop).output
    with connect(out, autocommit=True) as connection:
        for index in (1, 2):
            object_to_calls(connection, index)
    told = words(run_command(monkeypatch, out, stop_command, *stop).output)
    assert "2 rows of lists that are out and still valid" in told
    assert "`./ringfence recall` takes them out" in told
    machine = run_command(monkeypatch, out, stop_command, *stop, "--json").output
    assert json.loads(machine)["rows_to_recall"] == 2


def test_retract_says_how_many_rows_rest_on_it_and_names_the_recall(
    fresh_database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, second = lay_day_in_two_deliveries(fresh_database)
    publish(fresh_database)
    told = words(
        run_command(
            monkeypatch, fresh_database, retract_command, str(UUID(str(second))),
            "--reason", "a wrong export",
        ).output
    )  # fmt: skip
    assert "2 rows of lists that are out and still valid" in told
    assert "`./ringfence recall` takes them out" in told
