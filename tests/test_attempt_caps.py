"""Count calls to a person: over numbers, campaigns and centres, within the period, reserved rows.

The cap is the fallback's, four calls in 30 days. The first call of the day may be made at nine in
Berlin, so what lies 30 days before that instant still counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from tests.support_decision import (
    ACME,
    CALL_DATE,
    LAST_SPRING,
    OTHER,
    YESTERDAY,
    World,
    key,
    verdict_of,
    write_registers,
)

from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.settings import Settings

THIRTY_DAYS_BEFORE = datetime(2026, 10, 25, 8, tzinfo=UTC)
EARLIER_DAY = date(2026, 11, 10)
LAST_WEEK = date(2026, 11, 18)
CALLABLE, CAPPED = "callable", "blocked attempt_cap_reached"
KEPT = "blocked attempt_kept_for_other_number"


def called(
    world: World, subject: str, count: int, *, before: datetime = YESTERDAY, **values: object
) -> None:
    """Call a number on as many days before yesterday, or as the values say."""
    for index in range(count):
        at = before - timedelta(days=index + 1)
        world.attempt(subject, "no_contact", **{"attempted_at": at} | values)


def consenting(world: World, *subjects: str, person: str | None = None, **values: object) -> None:
    for subject in subjects:
        world.lead(subject, person=person, lead_id=key("lead of", subject), **values)
        world.consent(subject, person=person)


def build_counts(world: World) -> None:
    for subject, count in (("three times", 3), ("four times", 4), ("nine times", 9)):
        consenting(world, subject)
        called(world, subject, count)
    for subject, last in (
        ("30 days before", THIRTY_DAYS_BEFORE),
        ("31st day before", THIRTY_DAYS_BEFORE - timedelta(seconds=1)),
    ):
        consenting(world, subject)
        called(world, subject, 3)
        world.attempt(subject, "no_contact", attempted_at=last)
    consenting(world, "answered too")
    for index, disposition in enumerate(("answered", "callback_requested", "no_contact") * 2):
        at = YESTERDAY - timedelta(days=index)
        world.attempt("answered too", disposition, attempted_at=at)
    consenting(world, "reported twice")
    called(world, "reported twice", 3)
    called(world, "reported twice", 3, source="web_two")
    consenting(world, "of another controller")
    # That controller's last report, too: since then it is silent.
    reported_at = datetime(2026, 11, 16, 9, tzinfo=UTC)
    report = world.batch("other_web", accepted_at=reported_at)
    called(world, "of another controller", 9, before=reported_at, controller_id=OTHER, batch=report)
    consenting(world, "for two campaigns")
    called(world, "for two campaigns", 2, campaign_id="solar")
    at = YESTERDAY - timedelta(hours=5)
    for index in range(2):
        world.attempt(
            "for two campaigns", "no_contact", campaign_id="energy", source="bought",
            attempted_at=at - timedelta(days=index),
        )  # fmt: skip
    consenting(world, "at times on nobody's word")
    long_ago = YESTERDAY - timedelta(days=60)
    called(world, "at times on nobody's word", 4, before=long_ago, event_time_status=None)
    before_consent = LAST_SPRING - timedelta(days=1)
    for subject, status in (
        ("refusing at a time on nobody's word", None), ("refusing before consent", "ok"),
    ):  # fmt: skip
        consenting(world, subject)
        world.attempt(subject, "refused", attempted_at=before_consent, event_time_status=status)
    consenting(world, "told later")
    called(world, "told later", 3)
    late = world.batch(name="later", accepted_at=datetime(2026, 11, 24, 6, tzinfo=UTC))
    world.attempt("told later", "no_contact", batch=late)


def build_persons(world: World) -> None:
    consenting(world, "her mobile", "her landline", person="she")
    called(world, "her mobile", 2)
    called(world, "her landline", 2, attempted_at=YESTERDAY - timedelta(hours=3))
    called(world, "her landline", 1, attempted_at=YESTERDAY - timedelta(hours=4))
    consenting(world, "shared line", person="he")
    consenting(world, "his mobile", person="he")
    world.lead("shared line", person="his wife")
    consenting(world, "wife's mobile", person="his wife")
    called(world, "shared line", 3)
    called(world, "his mobile", 1)
    consenting(world, "last call, first number", "last call, second number", person="one left")
    called(world, "last call, first number", 3)
    consenting(world, "last call, good number", person="one left of two")
    consenting(world, "last call, bad number", person="one left of two", status="invalid")
    called(world, "last call, bad number", 3)
    consenting(world, *(f"number {index}" for index in range(5)), person="of many numbers")
    consenting(world, *(f"telephone {index}" for index in range(4)), person="of four numbers")


def build_reserved(world: World) -> None:
    def three_calls_and(
        subject: str, campaign: str = "energy", region: str = "DE", **values: object
    ) -> str:
        consenting(world, subject, region=region)
        called(world, subject, 3)
        return world.published(subject, campaign, **values)

    # Where it is three in the afternoon already.
    world.register("us_ndncr")
    three_calls_and("of Guam, on today's list", region="GU", call_date=CALL_DATE)
    consenting(world, "of Guam", region="GU")
    called(world, "of Guam", 3)

    three_calls_and("on yesterday's list")
    three_calls_and("on another campaign's list", "solar")
    three_calls_and("on a recalled list", statuses=("prepared", "published", "recalled"))
    three_calls_and("on a list that never left", statuses=("prepared", "voided"))
    three_calls_and("taken off before it left", removed="last_look")
    three_calls_and("taken off afterwards", removed="recall")
    three_calls_and("on a list of last week", call_date=LAST_WEEK)
    three_calls_and("on today's list", call_date=CALL_DATE)
    three_calls_and("on another list of today", "solar", call_date=CALL_DATE)
    call_ref = three_calls_and("reported")
    world.attempt("reported", "no_contact", call_ref=call_ref, source="bought")
    consenting(world, "on two editions")
    called(world, "on two editions", 2)
    world.published("on two editions")
    world.published("on two editions", edition=2)
    consenting(world, "reported under the first edition")
    called(world, "reported under the first edition", 2)
    call_ref = world.published("reported under the first edition")
    world.published("reported under the first edition", edition=2)
    world.attempt("reported under the first edition", "no_contact", call_ref=call_ref)
    consenting(world, "of a silent controller", source="other_web")
    world.consent("of a silent controller", controller_id=OTHER, source="other_web")
    for back in range(4):
        day = LAST_WEEK - timedelta(days=back)
        world.published("of a silent controller", "other_energy", call_date=day)


CASES = {
    "three times": CALLABLE,
    "four times": CAPPED,
    "nine times": CAPPED,
    "30 days before": CAPPED,
    "31st day before": CALLABLE,
    "answered too": CAPPED,
    "reported twice": CALLABLE,
    "of another controller": CALLABLE,
    "for two campaigns": CAPPED,
    "at times on nobody's word": CAPPED,
    "refusing at a time on nobody's word": "blocked consent_refused",
    "refusing before consent": CALLABLE,
    "told later": CALLABLE,
    "her mobile": CAPPED,
    "her landline": CAPPED,
    "shared line": CAPPED,
    "his mobile": CAPPED,
    "wife's mobile": CALLABLE,
    "last call, good number": CALLABLE,
    "on yesterday's list": CAPPED,
    "on another campaign's list": CAPPED,
    "on a recalled list": CAPPED,
    "on a list that never left": CALLABLE,
    "taken off before it left": CALLABLE,
    "taken off afterwards": CAPPED,
    "on a list of last week": CALLABLE,
    "on today's list": CALLABLE,
    "on another list of today": CAPPED,
    "of Guam": CALLABLE,
    "of Guam, on today's list": CAPPED,
    "reported": CAPPED,
    "on two editions": CALLABLE,
    "reported under the first edition": CAPPED,
}


@pytest.fixture(scope="module")
def decided(
    database: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[psycopg.Connection]:
    registers = write_registers(tmp_path_factory.mktemp("dags"))
    settings = replace(database, registers=registers)
    with connect(settings) as connection:
        world = World(connection)
        for build in (build_counts, build_persons, build_reserved):
            build(world)
    decide(settings, further_call_dates=[EARLIER_DAY])
    with connect(settings, "analyst", name="a test") as connection:
        yield connection


@pytest.mark.parametrize(("subject", "outcome"), CASES.items(), ids=CASES)
def test_the_verdict_of_a_case_is(decided: psycopg.Connection, subject: str, outcome: str) -> None:
    found = verdict_of(decided, subject)
    assert " ".join((found.verdict, *found.reasons)) == outcome


def test_rows_of_a_controller_who_reports_nothing_stay_reserved(
    decided: psycopg.Connection,
) -> None:
    assert verdict_of(decided, "of a silent controller", "other_energy").reasons == (
        "attempt_cap_reached",
    )


def test_the_last_call_of_a_person_goes_to_one_number_only(decided: psycopg.Connection) -> None:
    names = ("last call, first number", "last call, second number")
    found = [verdict_of(decided, name) for name in names]
    assert sorted(" ".join((one.verdict, *one.reasons)) for one in found) == [KEPT, CALLABLE]


def test_a_person_of_more_numbers_than_calls_is_not_called_at_all_of_them(
    decided: psycopg.Connection,
) -> None:
    found = [verdict_of(decided, f"number {index}") for index in range(5)]
    assert sorted(" ".join((one.verdict, *one.reasons)) for one in found) == [
        KEPT, *[CALLABLE] * 4,
    ]  # fmt: skip
    assert {verdict_of(decided, f"telephone {index}").verdict for index in range(4)} == {CALLABLE}


def test_a_reached_cap_says_how_often_of_how_many_and_names_the_last_call(
    decided: psycopg.Connection,
) -> None:
    rows = decided.execute(
        "select detail, evidence_at from marts.call_decision_reasons"
        " where reason_code = 'attempt_cap_reached' and subject_id = any(%s)"
        " and campaign_id = 'energy' order by detail",
        [[key("subject", name) for name in ("four times", "nine times", "shared line")]],
    ).fetchall()
    assert rows == [
        ("4 of 4 calls in 30 days", YESTERDAY - timedelta(days=1)),
        ("4 of 4 calls in 30 days", YESTERDAY - timedelta(days=1)),
        ("9 of 4 calls in 30 days", YESTERDAY - timedelta(days=1)),
    ]


def test_calls_after_the_call_date_do_not_count_for_it(decided: psycopg.Connection) -> None:
    earlier = verdict_of(decided, "four times", call_date=EARLIER_DAY)
    assert "attempt_cap_reached" not in earlier.reasons
    assert verdict_of(decided, "four times", call_date=CALL_DATE).verdict == "blocked"


def test_a_number_of_another_controller_has_a_cap_of_its_own(decided: psycopg.Connection) -> None:
    row = decided.execute(
        "select count(distinct controller_id) from marts.call_decisions"
        " where reason_codes && array['attempt_cap_reached']"
    ).fetchone()
    assert row == (2,)
    assert verdict_of(decided, "of another controller").row["controller_id"] == ACME
