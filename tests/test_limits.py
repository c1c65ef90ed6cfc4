"""Decide many days at once and read when each case may be called: hours, zones, holidays, ends.

Every subject says what it is about; all consent, so that only the limits speak.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from tests.support_decision import (
    CALL_DATE,
    NOW,
    Verdict,
    World,
    key,
    verdict_of,
    write_registers,
)

from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.settings import Settings

BEFORE_SUMMER_TIME, SUMMER_TIME, AFTER = date(2026, 3, 27), date(2026, 3, 29), date(2026, 3, 30)
WINTER_TIME = date(2026, 10, 25)
AMERICAN_SUMMER_TIME, AMERICAN_MONDAY = date(2026, 3, 8), date(2026, 3, 9)
AMERICAN_WINTER_TIME = date(2026, 11, 1)
LAST_DAY_OF_THE_OLD_LAW, FIRST_DAY_OF_THE_NEW = date(2026, 8, 10), date(2026, 8, 11)
ABOLITION_DAY, SUMMER_SATURDAY = date(2026, 5, 22), date(2026, 8, 8)
PENANCE_DAY, BLACK_FRIDAY = date(2026, 11, 18), date(2026, 11, 27)
SATURDAY, SUNDAY = date(2026, 11, 28), date(2026, 11, 29)
SAINT_ANDREW, THANKSGIVING = date(2026, 11, 30), date(2026, 11, 26)
EVE_OF_A_HOLIDAY, IMMACULATE = date(2026, 12, 7), date(2026, 12, 8)
LAST_OF_THE_YEAR = date(2026, 12, 31)
DAYS = sorted({value for value in globals().values() if type(value) is date} - {CALL_DATE})
SUBJECTS: dict[str, dict[str, str]] = {
    "german": {"region": "DE"},
    "german of a region by name": {"region": "DE", "state": "Niedersachsen"},
    "german of a region by code": {"region": "DE", "state": "de-sn"},
    "german of a town": {"region": "DE", "state": "Dresden"},
    "german, british region": {"region": "DE", "state": "GB-SCT"},
    "german number, american address": {"region": "DE", "address_country": "US", "state": "OH"},
    "british": {"region": "GB"},
    "english": {"region": "GB", "state": "England"},
    "scottish": {"region": "GB", "state": "Scotland"},
    "british number, american address": {"region": "GB", "address_country": "US", "state": "OH"},
    "french": {"region": "FR"},
    "french number, german address": {"region": "FR", "address_country": "DE"},
    "of Guadeloupe": {"region": "GP"},
    "of Martinique": {"region": "MQ"},
    "of Réunion": {"region": "RE"},
    "spanish": {"region": "ES"},
    "portuguese": {"region": "PT"},
    "italian": {"region": "IT", "state": "Milano"},
    "american": {"region": "US", "state": "OH"},
    "canadian": {"region": "CA"},
    "jordanian": {"region": "JO"},
    "of Jersey": {"region": "JE"},
}


@pytest.fixture(scope="module")
def decided(
    database: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[psycopg.Connection]:
    countries = sorted({values["region"] for values in SUBJECTS.values()})
    registers = write_registers(tmp_path_factory.mktemp("dags"), energy={"countries": countries})
    settings = replace(database, registers=registers)
    with connect(settings) as connection:
        world = World(connection)
        for subject, values in SUBJECTS.items():
            world.lead(subject, **values)
            world.consent(subject)
        for source, state in (("web", "Sachsen"), ("bought", "Bayern")):
            world.lead("german of two regions", source=source, region="DE", state=state)
        # Fresh for 28 days: until the evening of the call date, after the last call.
        world.lead("british by legitimate interest", region="GB")
        world.register("gb_tps", published_at=datetime(2026, 10, 27, 22, tzinfo=UTC))
        for register_id in ("it_rpo", "us_ndncr"):
            world.register(register_id, published_at=NOW - timedelta(days=1))
    decide(settings, further_call_dates=DAYS)
    with connect(settings, "analyst", name="a test") as connection:
        yield connection


def on(decided: psycopg.Connection, subject: str, day: date = CALL_DATE) -> Verdict:
    return verdict_of(decided, subject, call_date=day)


def hours(decided: psycopg.Connection, subject: str, day: date = CALL_DATE) -> str | None:
    found: str | None = on(decided, subject, day).row["call_windows"]
    return found


def instants(
    decided: psycopg.Connection, subject: str, day: date = CALL_DATE
) -> list[tuple[str, str]]:
    """Return the intervals in UTC, as day and hour."""
    rows = decided.execute(
        """
        select lower(one), upper(one)
        from marts.call_decisions, unnest(call_windows_utc) as one
        where candidate_id = %s order by 1
        """,
        [on(decided, subject, day).row["candidate_id"]],
    ).fetchall()
    return [(f"{a.astimezone(UTC):%d %H:%M}", f"{b.astimezone(UTC):%d %H:%M}") for a, b in rows]


def detail(decided: psycopg.Connection, subject: str, code: str, day: date) -> str | None:
    row = decided.execute(
        "select detail from marts.call_decision_reasons where candidate_id = %s"
        " and reason_code = %s",
        [on(decided, subject, day).row["candidate_id"], code],
    ).fetchone()
    assert row, f"`{subject}` is not stopped by {code} on {day}"
    found: str | None = row[0]
    return found


def test_a_break_leaves_two_intervals(decided: psycopg.Connection) -> None:
    assert hours(decided, "french") == "10:00-13:00;14:00-20:00"
    assert instants(decided, "french") == [("24 09:00", "24 12:00"), ("24 13:00", "24 19:00")]
    assert instants(decided, "of Réunion") == [("24 06:00", "24 09:00"), ("24 10:00", "24 16:00")]


def test_a_blank_window_is_the_one_of_the_fallback(decided: psycopg.Connection) -> None:
    assert hours(decided, "german") == "09:00-20:00"


def test_of_a_country_with_several_zones_only_the_hours_all_share_are_left(
    decided: psycopg.Connection,
) -> None:
    # 09:00 on the Canaries is 10:00 in Madrid; 21:00 in Madrid is 20:00 on the Canaries.
    assert hours(decided, "spanish") == "09:00-20:00"
    assert instants(decided, "spanish") == [("24 09:00", "24 20:00")]
    assert hours(decided, "american") == "08:00-16:00"
    # Half past nine in Newfoundland is five in Vancouver, in summer.
    assert hours(decided, "canadian", LAST_DAY_OF_THE_OLD_LAW) == "09:00-17:00"


def test_of_several_countries_every_law_binds_in_every_zone(decided: psycopg.Connection) -> None:
    # FR ends at 20:00 and breaks at 13:00; DE opens at nine.
    assert hours(decided, "french number, german address") == "10:00-13:00;14:00-20:00"
    # Nine in Honolulu is seven in the evening in London, where it must not be eight yet.
    assert instants(decided, "british number, american address") == [("24 19:00", "24 20:00")]


def test_a_row_without_a_common_hour_is_blocked_and_has_no_interval(
    decided: psycopg.Connection,
) -> None:
    found = on(decided, "german number, american address")
    assert "outside_call_hours" in found.reasons
    assert "outside_call_days" not in found.reasons
    assert (found.verdict, found.row["call_windows"]) == ("blocked", None)
    assert instants(decided, "german number, american address") == []


def test_the_law_of_the_callees_weekday_counts(decided: psycopg.Connection) -> None:
    closed = {
        (subject, day): "outside_call_days" in on(decided, subject, day).reasons
        for subject in ("german", "italian", "portuguese", "american", "jordanian")
        for day in (BLACK_FRIDAY, SATURDAY, SUNDAY)
    }
    assert closed == {
        ("german", BLACK_FRIDAY): False, ("german", SATURDAY): True, ("german", SUNDAY): True,
        ("italian", BLACK_FRIDAY): False, ("italian", SATURDAY): False, ("italian", SUNDAY): True,
        ("portuguese", BLACK_FRIDAY): False, ("portuguese", SATURDAY): False,
        ("portuguese", SUNDAY): False,
        ("american", BLACK_FRIDAY): False, ("american", SATURDAY): False,
        ("american", SUNDAY): False,
        ("jordanian", BLACK_FRIDAY): True, ("jordanian", SATURDAY): True,
        ("jordanian", SUNDAY): False,
    }  # fmt: skip
    # A closed day is one reason, not two.
    assert "outside_call_hours" not in on(decided, "german", SUNDAY).reasons


def test_a_weekend_has_hours_of_its_own_where_the_law_gives_it_some(
    decided: psycopg.Connection,
) -> None:
    assert hours(decided, "italian", BLACK_FRIDAY) == "09:00-20:00"
    assert hours(decided, "italian", SATURDAY) == "10:00-19:00"
    assert hours(decided, "portuguese", SATURDAY) == hours(decided, "portuguese")
    # 10:00 in Vancouver to 18:00 in Newfoundland.
    assert hours(decided, "canadian", SUMMER_SATURDAY) == "10:00-13:30"


def test_in_italy_the_day_before_a_holiday_follows_saturdays_hours(
    decided: psycopg.Connection,
) -> None:
    assert hours(decided, "italian", EVE_OF_A_HOLIDAY) == "10:00-19:00"
    assert "public_holiday" in on(decided, "italian", IMMACULATE).reasons
    assert hours(decided, "italian", LAST_OF_THE_YEAR) == "10:00-19:00"  # the year ends between
    assert hours(decided, "spanish", EVE_OF_A_HOLIDAY) == "09:00-20:00"


def test_the_clock_of_the_callees_day_counts(decided: psycopg.Connection) -> None:
    assert instants(decided, "german", BEFORE_SUMMER_TIME) == [("27 08:00", "27 19:00")]
    assert instants(decided, "german", SUMMER_TIME) == [("29 07:00", "29 18:00")]
    assert instants(decided, "german", AFTER) == [("30 07:00", "30 18:00")]
    assert instants(decided, "german", WINTER_TIME) == [("25 08:00", "25 19:00")]
    # Hawaii keeps one time all year: the common hours shrink when New York goes ahead.
    assert hours(decided, "american", AMERICAN_SUMMER_TIME) == "08:00-15:00"
    assert hours(decided, "american", AMERICAN_MONDAY) == "08:00-15:00"
    assert hours(decided, "american", AMERICAN_WINTER_TIME) == "08:00-16:00"


def ends(decided: psycopg.Connection, subject: str, day: date = CALL_DATE) -> str:
    return f"{on(decided, subject, day).row['valid_until'].astimezone(UTC):%d %H:%M}"


def test_a_day_of_23_or_25_hours_ends_at_its_own_midnight(decided: psycopg.Connection) -> None:
    assert ends(decided, "german", BEFORE_SUMMER_TIME) == "27 23:00"
    assert ends(decided, "german", SUMMER_TIME) == "29 22:00"
    assert ends(decided, "german", WINTER_TIME) == "25 23:00"
    # The midnight of New York, where it comes first.
    assert ends(decided, "american", AMERICAN_SUMMER_TIME) == "09 04:00"
    assert ends(decided, "american", AMERICAN_WINTER_TIME) == "02 05:00"


def test_a_row_ends_with_the_first_midnight_of_all_places(decided: psycopg.Connection) -> None:
    assert ends(decided, "of Réunion") == "24 20:00"
    assert ends(decided, "french number, german address") == "24 23:00"
    assert ends(decided, "german number, american address") == "24 23:00"


def test_a_law_ends_at_its_own_midnight_wherever_the_callee_is(
    decided: psycopg.Connection,
) -> None:
    # It is six in the evening in Guadeloupe when the last day of the old law ends in Paris.
    assert hours(decided, "of Guadeloupe", LAST_DAY_OF_THE_OLD_LAW) == "10:00-13:00;14:00-18:00"
    assert ends(decided, "of Guadeloupe", LAST_DAY_OF_THE_OLD_LAW) == "10 22:00"
    assert hours(decided, "of Guadeloupe", FIRST_DAY_OF_THE_NEW) == "10:00-13:00;14:00-20:00"
    assert ends(decided, "of Guadeloupe", FIRST_DAY_OF_THE_NEW) == "12 04:00"
    assert ends(decided, "of Réunion", LAST_DAY_OF_THE_OLD_LAW) == "10 20:00"
    assert ends(decided, "french", LAST_DAY_OF_THE_OLD_LAW) == "10 22:00"


def test_a_row_ends_with_the_register_it_stands_on(decided: psycopg.Connection) -> None:
    assert ends(decided, "british") == "25 00:00"  # consent goes before the register
    by_interest = on(decided, "british by legitimate interest")
    assert "register_stale" not in by_interest.reasons
    assert ends(decided, "british by legitimate interest") == "24 22:00"
    later = on(decided, "british by legitimate interest", THANKSGIVING)
    assert "register_stale" in later.reasons


def kept(decided: psycopg.Connection, day: date) -> set[str]:
    """Return the subjects that a public holiday stops on a day."""
    rows = decided.execute(
        "select subject_id from marts.call_decision_reasons"
        " where reason_code = 'public_holiday' and call_date = %s and campaign_id = 'energy'",
        [day],
    ).fetchall()
    stopped = {row[0] for row in rows}
    return {subject for subject in SUBJECTS if key("subject", subject) in stopped}


def test_a_holiday_of_a_region_closes_it_and_whoever_may_live_there(
    decided: psycopg.Connection,
) -> None:
    germans = {subject for subject in SUBJECTS if subject.startswith("german")}
    assert kept(decided, PENANCE_DAY) & germans == germans - {"german of a region by name"}
    assert detail(decided, "german of a region by code", "public_holiday", PENANCE_DAY) == (
        "DE-SN Repentance and Prayer Day"
    )
    assert {"british", "scottish"} <= kept(decided, SAINT_ANDREW)
    assert "english" not in kept(decided, SAINT_ANDREW)
    assert on(decided, "english", SAINT_ANDREW).verdict == "callable"


def test_leads_of_two_regions_leave_the_region_unknown(decided: psycopg.Connection) -> None:
    assert "public_holiday" in on(decided, "german of two regions", PENANCE_DAY).reasons
    assert detail(decided, "german of two regions", "public_holiday", PENANCE_DAY) == (
        "DE Repentance and Prayer Day"
    )


def test_a_territory_has_the_holidays_of_its_own_region(decided: psycopg.Connection) -> None:
    found = kept(decided, ABOLITION_DAY)
    assert "of Martinique" in found
    assert "of Réunion" not in found
    assert "french" in found  # nobody knows that it is the mainland
    assert "of Guadeloupe" in found  # its plan is shared with other islands


def test_each_law_that_binds_brings_its_own_holidays(decided: psycopg.Connection) -> None:
    assert "french number, german address" in kept(decided, PENANCE_DAY)
    assert "french" not in kept(decided, PENANCE_DAY)


def test_a_holiday_on_which_the_law_allows_calls_stops_none(decided: psycopg.Connection) -> None:
    assert "american" not in kept(decided, THANKSGIVING)
    assert "british number, american address" not in kept(decided, THANKSGIVING)


def test_a_country_whose_law_is_not_known_is_stopped_by_that_alone(
    decided: psycopg.Connection,
) -> None:
    assert on(decided, "of Jersey").reasons == ("policy_missing",)


def test_nothing_is_callable_without_an_interval(decided: psycopg.Connection) -> None:
    rows = decided.execute(
        """
        select count(*) from marts.call_decisions
        where verdict = 'callable'
            and (call_windows is null or upper(call_windows_utc) > valid_until)
        """
    ).fetchone()
    assert rows == (0,)
