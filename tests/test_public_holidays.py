"""Keep public holidays as a version of the configuration: what was in force then decides then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.support_decision import CALL_DATE, World, verdict_of, write_registers

from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.registers.public_holidays import (
    KIND,
    accept_public_holidays,
    holiday_countries,
)
from ringfence.settings import Settings


@pytest.fixture
def session(fresh_database: Settings) -> Iterator[psycopg.Connection]:
    with connect(fresh_database, autocommit=True) as connection:
        yield connection


def versions(connection: psycopg.Connection) -> list[list[dict[str, Any]]]:
    rows = connection.execute(
        "select content from ledger.config_versions where kind = %s order by seq", [KIND]
    ).fetchall()
    return [row[0] for row in rows]


def days_of(content: list[dict[str, Any]], country: str) -> dict[str, list[str] | None]:
    (found,) = [entry for entry in content if entry["country"] == country]
    return {day["on"]: day["regions"] for day in found["days"]}


def test_holidays_are_written_once_and_again_for_another_year(
    session: psycopg.Connection,
) -> None:
    for day in (CALL_DATE, CALL_DATE, date(2026, 6, 1)):
        accept_public_holidays(session, [day])
    assert len(versions(session)) == 1
    accept_public_holidays(session, [date(2027, 6, 1)])
    assert [entry["years"] for entry in versions(session)[-1]] == [[2027]] * len(
        holiday_countries()
    )
    assert len(versions(session)) == 2


def test_the_last_days_of_a_year_need_the_next_one_too(session: psycopg.Connection) -> None:
    accept_public_holidays(session, [date(2026, 12, 31)])
    (content,) = versions(session)
    assert content[0]["years"] == [2026, 2027]
    accept_public_holidays(session, [CALL_DATE])
    assert len(versions(session)) == 1


def test_a_holiday_stands_with_the_regions_that_keep_it(session: psycopg.Connection) -> None:
    accept_public_holidays(session, [CALL_DATE])
    (content,) = versions(session)
    assert {entry["country"] for entry in content} == holiday_countries() >= {"DE", "GB", "JE"}
    german = days_of(content, "DE")
    assert german["2026-10-03"] is None
    assert german["2026-11-18"] == ["DE-SN"]
    assert german["2026-08-08"] == ["DE-BY"]  # a day of Augsburg alone
    assert "GB-SCT" in (days_of(content, "GB")["2026-11-30"] or [])


@pytest.mark.parametrize(
    ("day", "province"),
    [
        ("2026-09-20", "IT-BT"),  # Andria
        ("2026-12-30", "IT-BT"),  # Barletta
        ("2026-05-03", "IT-BT"),  # Trani
        ("2026-02-04", "IT-FC"),  # Forlì
        ("2026-09-24", "IT-PU"),  # Pesaro
        ("2026-06-01", "IT-PU"),  # Urbino
    ],
)
def test_the_day_of_an_italian_citys_saint_closes_its_province_and_not_the_country(
    session: psycopg.Connection, day: str, province: str
) -> None:
    accept_public_holidays(session, [CALL_DATE])
    kept = days_of(versions(session)[0], "IT")[day]
    assert kept is not None
    assert province in kept


@pytest.fixture
def day(fresh_database: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = replace(
        fresh_database, registers=write_registers(tmp_path_factory.mktemp("registers"))
    )
    with connect(settings) as connection:
        world = World(connection)
        world.lead("consenting")
        world.consent("consenting")
        world.lead("american", region="US", state="OH")
        world.consent("american")
        world.register("us_ndncr")
    return settings


def verdict(settings: Settings, subject: str, schema: str = "marts") -> str:
    with connect(settings) as connection:
        found = verdict_of(connection, subject, schema=schema)
    return " ".join((found.verdict, *found.reasons))


def test_a_replay_keeps_the_holidays_that_were_known_then(day: Settings) -> None:
    known_as_of = decide(day).known_as_of
    with connect(day, autocommit=True) as connection:
        (content,) = versions(connection)
        for entry in content:
            entry["days"].append({"on": str(CALL_DATE), "name": "New Day", "regions": None})
        connection.execute(
            "insert into ledger.config_versions (kind, sha256, content, accepted_at)"
            " values (%s, 'x', %s, ledger.now())",
            [KIND, Jsonb(content)],
        )
    decide(day, mode="replay", call_date=CALL_DATE, known_as_of=known_as_of)
    assert verdict(day, "consenting", "replay") == "callable"
    decide(day)
    assert verdict(day, "consenting") == "blocked public_holiday"
    assert verdict(day, "american") == "callable"  # whose law keeps no holiday


def test_a_day_whose_calendar_was_not_known_is_closed(day: Settings) -> None:
    known_as_of = decide(day).known_as_of
    decide(day, mode="replay", call_date=date(2025, 11, 25), known_as_of=known_as_of)
    with connect(day) as connection:
        found = verdict_of(connection, "consenting", schema="replay", call_date=date(2025, 11, 25))
        detail = connection.execute(
            "select detail from replay.call_decision_reasons"
            " where reason_code = 'public_holiday' and candidate_id = %s",
            [found.row["candidate_id"]],
        ).fetchone()
    assert "public_holiday" in found.reasons
    assert detail == ("DE calendar not known",)
