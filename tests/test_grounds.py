"""Decide about people of every kind for campaigns of every kind: who is called, and on what ground.

The subject of a case says what it is about, CASES says what must come of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import psycopg
import pytest
from tests.support_decision import CALL_DATE, World, verdict_of
from tests.support_grounds import CALL_DATES, CASES, build, write_ground_registers

from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.settings import Settings

ALL_CASES = [
    pytest.param(campaign, subject, day, outcome, id=f"{subject}, {campaign}, {day}")
    for campaign, subjects in CASES.items()
    for subject, outcomes in subjects.items()
    for day, outcome in (
        outcomes.items() if isinstance(outcomes, dict) else [(CALL_DATE, outcomes)]
    )
]


@pytest.fixture(scope="module")
def day(database: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    registers = write_ground_registers(tmp_path_factory.mktemp("dags"))
    settings = replace(database, registers=registers)
    with connect(settings) as connection:
        build(World(connection))
    decide(settings, further_call_dates=[day for day in CALL_DATES if day != CALL_DATE])
    return settings


@pytest.fixture(scope="module")
def decided(day: Settings) -> Iterator[psycopg.Connection]:
    with connect(day, "analyst", name="a test") as connection:
        yield connection


@pytest.mark.parametrize(("campaign", "subject", "call_date", "outcome"), ALL_CASES)
def test_what_becomes_of(
    decided: psycopg.Connection, campaign: str, subject: str, call_date: date, outcome: str
) -> None:
    found = verdict_of(decided, subject, campaign, call_date=call_date)
    told = " ".join(filter(None, (found.verdict, found.ground, *found.reasons)))
    assert told == outcome
