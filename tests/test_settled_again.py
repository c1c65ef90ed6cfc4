"""What somebody settled stays settled only as long as its very row comes again."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.support_landing import ask, deliver, ingest
from tests.test_unmatched import CERTAIN, GERMAN, LED, STOPPED, home, open_id, run

from ringfence.auditor_site import gather
from ringfence.auditor_site.pages import render_pages
from ringfence.auditor_site.steering import steering
from ringfence.database import connect
from ringfence.landing.retract import retract_batch
from ringfence.landing.unmatched import open_stops
from ringfence.settings import Settings

__all__ = ["home"]


def settle(home: Settings, monkeypatch: pytest.MonkeyPatch, *, is_stop: bool) -> None:
    if is_stop:
        told, typed = ("--as-stop",), "+44 20 7946 0007"
    else:
        told, typed = ("--not-a-stop", "--reason", "a test row", "--approved-by", "dpo"), ""
    closed = open_id(home)
    words = run(home, monkeypatch, "settle", closed, *told, typed=typed)
    assert f"Closed: task {closed}" in words.replace("\n", " ")


def count_waiting(home: Settings) -> int:
    with connect(home, autocommit=True) as connection:
        return len(open_stops(connection))


@pytest.mark.parametrize("is_stop", [True, False])
def test_what_was_settled_stays_so_when_the_list_comes_with_other_bytes(
    home: Settings, monkeypatch: pytest.MonkeyPatch, is_stop: bool
) -> None:
    deliver(home, STOPPED, LED)
    ingest(home)
    settle(home, monkeypatch, is_stop=is_stop)
    for more in (CERTAIN, "4,Fiction,020 7946 0004,,Web,,,true"):  # each day a row more, in front
        deliver(home, more, STOPPED, LED)
        assert ingest(home).count_unmatched == 0
    assert count_waiting(home) == 0
    with connect(home, autocommit=True) as connection:
        (row,) = steering(connection)["settled"]
        facts = gather(connection, home) | {"groups": []}
    assert row["count_again"] == 2
    page = dict(render_pages(facts))["stops.html"]
    assert f"task {row['unmatched_stop_id']}" in page
    assert row["actor"] in page


@pytest.mark.parametrize("is_stop", [True, False])
@pytest.mark.parametrize(
    "row",
    [
        STOPPED.replace(GERMAN, "0151 23456788"),
        STOPPED.replace(",,Web", ",n/a,Web"),
        STOPPED.replace("Web", "Fair"),
    ],
)
def test_another_number_or_row_is_another_task(
    home: Settings, monkeypatch: pytest.MonkeyPatch, row: str, is_stop: bool
) -> None:
    deliver(home, STOPPED, LED)
    ingest(home)
    settle(home, monkeypatch, is_stop=is_stop)
    deliver(home, row, LED)
    assert ingest(home).count_unmatched == 1


def test_a_row_that_cannot_be_read_whole_is_a_task_each_time(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(home, LED, '1,"Alice"x,020 7946 0011,,Web,,,true')
    count = ingest(home).count_unmatched
    assert count > 0
    for _ in range(count):
        settle(home, monkeypatch, is_stop=False)
    deliver(home, LED, CERTAIN, '7,"Bob"y,020 7946 0012,,Fair,,,true')
    assert ingest(home).count_unmatched == count


def test_whoever_else_is_meant_by_a_number_that_was_settled_is_a_task(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(home, "1,Alice,12345678,,Web,,,true")
    ingest(home)
    settle(home, monkeypatch, is_stop=True)
    deliver(home, "1,Alice,12345678,,Web,,,true", "77,Bob,12345678,,Web,,,true")
    assert ingest(home).count_unmatched == 1


def test_a_row_like_one_that_was_settled_is_a_task_when_it_stands_there_twice(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = "1,Fiction,,,Web,,,true"
    deliver(home, nobody)
    ingest(home)
    settle(home, monkeypatch, is_stop=True)
    deliver(home, nobody, nobody)
    assert ingest(home).count_unmatched == 1


def test_what_was_settled_by_an_entry_that_was_taken_back_comes_again(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(home, STOPPED, LED)
    ingest(home)
    settle(home, monkeypatch, is_stop=True)
    told = "select batch_id from landing.batches where source_id = 'operator'"
    for (batch_id,) in ask(home, told):
        retract_batch(home, UUID(str(batch_id)), reason="wrong", approved_by="dpo")
    deliver(home, CERTAIN, STOPPED, LED)
    assert ingest(home).count_unmatched == 1
