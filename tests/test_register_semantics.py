"""What each kind of register means, decided on a real database: one world, several days at once.

The subject of a case says what it is about; CASES says what must come of it, day by day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.support_decision import (
    ACME,
    CALL_DATE,
    LAST_SPRING,
    NOW,
    OTHER,
    SIGNED,
    YESTERDAY,
    World,
    days,
    key,
    verdict_of,
    write_registers,
)

from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.settings import Settings

FIRST = CALL_DATE  # Tuesday, 2026-11-24
NEXT_MONTH = date(2026, 12, 1)
EARLIER = (date(2026, 11, 13), date(2026, 11, 16))
SK_COPY = datetime(2026, 11, 15, tzinfo=UTC)
NO_COPY = datetime(2026, 11, 2, tzinfo=UTC)
WASHED = datetime(2026, 11, 16, tzinfo=UTC)  # what its file's name says
MISSING, STALE, LISTED = (
    "undetermined register_missing",
    "undetermined register_stale",
    ("blocked register_listed"),
)
ANNULLED = "blocked consent_annulled_by_register"
ALSO_SIGNED = [
    ("GR", "consumer", "any", "2018-05-25"), ("HR", "consumer", "any", "2018-05-25"),
    ("SK", "consumer", "any", "2022-11-01"),
]  # fmt: skip
GREEK = ["gr_article_11_ote", "gr_article_11_cosmote", "gr_article_11_vodafone"]


def person(world: World, subject: str, region: str, **values: Any) -> str:
    milan = {"state": "IT-MI"} if region == "IT" else {}  # whose saint has another day
    world.lead(subject, region=region, **milan | values)
    return subject


def build(world: World) -> None:
    for build_part in (build_dates, build_italy, build_croatia, build_others, build_answers):
        build_part(world)


def build_dates(world: World) -> None:
    sk = [person(world, "slovak", "SK")]
    world.register("sk_nevyziadane", free=sk, published_at=SK_COPY, accepted_at=SK_COPY)
    no = [person(world, "norwegian", "NO")]
    world.register("no_reservasjon", free=no, published_at=NO_COPY, accepted_at=NO_COPY)
    person(world, "greek with three members", "GR")
    for member in GREEK:
        world.register(member)


def build_italy(world: World) -> None:
    def consenting(subject: str, at: datetime, **values: Any) -> str:
        person(world, subject, "IT")
        world.consent(subject, event_at=at, **values)
        return subject

    day_after = WASHED + timedelta(hours=36)
    listed = [
        consenting("listed after consent", LAST_SPRING),
        consenting("consenting the day it was seen", WASHED + timedelta(hours=30)),
        consenting("consenting at the end of that day", day_after),
        consenting("consenting after it was seen", day_after + timedelta(seconds=1)),
        consenting("dated the day after", day_after + timedelta(hours=20),
                   event_time_status="date_only"),
        consenting("renewing an annulled consent", LAST_SPRING),
        person(world, "listed without consent", "IT"),
    ]  # fmt: skip
    world.consent("renewing an annulled consent", "renewed", event_at=day_after + days(1))
    consenting("never washed", LAST_SPRING)
    person(world, "washed and free without consent", "IT")
    free = [consenting("washed and free", LAST_SPRING), "washed and free without consent"]
    gone = consenting("listed once, gone since", LAST_SPRING)
    world.register("it_rpo", *listed, free=[*free, gone], published_at=WASHED)
    batch = world.batch("earlier wash", accepted_at=NOW - days(40), published_at=NOW - days(41))
    world._insert(
        "ledger.register_snapshots",
        {
            "snapshot_id": batch, "register_id": "gone", "batch_id": batch,
            "published_at": NOW - days(41), "count_entries": 1, "count_added": 1,
            "count_removed": 0,
        },
    )  # fmt: skip
    world._insert(
        "ledger.screenings",
        {
            "subject_id": key("subject", gone), "register_id": "it_rpo", "controller_id": ACME,
            "snapshot_id": batch, "is_listed": True, "screened_at": NOW - days(40),
        },
    )  # fmt: skip


def build_croatia(world: World) -> None:
    signed_up = LAST_SPRING + days(20)
    for subject, at in (
        ("croat, plain entry", LAST_SPRING),
        ("croat, consent before revoking all", LAST_SPRING),
        ("croat, consent as of revoking all", signed_up),
        ("croat, consent after revoking all", signed_up + timedelta(seconds=1)),
        ("croat, unknown flag", LAST_SPRING),
        ("croat, no time", NOW - days(1)),
    ):
        world.consent(person(world, subject, "HR"), event_at=at)
    person(world, "croat, plain entry, no consent", "HR")
    entries = {
        (False, signed_up): ["croat, plain entry", "croat, plain entry, no consent"],
        (True, signed_up): [
            "croat, consent before revoking all", "croat, consent as of revoking all",
            "croat, consent after revoking all",
        ],
        (None, signed_up): ["croat, unknown flag"],
        (True, None): ["croat, no time"],
    }  # fmt: skip
    batch_id = world.register("hr_ne_zovi", published_at=NOW - days(2))
    for (flag, listed_at), subjects in entries.items():
        for subject in subjects:
            world._insert(
                "landing.register_entries",
                {
                    "register_id": "hr_ne_zovi", "controller_id": ACME, "snapshot_id": batch_id,
                    "subject_id": key("subject", subject), "is_listed": True,
                    "is_revoking_all": flag, "listed_at": listed_at,
                },
            )  # fmt: skip


def build_others(world: World) -> None:
    """Add young consents, customers, and registers that list something else than objections."""
    ends = datetime(2026, 11, 24, 20, tzinfo=UTC)  # 21:00 in Stockholm, without hours in its law
    for subject, at in (
        ("swede of 90 days", ends - days(90)),
        ("swede of 91 days", ends - days(91)),
        ("swede of 91 days, not listed", ends - days(91)),
    ):
        world.consent(person(world, subject, "SE"), event_at=at)
    world.register(
        "se_nix", "swede of 90 days", "swede of 91 days", free=["swede of 91 days, not listed"]
    )
    for region in ("GB", "US"):
        customer = person(world, f"customer in {region}", region, state="NY")
        world.relation(customer, last_purchase_at=YESTERDAY)
        stopped = person(world, f"objecting customer in {region}", region, state="NY")
        world.relation(stopped)
        world.stop(stopped)
        person(world, f"no customer in {region}", region, state="NY")
    world.consent(person(world, "consenting in the US", "US", state="NY"))
    world.consent(person(world, "consenting before TPS", "GB"), event_at=LAST_SPRING)
    world.register("gb_tps", "customer in GB", "no customer in GB", "consenting before TPS")
    world.register("us_ndncr", "customer in US", "no customer in US", "consenting in the US")
    person(world, "swiss outside the directory", "CH")
    world.register("ch_directory_open")
    world.consent(person(world, "irish mobile, consenting", "IE"))
    person(world, "irish mobile, in the NDD", "IE")
    world.register("ie_ndd_mobile", "irish mobile, in the NDD")
    person(world, "dane", "DK")
    world.consent(person(world, "dane, consenting", "DK"))


def build_answers(world: World) -> None:
    """Let another controller ask NIX, about a number that this one never asked about."""
    person(world, "swede asked about by another", "SE")
    world.lead("swede asked about by another", region="SE", source="other_web")
    world.register("se_nix", free=["swede asked about by another"], controller_id=OTHER)
    person(world, "swede never asked about", "SE")


CASES: dict[str, str | dict[date, str]] = {
    "slovak": {EARLIER[0]: "callable", EARLIER[1]: STALE, FIRST: STALE},
    "norwegian": {EARLIER[0]: "callable", FIRST: "callable", NEXT_MONTH: STALE},
    "greek with three members": MISSING,
    "listed after consent": f"{LISTED} consent_annulled_by_register",
    "consenting the day it was seen": f"{LISTED} consent_annulled_by_register",
    "consenting at the end of that day": f"{LISTED} consent_annulled_by_register",
    "consenting after it was seen": "callable",
    "dated the day after": f"{LISTED} consent_annulled_by_register",
    "renewing an annulled consent": f"{LISTED} consent_annulled_by_register",
    "listed without consent": f"{LISTED} consent_missing",
    "never washed": MISSING,
    "washed and free": {FIRST: "callable", NEXT_MONTH: STALE},
    "washed and free without consent": "blocked consent_missing",
    "listed once, gone since": ANNULLED,
    "croat, plain entry": "callable",
    "croat, plain entry, no consent": LISTED,
    "croat, consent before revoking all": f"{LISTED} consent_annulled_by_register",
    "croat, consent as of revoking all": f"{LISTED} consent_annulled_by_register",
    "croat, consent after revoking all": "callable",
    "croat, unknown flag": f"{LISTED} consent_annulled_by_register",
    "croat, no time": f"{LISTED} consent_annulled_by_register",
    "swede of 90 days": "callable",
    "swede of 91 days": LISTED,
    "swede of 91 days, not listed": "callable",
    "customer in GB": LISTED,
    "no customer in GB": LISTED,
    "objecting customer in GB": "blocked suppressed_internally",
    "customer in US": "callable",
    "no customer in US": LISTED,
    "objecting customer in US": "blocked suppressed_internally",
    "consenting in the US": LISTED,
    "consenting before TPS": "callable",
    "swiss outside the directory": LISTED,
    "irish mobile, consenting": "callable",
    "irish mobile, in the NDD": "blocked consent_missing",
    "dane": "blocked consent_missing",
    "dane, consenting": "callable",
    "swede asked about by another": MISSING,
    "swede never asked about": MISSING,
}
OUTCOMES = [
    pytest.param(subject, day, outcome, id=f"{subject} on {day}")
    for subject, told in CASES.items()
    for day, outcome in (told if isinstance(told, dict) else {FIRST: told}).items()
]


@pytest.fixture(scope="module")
def registers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    interest = {"assessment": "LIA-1", "on": "2026-01-01", "valid_until": "2026-12-31"}
    countries = ["CH", "DK", "GB", "GR", "HR", "IE", "IT", "NO", "SE", "SK", "US"]
    return write_registers(
        tmp_path_factory.mktemp("dags"),
        signed=[*SIGNED, *ALSO_SIGNED],
        energy={"legitimate_interest": interest, "countries": countries},
        other_energy={
            "controller": OTHER, "sources": ["other_web"], "legitimate_interest": interest,
        },
    )  # fmt: skip


@pytest.fixture(scope="module")
def decided(database: Settings, registers: Path) -> Iterator[psycopg.Connection]:
    settings = replace(database, registers=registers)
    with connect(settings) as connection:
        build(World(connection))
    decide(settings, further_call_dates=[*EARLIER, NEXT_MONTH])
    with connect(settings, "pipeline", name="a test") as connection:
        yield connection


@pytest.mark.parametrize(("subject", "day", "outcome"), OUTCOMES)
def test_a_register_means(
    decided: psycopg.Connection, subject: str, day: date, outcome: str
) -> None:
    found = verdict_of(decided, subject, call_date=day)
    assert " ".join((found.verdict, *found.reasons)) == outcome


def test_an_answer_counts_for_the_controller_who_asked(decided: psycopg.Connection) -> None:
    found = verdict_of(decided, "swede asked about by another", "other_energy")
    assert (found.verdict, found.ground) == ("callable", "legitimate_interest")


def test_what_frees_from_a_register_is_the_ground_that_is_named(
    decided: psycopg.Connection,
) -> None:
    grounds = {
        subject: verdict_of(decided, subject).ground
        for subject in ("customer in US", "consenting before TPS", "croat, plain entry")
    }
    assert grounds == {
        "customer in US": "customer", "consenting before TPS": "consent",
        "croat, plain entry": "consent",
    }  # fmt: skip


def test_details_name_the_missing_member_and_who_was_not_asked_about(
    decided: psycopg.Connection,
) -> None:
    def detail(subject: str) -> str:
        row = decided.execute(
            "select detail from marts.call_decision_reasons where subject_id = %s"
            " and reason_code = 'register_missing' and campaign_id = 'energy' limit 1",
            [key("subject", subject)],
        ).fetchone()
        assert row
        return str(row[0])

    assert detail("greek with three members") == "gr_article_11_nova"
    assert detail("never washed") == "it_rpo (not asked about this number)"


def test_an_annulled_consent_says_up_to_when_consents_are_annulled(
    decided: psycopg.Connection,
) -> None:
    rows = dict(
        decided.execute(
            "select subject_id, evidence_at from intermediate.int_decision_reasons"
            " inner join intermediate.int_candidates using (candidate_id)"
            " where reason_code = 'consent_annulled_by_register'"
        ).fetchall()
    )
    assert rows[key("subject", "listed after consent")] == WASHED + timedelta(hours=36)
    assert rows[key("subject", "croat, no time")] is None
