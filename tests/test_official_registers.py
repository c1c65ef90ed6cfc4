"""What the seed of registers says, and that SQL and Python read its freshness rules alike."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime

import jinja2
import pytest

from ringfence.database import connect
from ringfence.registers.official import fresh_until, official_registers, register_of
from ringfence.settings import Settings, product_folder

SEEDS = product_folder("dbt_project") / "seeds"
MACRO = product_folder("dbt_project") / "macros" / "fresh_until.sql"
RULES = sorted({one.fresh_rule for one in official_registers()} | {"calendar:5,14,28"})


def rows(seed: str) -> list[dict[str, str]]:
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("rule", "published", "ends"),
    [
        ("age_days:28", "2026-10-27T00:00+00:00", "2026-11-24T00:00+00:00"),
        ("calendar:1,16", "2026-11-15T00:00+00:00", "2026-11-15T23:00+00:00"),
        ("calendar:1,16", "2026-11-15T23:00+00:00", "2026-11-30T23:00+00:00"),
        ("calendar:1,16", "2026-12-31T12:00+00:00", "2026-12-31T23:00+00:00"),
        ("calendar_month", "2026-12-31T22:59+00:00", "2026-12-31T23:00+00:00"),
        ("calendar_month", "2026-12-31T23:00+00:00", "2027-01-31T23:00+00:00"),
        ("edition", "2026-10-01T00:00+00:00", "2026-12-31T23:00+00:00"),
        ("edition", "2026-09-30T12:00+00:00", "2026-09-30T22:00+00:00"),
    ],
)
def test_a_copy_is_fresh_until(rule: str, published: str, ends: str) -> None:
    found = fresh_until(rule, datetime.fromisoformat(published), "Europe/Bratislava")
    assert found == datetime.fromisoformat(ends)


def test_a_rule_that_nobody_knows_is_never_fresh() -> None:
    assert fresh_until("weekly", datetime(2026, 11, 1, tzinfo=UTC), "UTC") is None


@pytest.mark.parametrize("rule", [*RULES, "weekly", "calendar", "age_days:"])
def test_sql_and_python_read_a_rule_alike(database: Settings, rule: str) -> None:
    """The macro is plain SQL but for its three arguments: ask it about a year and a half."""
    body = re.search(r"-%\}\n(.*)\{%- endmacro", MACRO.read_text("utf-8"), re.DOTALL)
    assert body
    sql = body[1]
    for name, value in {"rule": "rule", "published_at": "at", "zone": "zone"}.items():
        sql = sql.replace(f"{{{{ {name} }}}}", value)
    zone = "America/New_York"
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with connect(database, name="a test") as connection:
        found = dict(
            connection.execute(
                f"""
                select at, {sql}
                from generate_series(
                    %(start)s::timestamptz, %(start)s::timestamptz + interval '550 days',
                    interval '7 hours'
                ) as moments (at)
                cross join (
                    select split_part(%(rule)s, ':', 1) as fresh_way,
                        split_part(%(rule)s, ':', 2) as fresh_argument,
                        %(zone)s::text as zone
                ) as rule
                """.encode(),
                {"start": start, "rule": rule, "zone": zone},
            ).fetchall()
        )
    assert len(found) > 1_800
    if rule in {"weekly", "calendar", "age_days:"}:
        assert set(found.values()) == {None}
        return
    wrong = {at: ends for at, ends in found.items() if fresh_until(rule, at, zone) != ends}
    assert wrong == {}


def test_every_screened_country_has_a_zone_in_which_its_days_count() -> None:
    zones = {row["region"] for row in rows("territories")}
    assert {one.country_code for one in official_registers()} <= zones


def test_the_greek_register_is_its_members() -> None:
    members = {one.register_id for one in official_registers() if one.country_code == "GR"}
    assert len(members) == 4
    assert "gr_article_11" not in members
    assert {one.group_id for one in official_registers() if one.country_code == "GR"} == {
        "gr_article_11"
    }


def test_denmark_cannot_be_screened_by_number_and_stays_at_consent() -> None:
    robinson = register_of("dk_robinsonlisten")
    assert robinson
    assert (robinson.shape, robinson.key, robinson.is_matched_by_number) == (
        "person_match", "person", False,
    )  # fmt: skip
    policies = [
        row
        for row in rows("country_call_policy")
        if row["country_code"] == "DK" and row["audience"] == "consumer"
    ]
    assert [row["pipeline_default"] for row in policies] == ["require_consent"]


@pytest.mark.parametrize("country", ["CH", "CZ", "HU", "IS"])
def test_flags_inside_directories_are_lists_of_numbers(country: str) -> None:
    found = [
        one
        for one in official_registers()
        if one.country_code == country and "directory" in one.register_id
    ]
    assert found
    assert {(one.shape, one.key) for one in found} == {("snapshot", "e164")}


def test_the_seed_says_what_the_law_says_of_each_register() -> None:
    by_register = {row["register_id"]: row for row in rows("registers")}
    columns = ("against_consent", "against_customer", "fresh_rule")
    assert {
        name: tuple(by_register[name][column] for column in columns)
        for name in ("gb_tps", "it_rpo", "hr_ne_zovi", "se_nix", "us_ndncr", "sk_nevyziadane")
    } == {
        "gb_tps": ("overrides_if_specific", "blocks", "age_days:28"),
        "it_rpo": ("annuls_earlier", "blocks", "age_days:15"),
        "hr_ne_zovi": ("annuls_earlier_if_flag", "blocks", "age_days:7"),
        "se_nix": ("valid_n_days", "blocks", "age_days:60"),
        "us_ndncr": ("blocks", "yields", "age_days:31"),
        "sk_nevyziadane": ("blocks", "blocks", "calendar:1,16"),
    }
    assert by_register["no_reservasjon"]["fresh_rule"] == "calendar_month"
    assert by_register["ch_directory_open"]["absent_means"] == "blocks"
    assert by_register["ie_ndd_mobile"]["listed_means"] == "consent"
    assert by_register["fr_bloctel"]["valid_to"] == "2026-08-10"
    washes = {"it_rpo", "fr_bloctel", "se_nix", "no_reservasjon"}
    assert {by_register[name]["shape"] for name in washes} == {"wash"}


@pytest.mark.parametrize(
    ("rule", "is_known"),
    [
        ("age_days:28", True), ("calendar:1,16", True), ("calendar_month", True),
        ("edition", True), (None, False), ("", False), ("age_days", False), ("age_days:0", False),
        ("calendar:", False), ("calendar:31", False), ("monthly", False),
    ],
)  # fmt: skip
def test_a_register_without_a_known_freshness_rule_fails_the_build(
    database: Settings, rule: str | None, is_known: bool
) -> None:
    """Run the data test of the build over one row."""
    tests = product_folder("dbt_project") / "tests"
    text = (tests / "screened_registers_have_a_known_freshness_rule.sql").read_text("utf-8")
    rows = "(select 'XX' as country_code, 'x' as register_id, %s::text as fresh_rule)"
    sql = jinja2.Environment().from_string(text).render(ref=lambda name: rows)  # noqa: S701
    with connect(database, name="a test") as connection:
        found = connection.execute(sql.encode(), [rule]).fetchall()
    assert (found == []) is is_known
