"""Kill a recall between any two steps, and see that the next call finishes it."""

from __future__ import annotations

import os

import pytest
from tests.support_publish import lay_day, object_to_calls, publish
from tests.support_recall import (
    ask,
    folder,
    is_proved,
    last_words,
    listed,
    recall,
    recalled_numbers,
)
from tests.test_restart import die_at as die_publishing

from ringfence.database import connect
from ringfence.publish import Step
from ringfence.publish.recall import RecallStep
from ringfence.settings import Settings

EXIT = 77
STEPS = [*RecallStep, *Step]


def die_at(settings: Settings, step: RecallStep | Step) -> None:
    """Recall in a child process that ends at a step as if the power had gone."""
    child = os.fork()
    if child == 0:
        recall(settings, on_step=lambda reached: os._exit(EXIT) if reached == step else None)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == EXIT


@pytest.fixture
def stopped(fresh_database: Settings) -> Settings:
    """Lend a home with a list that is out and a stop that came too late for it."""
    lay_day(fresh_database)
    publish(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        object_to_calls(connection, 3)
    return fresh_database


def is_whole(settings: Settings) -> bool:
    return (
        recalled_numbers(settings) == {3}
        and listed(settings) == {0, 1, 2, 4}
        and last_words(settings)[0] == (1, "superseded")
        and last_words(settings)[-1][1] == "published"
        and not list(folder(settings).glob(".*"))
        and is_proved(settings)
    )


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_recall_is_finished_by_the_next_one(
    stopped: Settings, step: RecallStep | Step
) -> None:
    die_at(stopped, step)
    recall(stopped)
    assert is_whole(stopped)
    assert last_words(stopped) == [(1, "superseded"), (2, "published")]
    assert ask(stopped, "select count(*) from ledger.recalled_rows") == [(1,)]
    assert {report.status for report in recall(stopped)} == {"unchanged"}


@pytest.mark.parametrize("step", STEPS)
def test_what_a_killed_recall_had_on_record_it_had_written(
    stopped: Settings, step: RecallStep | Step
) -> None:
    die_at(stopped, step)
    if ask(stopped, "select from ledger.publication_removals where reason = 'recall'"):
        assert recalled_numbers(stopped) == {3}


@pytest.mark.parametrize("step", [Step.PREPARED, Step.LIST_WRITTEN, Step.MANIFEST_RENAMED])
def test_a_superseding_list_that_was_begun_is_finished_by_publish_too(
    stopped: Settings, step: Step
) -> None:
    die_at(stopped, step)
    assert publish(stopped).edition == 2
    assert is_whole(stopped)


def test_a_list_that_a_crash_left_visible_is_finished_then_recalled(
    fresh_database: Settings,
) -> None:
    lay_day(fresh_database)
    die_publishing(fresh_database, Step.LIST_RENAMED)
    with connect(fresh_database, autocommit=True) as connection:
        object_to_calls(connection, 3)
    recall(fresh_database)
    assert is_whole(fresh_database)


def test_a_stop_during_the_outage_is_in_the_recall_and_not_in_the_list(stopped: Settings) -> None:
    die_at(stopped, Step.PREPARED)
    with connect(stopped, autocommit=True) as connection:
        object_to_calls(connection, 4)
    recall(stopped)
    assert recalled_numbers(stopped) == {3, 4}
    assert listed(stopped) == {0, 1, 2}
    assert is_proved(stopped)
