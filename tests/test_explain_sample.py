"""Ask for numbers of the sample day: each is told where it stands, however little was kept."""

from __future__ import annotations

import getpass
import re
from pathlib import Path

import pytest

from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.explain import Explanation, explain
from ringfence.home import Home
from ringfence.landing.ingest import ingest_source, sources_in_order
from ringfence.landing.retract import retract_batch
from ringfence.sample import place
from ringfence.settings import Settings

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
ONLY_IN_TPS = "+442079460999"
SET_ASIDE = ("0221 4710664", "DE")  # row 254 of web_leads_de has a cell too many
TURNED_AWAY = ("07700 900902", "GB")  # a row of the file that the door refuses; it is no stop


@pytest.fixture(scope="module")
def day(database: Settings) -> Settings:
    """Ingest the sample with one more number in the register, and decide."""
    place(Home(database.home))
    (register,) = (Home(database.home).inbox / "gb_tps").iterdir()
    with register.open("a") as file:
        file.write(f"0{ONLY_IN_TPS.removeprefix('+44'):<11}\n")
    for source in sources_in_order(database, "demo"):
        ingest_source(database, source.source_id)
    decide(database)
    return database


def told(settings: Settings, typed: str, country: str | None = None) -> Explanation:
    return explain(settings, typed, country, actor="dpo")


def flat(explanation: Explanation) -> str:
    return " ".join(explanation.text.split())


def number_of(settings: Settings, condition: str) -> str:
    """Return some number of the sample whose decision fulfils a condition."""
    with connect(settings) as connection:
        row = connection.execute(
            f"""
            select points.e164 from marts.call_decisions as decisions
            inner join landing.lead_contact_points as points using (subject_id)
            where {condition} and points.e164 is not null order by 1 limit 1
            """.encode()
        ).fetchone()
    assert row
    return str(row[0])


def test_a_number_that_stands_in_a_register_alone_is_told(day: Settings) -> None:
    text = flat(told(day, ONLY_IN_TPS))
    assert "It was not a candidate of any campaign." in text
    assert (
        "2026-11-20 00:00 UTC stands in the register Telephone Preference Service (gb_tps): in our"
        " copy published 2026-11-20 00:00 UTC; known since 2026-11-24 05:00 UTC" in text
    )
    assert "Nothing is held" not in text


def test_a_number_in_a_row_that_was_set_aside_is_told(day: Settings) -> None:
    found = told(day, *SET_ASIDE)
    assert "row 255 of a delivery of web_leads_de was set aside for a fault" in flat(found)
    assert found.searched["rows set aside"] == 1
    assert "Nothing is held" not in found.text


def test_a_delivery_turned_away_is_named_as_not_searched(day: Settings) -> None:
    text = flat(told(day, *TURNED_AWAY))
    assert "Nothing is held about this number in anything that can be searched." in text
    assert "Deliveries that were turned away: reseller_leads_gb of 2026-11-24" in text


def test_a_stop_of_a_delivery_turned_away_is_told_with_it(day: Settings) -> None:
    condition = """subject_id in (
        select subject_id from ledger.suppression_entries where source_id = 'reseller_leads_gb'
    )"""
    text = flat(told(day, number_of(day, condition)))
    assert "time not known: objection to being called" in text
    assert "The rest of that delivery was rejected (door check failed)" in text


def test_a_stop_whose_number_was_ambiguous_is_told_under_each_reading(day: Settings) -> None:
    with connect(day, autocommit=True) as connection:
        row = connection.execute(
            "select batch_id, delivery_id from landing.batches"
            " where source_id = 'stop_list_nordlicht' and part = 'stops'"
        ).fetchone()
        assert row
        from ringfence.keys import load_keys
        from ringfence.landing.sealed_cells import CellSeal

        sealed = CellSeal(load_keys(day, connection), row[1]).close({"tel": "(0)20 79460888"})
        connection.execute(
            "insert into landing.unmatched_stops values (gen_random_uuid(), %s, 99,"
            " 'suppression', %s, ledger.now(), ledger.now() + interval '30 days')",
            [row[0], sealed],
        )
    text = flat(told(day, "+44 20 7946 0888"))
    assert "row 99 of a delivery of stop_list_nordlicht holds a stop" in text
    assert "not settled; somebody has to by 2026-12-24" in text


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("zoneless", "the time given has no time zone"),
        ("future", "the time given lay in the future"),
    ],
)
def test_the_receipt_is_never_told_as_the_time_of_an_event(
    day: Settings, status: str, why: str
) -> None:
    condition = f"""subject_id in (
        select subject_id from ledger.consent_events
        where event_type = 'withdrawn' and event_time_status = '{status}'
    )"""
    text = flat(told(day, number_of(day, condition)))
    withdrawn = re.findall(r"(.{17}) consent withdrawn ([^.]*?); known since", text)
    assert withdrawn
    for margin, sentence in withdrawn:
        assert "time not known" in margin
        assert why in sentence


def test_a_retracted_delivery_is_told_with_its_reason(day: Settings) -> None:
    number = number_of(day, "first_reason_code = 'source_not_approved'")
    with connect(day) as connection:
        row = connection.execute(
            "select batch_id from landing.batches"
            " where source_id = 'auction_leads_gb' and part = 'rest'"
        ).fetchone()
    assert row
    retract_batch(day, row[0], reason="bought without papers", approved_by="ida")
    text = flat(told(day, number))
    by = f"by {getpass.getuser()}, approved by ida: bought without papers"
    assert f"TAKEN BACK 2026-11-24 05:00 UTC {by}" in text


@pytest.mark.parametrize(
    "condition",
    [
        "verdict = 'callable' and ground = 'legitimate_interest'",
        "verdict = 'callable' and ground = 'consent'",
        "verdict = 'callable' and ground = 'customer'",
        *(
            f"first_reason_code = '{code}'"
            for code in (
                "objected", "consent_withdrawn", "consent_evidence_missing", "register_stale",
                "policy_unreviewed", "allocated_to_other_campaign", "suppressed_internally",
                "attempt_cap_reached",
            )
        ),
    ],
)  # fmt: skip
def test_every_memo_is_narrow_and_speaks_in_words(day: Settings, condition: str) -> None:
    number = number_of(day, condition)
    text = told(day, number).text
    assert max(map(len, text.splitlines())) <= 110
    assert number not in text
    assert number[3:] not in text
    assert not re.search(r"\b(event_type|event_at|accepted_at|number_status|None)\b", text)
    assert "held no more" not in text
    assert "A rule of another version" not in text
    evidence = re.findall(r"Evidence: ", text)
    assert evidence


def test_a_memo_tells_the_hours_of_a_row_and_who_was_called_too_often(day: Settings) -> None:
    callable_row = told(day, number_of(day, "verdict = 'callable' and campaign_id like 'broad%'"))
    assert "Hours: 09:00-20:00, by the clock of Europe/London" in flat(callable_row)
    assert callable_row.as_dict()["verdicts"][0]["hours"] == (
        "09:00-20:00, by the clock of Europe/London"
    )
    french = number_of(day, "verdict = 'callable' and decisions.number_region = 'FR'")
    assert "Hours: 10:00-13:00 and 14:00-20:00, by the clock of Europe/Paris" in flat(
        told(day, french)
    )
    capped = flat(told(day, number_of(day, "first_reason_code = 'attempt_cap_reached'")))
    assert "Reason: The controller has called this person as often as is allowed" in capped
    assert "Which: 4 of 4 calls in 30 days" in capped
    assert "Evidence: 2026-11-08 10" in capped
    assert "Hours:" not in capped


def test_an_auditor_sees_who_looked_a_number_up_by_the_readmes_own_query(day: Settings) -> None:
    (query,) = re.findall(r'--role auditor -- -c "(select [^"]*look_ups[^"]*)"', README)
    found = told(day, ONLY_IN_TPS)
    for role in ("auditor", "analyst"):
        with connect(day, role) as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        assert row[1:] == ("dpo", found.subject_id, found.call_date)


def test_a_story_is_told_while_the_tables_of_dbt_are_locked(day: Settings) -> None:
    number = number_of(day, "first_reason_code = 'consent_withdrawn'")
    with connect(day) as builder:
        builder.execute("lock table marts.call_decisions, marts.call_decision_reasons")
        found = told(day, number)
    assert [one.verdict for one in found.verdicts] == ["blocked"]
    assert "being rebuilt" in flat(found)
    assert "consent withdrawn" in flat(found).split("WHAT HAPPENED")[0]
