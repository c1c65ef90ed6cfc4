"""No list leaves on ground that was taken back; one that is out says how much of it rests there."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from tests.support_publish import lay_day, publish

from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.errors import Refusal
from ringfence.home import Home
from ringfence.landing.ingest import ingest_source, sources_in_order
from ringfence.landing.retract import retract_batch
from ringfence.publish import PublicationReport, Step, publish_call_lists
from ringfence.sample import CALL_DATE, place
from ringfence.settings import Settings

OUT, NOT_YET = "energy_autumn", "solar_checkup"


@dataclass
class Day:
    """Hold what `publish` said of one campaign's list after each step of the day."""

    settings: Settings
    said: dict[str, PublicationReport] = field(default_factory=dict)
    refusal: str = ""

    def publish(self, after: str) -> None:
        (self.said[after],) = publish_call_lists(self.settings, campaign_id=OUT)

    def retract(self, source_id: str) -> None:
        ((batch_id,),) = self.ask(
            "select batch_id from landing.batches where part = 'rest' and status = 'accepted'"
            f" and source_id = '{source_id}'"
        )
        retract_batch(self.settings, UUID(str(batch_id)), reason="a wrong export")

    def ask(self, query: str) -> list[tuple[object, ...]]:
        return ask(self.settings, query)


def ask(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with connect(settings) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def day(database: Settings) -> Day:
    """Decide the sample day, publish one of its lists, then take back consents and leads."""
    place(Home(database.home))
    for source in sources_in_order(database, "demo"):
        ingest_source(database, source.source_id)
    decide(database)
    told = Day(database)
    told.publish("decide")
    told.publish("publish")
    told.retract("consent_log_nordlicht")
    told.publish("consents")
    with pytest.raises(Refusal) as refused:
        publish_call_lists(database, campaign_id=NOT_YET)
    told.refusal = str(refused.value)
    told.retract("web_leads_de")
    told.publish("leads")
    return told


def test_a_list_whose_ground_was_taken_back_after_the_decision_does_not_leave(day: Day) -> None:
    assert "retracted since" in day.refusal
    assert "consent_log_nordlicht" in day.refusal
    assert "run `./ringfence decide`, then publish again" in day.refusal
    assert day.ask(f"select from ledger.publications where campaign_id = '{NOT_YET}'") == []


def test_a_list_that_is_out_says_how_many_rows_rest_on_consents_that_were_taken_back(
    day: Day,
) -> None:
    ((resting,),) = day.ask(
        f"""
        select count(*)
        from marts.call_decisions as decisions
        inner join ledger.consent_events as events
            on decisions.ground_evidence_id = events.event_id::text
        where decisions.campaign_id = '{OUT}' and decisions.verdict = 'callable'
            and events.source_id = 'consent_log_nordlicht'
        """
    )
    assert day.said["publish"].reason is None
    said = day.said["consents"]
    assert resting
    assert (said.status, said.reason) == (
        "unchanged",
        f"{resting} of its rows rest on what was taken back since: `./ringfence recall` takes them"
        " out of the list and of the dialler",
    )


def test_a_list_that_is_out_says_how_many_of_its_rows_were_leads_that_were_taken_back(
    day: Day,
) -> None:
    file = Home(day.settings.home).list_folder(CALL_DATE, OUT) / "call_list.csv"
    with file.open(encoding="utf-8", newline="") as rows:
        by_source = Counter(row["source"] for row in csv.DictReader(rows))
    ((title,),) = day.ask(
        "select entry ->> 'title' from ledger.config_versions, jsonb_array_elements(content) entry"
        " where kind = 'sources' and entry ->> 'source_id' = 'web_leads_de'"
    )
    ((both,),) = day.ask(
        f"""
        select count(*)
        from marts.call_decisions as decisions
        inner join landing.lead_records as leads
            on decisions.presenting_record_id = leads.record_id
        where decisions.campaign_id = '{OUT}' and decisions.verdict = 'callable' and (
            leads.source_id = 'web_leads_de' or decisions.ground_evidence_id in (
                select event_id::text from ledger.consent_events
                where source_id = 'consent_log_nordlicht'
            )
        )
        """
    )
    assert int(str(both)) >= by_source[str(title)] > 0
    assert str(day.said["leads"].reason).startswith(f"{both} of its rows rest on what was taken")


def test_a_delivery_taken_back_while_the_list_is_written_keeps_it_in(
    fresh_database: Settings,
) -> None:
    lay_day(fresh_database)
    ((batch_id,),) = ask(fresh_database, "select batch_id from landing.batches")

    def take_back(step: Step) -> None:
        if step is Step.LIST_WRITTEN:
            retract_batch(fresh_database, UUID(str(batch_id)), reason="a wrong export")

    report = publish(fresh_database, on_step=take_back)
    assert report.status == "refused"
    assert "retracted since" in str(report.reason)
    folder = Home(fresh_database.home).list_folder(CALL_DATE, "energy_gb")
    assert not list(folder.glob("*.csv"))
    assert ask(fresh_database, "select status from ledger.publications order by seq") == [
        ("prepared",), ("voided",),
    ]  # fmt: skip
