"""A stop after publication takes its row out of the list that is out, with proof of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from tests.support_publish import (
    add_point,
    decide,
    lay_day,
    number,
    object_to_calls,
    person,
    publish,
    subject,
)
from tests.support_recall import (
    ask,
    everything,
    folder,
    is_proved,
    last_words,
    lay_day_in_two_deliveries,
    listed,
    recall,
    recalled,
    recalled_numbers,
)
from tests.test_explain import told
from tests.test_restart import UNREAD

from ringfence.database import connect, held
from ringfence.errors import Misconfigured, Refusal
from ringfence.landing.retract import retract_batch
from ringfence.publish import Step
from ringfence.publish.recall import recall_lists
from ringfence.settings import Settings
from ringfence.stops import resume, stop


def object_now(settings: Settings, *indexes: int) -> None:
    with connect(settings, autocommit=True) as connection:
        for index in indexes:
            object_to_calls(connection, index)


@pytest.fixture
def out(fresh_database: Settings) -> Settings:
    """Lend a home whose list of five rows is out."""
    lay_day(fresh_database)
    publish(fresh_database)
    return fresh_database


def test_a_stop_after_publication_is_recalled_and_a_list_without_it_supersedes(
    out: Settings,
) -> None:
    object_now(out, 3)
    (report,) = recall(out)
    assert (report.status, report.edition, report.count_new, report.new_edition) == (
        "recalled", 1, 1, 2,
    )  # fmt: skip
    ((call_ref,),) = ask(
        out,
        "select call_ref from ledger.publication_rows inner join ledger.publications using"
        f" (list_id) where subject_id = '{subject(3)}' and edition = 1 and status = 'published'",
    )
    (row,) = recalled(out)
    assert (row["call_ref"], row["phone"], row["reason_family"]) == (
        call_ref, number(3), "objection",
    )  # fmt: skip
    assert row["recalled_at"].startswith("2026-11-24T05:00:")
    assert listed(out) == {0, 1, 2, 4}
    assert last_words(out) == [(1, "superseded"), (2, "published")]
    assert ask(out, "select count(*) from ledger.current_call_list") == [(4,)]
    assert is_proved(out)


def test_the_superseding_manifest_says_what_it_supersedes_and_why(out: Settings) -> None:
    first = json.loads((folder(out) / "manifest.json").read_bytes())
    assert first["supersedes"] is None
    object_now(out, 3)
    recall(out)
    second = json.loads((folder(out) / "manifest.json").read_bytes())
    assert (second["run_id"], second["edition"]) == (first["run_id"], 2)
    assert second["supersedes"] == {
        "list_id": first["list_id"], "edition": 1, "rows_recalled": 1,
        "sha256": second["previous"]["sha256"],
    }  # fmt: skip
    assert second["totals"]["candidates"]["last_look"] == 1


def test_a_recall_without_anything_to_recall_changes_nothing_and_says_so(out: Settings) -> None:
    before = everything(out)
    (report,) = recall(out)
    assert (report.status, report.count_new, report.path) == ("unchanged", 0, None)
    assert everything(out) == before


def test_a_second_recall_changes_nothing_and_says_so(out: Settings) -> None:
    object_now(out, 3)
    recall(out)
    before = everything(out), ask(out, "select count(*) from ledger.publications")
    assert {report.status for report in recall(out)} == {"unchanged"}
    assert (everything(out), ask(out, "select count(*) from ledger.publications")) == before


def test_a_later_stop_reaches_every_edition_that_a_dialler_may_still_hold(out: Settings) -> None:
    object_now(out, 3)
    recall(out)
    object_now(out, 4)
    recall(out)
    assert recalled_numbers(out, 1) == {3, 4}
    assert recalled_numbers(out, 2) == {4}
    assert not (folder(out) / "recall-3.csv").exists()
    assert listed(out) == {0, 1, 2}
    assert last_words(out) == [(1, "superseded"), (2, "superseded"), (3, "published")]
    assert is_proved(out)


def test_a_stop_that_comes_while_the_superseding_list_is_made_is_recalled_as_well(
    out: Settings,
) -> None:
    object_now(out, 3)
    waiting = [4]

    def object_once(step: object) -> None:
        if step == Step.LIST_WRITTEN and waiting:
            object_now(out, waiting.pop())

    recall(out, on_step=object_once)
    assert listed(out) == {0, 1, 2}
    assert recalled_numbers(out, 1) == {3, 4}
    assert last_words(out) == [(1, "superseded"), (2, "published")]


def test_the_persons_other_number_is_recalled_with_the_one_that_objected(out: Settings) -> None:
    with connect(out, autocommit=True) as connection:
        ((record, batch),) = connection.execute(
            "select record_id, batch_id from landing.lead_records where person_ref = %s",
            [person(1)],
        ).fetchall()
        add_point(connection, record, batch, 9, person(1), position=1)
        object_to_calls(connection, 9)
    recall(out)
    assert recalled_numbers(out) == {1}


def test_a_stop_for_somebody_else_recalls_nothing(out: Settings) -> None:
    with connect(out, autocommit=True) as connection:
        object_to_calls(connection, 3, "elsewhere")
    (report,) = recall(out)
    assert report.status == "unchanged"


def test_a_list_that_is_over_is_not_recalled(out: Settings) -> None:
    object_now(out, 3)
    with connect(out, "owner", autocommit=True) as owner:
        owner.execute(
            "update ledger.clock set stands_at = %s", [datetime(2026, 11, 25, 5, tzinfo=UTC)]
        )
    assert recall(out) == []
    assert not (folder(out) / "recall-1.csv").exists()


def test_rows_that_rest_on_what_was_taken_back_are_recalled_and_the_others_stay(
    fresh_database: Settings,
) -> None:
    _, second = lay_day_in_two_deliveries(fresh_database)
    publish(fresh_database)
    retract_batch(fresh_database, UUID(str(second)), reason="a wrong export")
    object_now(fresh_database, 0)
    (report,) = recall(fresh_database)
    assert report.count_new == 3
    families = {row["phone"]: row["reason_family"] for row in recalled(fresh_database)}
    assert families == {number(0): "objection", number(3): "ground", number(4): "ground"}
    assert listed(fresh_database) == {1, 2}
    assert is_proved(fresh_database)


def test_what_is_taken_back_while_the_superseding_list_is_made_is_not_on_it(
    fresh_database: Settings,
) -> None:
    _, second = lay_day_in_two_deliveries(fresh_database)
    publish(fresh_database)
    object_now(fresh_database, 0)
    waiting = [UUID(str(second))]

    def take_back_once(step: object) -> None:
        if step == Step.LIST_WRITTEN and waiting:
            retract_batch(fresh_database, waiting.pop(), reason="a wrong export")

    recall(fresh_database, on_step=take_back_once)
    assert listed(fresh_database) == {1, 2}
    assert recalled_numbers(fresh_database, 1) == {0, 3, 4}
    assert last_words(fresh_database) == [(1, "superseded"), (2, "published")]


def test_a_row_that_was_recalled_stays_out_though_its_stop_is_taken_back(out: Settings) -> None:
    with connect(out, autocommit=True) as connection:
        batch = object_to_calls(connection, 3)
    stop(out, reason="a drill", actor="tester")
    recall(out)
    retract_batch(out, batch, reason="a wrong file", approved_by="dpo")
    resume(out, reason="over", actor="tester")
    recall(out)
    assert listed(out) == {0, 1, 2, 4}


@pytest.mark.parametrize("why", ["the campaign is stopped", "objections cannot be read"])
def test_where_no_list_may_leave_the_recall_is_written_all_the_same(
    out: Settings, why: str
) -> None:
    object_now(out, 3)
    if why == "the campaign is stopped":
        stop(out, campaign_id="energy_gb", reason="a complaint", actor="tester")
    else:
        with connect(out) as connection:
            connection.execute(UNREAD)
    before = everything(out)
    (report,) = recall(out)
    assert (report.status, report.count_new, report.new_edition) == ("recalled", 1, None)
    assert report.reason
    assert recalled_numbers(out) == {3}
    assert ask(out, "select reason from ledger.publication_removals") == [("recall",)]
    assert last_words(out) == [(1, "published")]
    assert {name: everything(out)[name] for name in before} == before
    assert is_proved(out)


def test_when_the_day_is_over_where_the_campaign_is_run_its_last_hours_are_recalled(
    fresh_database: Settings,
) -> None:
    lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(5), valid_until="2026-11-25 08:00+00")
    publish(fresh_database)
    with connect(fresh_database, "owner", autocommit=True) as owner:
        owner.execute(
            "update ledger.clock set stands_at = %s", [datetime(2026, 11, 25, 5, tzinfo=UTC)]
        )
    object_now(fresh_database, 3)
    (report,) = recall(fresh_database)
    assert (report.status, report.new_edition) == ("recalled", None)
    assert "2026-11-24 is over" in str(report.reason)
    assert recalled_numbers(fresh_database) == {3}


def test_a_list_held_back_supersedes_as_soon_as_it_may(out: Settings) -> None:
    object_now(out, 3)
    stop(out, reason="a complaint", actor="tester")
    recall(out)
    (report,) = recall(out)
    assert (report.status, report.count_new, report.count_recalled) == ("unchanged", 0, 1)
    assert "a complaint" in str(report.reason)
    resume(out, reason="settled", actor="tester")
    (report,) = recall(out)
    assert (report.status, report.count_new, report.new_edition) == ("recalled", 0, 2)
    assert listed(out) == {0, 1, 2, 4}


def test_after_a_later_decision_the_list_of_that_run_supersedes(out: Settings) -> None:
    object_now(out, 3)
    with connect(out, autocommit=True) as connection:
        decide(connection, range(3))
    (report,) = recall(out)
    assert (report.count_new, report.new_edition) == (1, None)
    assert "./ringfence publish" in str(report.reason)
    assert recalled_numbers(out) == {3}
    assert publish(out).edition == 2


def test_a_list_whose_every_row_is_recalled_is_superseded_by_an_empty_one(out: Settings) -> None:
    object_now(out, *range(5))
    recall(out)
    assert recalled_numbers(out) == set(range(5))
    assert listed(out) == set()
    assert is_proved(out)


def test_publish_names_the_recall_for_a_list_that_is_out(out: Settings) -> None:
    object_now(out, 3)
    assert "1 of its rows have been stopped since: `./ringfence recall`" in str(publish(out).reason)
    stop(out, reason="a complaint", actor="tester")
    recall(out)
    resume(out, reason="settled", actor="tester")
    again = publish(out)
    assert (again.status, again.count_rows) == ("unchanged", 4)
    assert "1 of its rows have been recalled: `./ringfence recall`" in str(again.reason)


def test_a_recall_file_that_is_gone_is_written_again_as_it_was(out: Settings) -> None:
    object_now(out, 3)
    recall(out)
    before = everything(out)
    for name in ("recall-1.csv", "recall-1-vicidial.txt"):
        (folder(out) / name).unlink()
    recall(out)
    assert everything(out) == before


def test_who_works_on_the_campaign_is_waited_for_and_named(out: Settings) -> None:
    object_now(out, 3)
    with (
        connect(out, name="a publisher", autocommit=True) as other,
        held(other, "publish:energy_gb"),
    ):
        (report,) = recall(out)
        assert report.status == "refused"
        assert "a publisher" in str(report.reason)
        with pytest.raises(Refusal, match="a publisher"):
            recall_lists(out, campaign_id="energy_gb")
    assert recall(out)[0].status == "recalled"


def test_nothing_is_locked_while_there_is_nothing_to_recall(out: Settings) -> None:
    with (
        connect(out, name="a publisher", autocommit=True) as other,
        held(other, "publish:energy_gb"),
    ):
        assert recall(out)[0].status == "unchanged"


def test_a_mistyped_campaign_is_not_silently_recalled(out: Settings) -> None:
    with pytest.raises(Misconfigured, match="no campaign `enrgy`"):
        recall_lists(out, campaign_id="enrgy")


def test_before_the_first_list_there_is_nothing_to_recall(fresh_database: Settings) -> None:
    assert recall(fresh_database) == []


def test_the_story_of_a_recalled_number_says_that_it_had_left_and_when_it_was_recalled(
    out: Settings,
) -> None:
    object_now(out, 3)
    recall(out)
    text = " ".join(told(out, 3).text.split())
    assert "left with the call list of energy_gb for 2026-11-24, edition 1" in text
    assert "recalled from the call list of energy_gb for 2026-11-24, edition 1" in text
    assert "edition 2 (call_ref" in text.partition("recalled from")[2]
    assert ", at the last look, before it left" in text
