"""How long a stop took to reach the lists that were out, on record and in words."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tests.support_publish import decide, lay_day, number, object_to_calls, publish
from tests.support_recall import ask, recall

from ringfence import clock
from ringfence.auditor_site import gather
from ringfence.auditor_site.pages import render_pages
from ringfence.auditor_site.recalls import lasting, recalls
from ringfence.auditor_site.steering import steering
from ringfence.database import connect
from ringfence.settings import Settings


def later(settings: Settings, minutes: int) -> datetime:
    """Let time go by in a home whose clock stands."""
    with connect(settings, "owner", autocommit=True) as owner:
        now = clock.now(owner) + timedelta(minutes=minutes)
        owner.execute("update ledger.clock set stands_at = %s", [now])
        return now


def object_now(settings: Settings, index: int) -> None:
    with connect(settings, autocommit=True) as connection:
        object_to_calls(connection, index)


def recall_two(settings: Settings) -> None:
    """Recall two stops, of which one has waited ten minutes and the other has not."""
    lay_day(settings)
    publish(settings)
    object_now(settings, 1)
    later(settings, 10)
    object_now(settings, 2)
    recall(settings)


@pytest.fixture
def recalled(fresh_database: Settings) -> Settings:
    recall_two(fresh_database)
    return fresh_database


def times(settings: Settings) -> list[float]:
    found = ask(settings, "select seconds from ledger.recall_times order by known_at, list_id")
    return [float(str(seconds)) for (seconds,) in found]


def test_the_time_from_receipt_to_recall_is_kept_for_each_stop_in_order(
    recalled: Settings,
) -> None:
    slow, quick = times(recalled)
    assert slow > 100 * quick > 0


def test_a_file_that_is_written_again_does_not_change_when_the_rows_were_recalled(
    recalled: Settings,
) -> None:
    before = times(recalled)
    later(recalled, 10)
    for path in (recalled.home / "published").rglob("recall-*"):
        path.unlink()
    recall(recalled)
    assert ask(recalled, "select count(*) from ledger.recall_files") == [(2,)]
    assert times(recalled) == before


def test_what_is_on_record_of_a_recall_cannot_be_changed(recalled: Settings) -> None:
    for table in ("recalled_rows", "recall_files"):
        with (
            connect(recalled, "owner") as connection,
            pytest.raises(Exception, match="append-only"),
        ):
            connection.execute(f"delete from ledger.{table}".encode())


def test_the_slowest_of_the_day_stays_named_while_later_ones_are_quicker(
    recalled: Settings,
) -> None:
    later(recalled, 60)
    object_now(recalled, 3)
    recall(recalled)
    with connect(recalled) as connection:
        told = recalls(connection)
    # The last one reached two editions: that of the morning and the one that superseded it.
    assert [(row["edition"], row["count_rows"]) for row in told["recalls"]] == [
        (2, 1), (1, 1), (1, 1), (1, 1),
    ]  # fmt: skip
    assert told["slowest_recall"]["lasted"] == "10 minutes"
    assert told["slowest_recall"] in told["recalls"]


def test_a_recall_of_an_earlier_day_is_not_the_slowest_of_this_one(recalled: Settings) -> None:
    later(recalled, 24 * 60)
    with connect(recalled, autocommit=True) as connection:
        decide(connection, range(5), call_date="2026-11-25", valid_until="2026-11-26 00:00+00")
    publish(recalled)
    object_now(recalled, 3)
    recall(recalled)
    with connect(recalled) as connection:
        slowest = recalls(connection)["slowest_recall"]
    assert (str(slowest["written_on"]), slowest["lasted"]) == ("2026-11-25", "less than a second")


def test_the_page_of_stops_tells_the_times_in_words_and_no_number(
    fresh_database: Settings,
) -> None:
    with connect(fresh_database, autocommit=True) as connection:
        facts = gather(connection, fresh_database) | {"groups": []}
    before = dict(render_pages(facts))["stops.html"]
    assert "No row of a list that was out has been recalled." in before
    recall_two(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        page = " ".join(dict(render_pages(facts | steering(connection)))["stops.html"].split())
    assert "The slowest of that day, 2026-11-24 (UTC): <strong>10 minutes</strong>" in page
    assert "energy_gb <span" in page
    assert not any(number(index)[3:] in page for index in range(5))


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.2, "less than a second"),
        (1, "1 second"),
        (59.9, "59 seconds"),
        (60, "1 minute"),
        (3599, "59 minutes"),
        (7300, "2 hours"),
        (90000, "25 hours"),
    ],
)
def test_a_time_is_told_in_the_unit_that_people_use(seconds: float, told: str) -> None:
    assert lasting(seconds) == told
