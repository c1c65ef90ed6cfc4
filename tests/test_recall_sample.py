"""Recall on the sample day: real decisions, the shipped door, three diallers' lists."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from tests.support_recall import ask

from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.home import Home
from ringfence.landing.ingest import ingest_source, sources_in_order
from ringfence.landing.retract import retract_batch
from ringfence.landing.suppress import suppress
from ringfence.ledger.verify_ledger import verify_ledger
from ringfence.publish import PublicationReport, publish_call_lists
from ringfence.publish.recall import RecallReport, recall_lists
from ringfence.publish.verify import verify_manifest
from ringfence.sample import CALL_DATE, place
from ringfence.settings import Settings


@dataclass
class Day:
    """Hold what was published, recalled and published again."""

    settings: Settings
    published: list[PublicationReport]
    phones: dict[str, set[str]]
    objected: str
    recalled: list[RecallReport]
    kept: dict[str, set[str]]
    again: list[PublicationReport]


def folder(settings: Settings, campaign_id: str) -> Path:
    return Home(settings.home).list_folder(CALL_DATE, campaign_id)


def phones(path: Path) -> set[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["phone"] for row in csv.DictReader(file)}


def listed(settings: Settings, reports: list[PublicationReport]) -> dict[str, set[str]]:
    return {
        one.campaign_id: phones(folder(settings, one.campaign_id) / "call_list.csv")
        for one in reports
    }


@pytest.fixture(scope="module")
def day(database: Settings) -> Day:
    """Publish the sample day; somebody objects, consents are taken back; recall, then go on."""
    place(Home(database.home))
    for source in sources_in_order(database, "demo"):
        ingest_source(database, source.source_id)
    decide(database)
    published = publish_call_lists(database)
    before = listed(database, published)
    objected = min(before["energy_autumn"])
    suppress(database, objected, None, controller_id=None, kind="objection")
    ((batch,),) = ask(
        database,
        "select batch_id from landing.batches where part = 'rest' and status = 'accepted'"
        " and source_id = 'consent_log_nordlicht'",
    )
    retract_batch(database, UUID(str(batch)), reason="a wrong export")
    recalled = recall_lists(database)
    kept = listed(database, published)
    decide(database)
    return Day(database, published, before, objected, recalled, kept, publish_call_lists(database))


def test_each_list_loses_exactly_the_rows_in_its_recall_file(day: Day) -> None:
    changed = {one.campaign_id: one for one in day.recalled if one.status == "recalled"}
    assert "energy_autumn" in changed
    for campaign_id, before in day.phones.items():
        lost = before - day.kept[campaign_id]
        file = folder(day.settings, campaign_id) / "recall-1.csv"
        assert lost == (phones(file) if campaign_id in changed else set())
    assert day.objected in phones(folder(day.settings, "energy_autumn") / "recall-1.csv")


def test_who_rests_on_a_consent_that_was_taken_back_is_recalled_for_the_ground(day: Day) -> None:
    families = dict(
        ask(day.settings, "select reason_family, count(*) from ledger.recalled_rows group by 1")
    )
    assert families["ground"]
    assert families["objection"]


def test_the_superseding_lists_and_the_ledger_verify(day: Day) -> None:
    ((key,),) = ask(day.settings, "select key_id from ledger.keys where purpose = 'signing'")
    for one in day.recalled:
        if one.new_edition:
            path = folder(day.settings, one.campaign_id) / f"manifest-edition-{one.edition}.json"
            assert verify_manifest(path, str(key)).is_passed
    for campaign_id in day.phones:
        report = verify_manifest(folder(day.settings, campaign_id), str(key))
        assert report.is_passed, [check for check in report.checks if not check.is_passed]
    with connect(day.settings) as connection:
        assert verify_ledger(connection, day.settings).is_passed


def test_the_next_decision_agrees_with_the_recall(day: Day) -> None:
    """What the recall took out the rules would not let out either, and nobody is lost by it."""
    for one in day.again:
        after = phones(folder(day.settings, one.campaign_id) / "call_list.csv")
        assert after == day.kept[one.campaign_id], one.campaign_id


def test_the_mart_of_lists_tells_a_recall_from_a_last_look(day: Day) -> None:
    counted = ask(
        day.settings,
        "select campaign_id, edition, count_prepared, count_removed_at_last_look,"
        " count_published, count_kept from marts.published_lists",
    )
    lists = {(row[0], row[1]): row[2:] for row in counted}
    for one in day.recalled:
        if one.new_edition:
            prepared, looked, left, kept = map(int, map(str, lists[one.campaign_id, one.edition]))
            again = lists[one.campaign_id, one.new_edition]
            assert (left, kept) == (prepared - looked, left - one.count_recalled)
            assert again == (prepared, looked + one.count_recalled, kept, kept)
