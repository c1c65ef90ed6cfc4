"""Show that rules, codes, docs and unit tests are one set, and that rules keep to the facts."""

from __future__ import annotations

import csv
import re
from typing import Any

import pytest
import yaml

from ringfence.decision.dbt_runner import run_dbt
from ringfence.settings import Settings, product_folder

PROJECT = product_folder("dbt_project")
RULES = PROJECT / "models" / "intermediate" / "rules"
NOT_OVER_FACTS = {
    "allocated_to_other_campaign": "int_allocation",
    "attempt_kept_for_other_number": "int_attempt_allocation",
}
HEADINGS = ("**What stops the call.**", "**Why.**", "**What would clear it.**")


def codes() -> list[dict[str, str]]:
    with (PROJECT / "seeds" / "reason_codes.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


CODES = sorted(row["reason_code"] for row in codes())


def stems(pattern: str) -> list[str]:
    return sorted(path.stem.removeprefix("rule_") for path in RULES.glob(pattern))


def properties(code: str) -> dict[str, Any]:
    return dict(yaml.safe_load((RULES / f"rule_{code}.yml").read_text("utf-8")))


def words(sql: str) -> str:
    """Return SQL without comments and Jinja."""
    return re.sub(r"--[^\n]*|\{[{%#].*?[}%#]\}", " ", sql, flags=re.DOTALL)


def test_rules_codes_docs_and_properties_are_the_same_set() -> None:
    assert len(CODES) > 20
    for pattern in ("rule_*.sql", "rule_*.md", "rule_*.yml"):
        assert stems(pattern) == CODES, pattern
    assert {path.suffix for path in RULES.iterdir()} == {".sql", ".md", ".yml"}


def test_every_rule_over_the_facts_is_in_the_union_once() -> None:
    union = (RULES.parent / "int_fact_reasons.sql").read_text("utf-8")
    listed = re.findall(r"^ {4}'([a-z_]+)',$", union, flags=re.MULTILINE)
    assert sorted(listed) == sorted(set(CODES) - set(NOT_OVER_FACTS))


@pytest.mark.parametrize("code", CODES)
def test_a_rule_reads_one_table_without_join_or_clock(code: str) -> None:
    sql = (RULES / f"rule_{code}.sql").read_text("utf-8")
    table = NOT_OVER_FACTS.get(code, "int_call_facts")
    assert re.findall(r"ref\('(\w+)'\)", sql) == [table]
    assert f"'{code}' as reason_code" in sql
    forbidden = re.findall(
        r"\b(join|now|current_date|current_timestamp|clock_timestamp|source|lateral|over)\b",
        words(sql).lower(),
    )
    assert forbidden == []


@pytest.mark.parametrize("code", CODES)
def test_a_rule_says_what_stops_why_and_what_clears(code: str) -> None:
    doc = (RULES / f"rule_{code}.md").read_text("utf-8")
    assert doc.startswith(f"{{% docs rule_{code} %}}")
    positions = [doc.index(heading) for heading in HEADINGS]
    assert positions == sorted(positions)
    (model,) = properties(code)["models"]
    assert model == {"name": f"rule_{code}", "description": f"{{{{ doc('rule_{code}') }}}}"}


@pytest.mark.parametrize("code", CODES)
def test_a_rule_has_unit_tests_that_fire_and_that_are_silent(code: str) -> None:
    tests = {test["name"]: test for test in properties(code)["unit_tests"]}
    assert set(tests) >= {f"{code}_fires", f"{code}_is_silent"}
    assert all(test["model"] == f"rule_{code}" for test in tests.values())
    fires, silent = tests[f"{code}_fires"], tests[f"{code}_is_silent"]
    assert fires["expect"]["rows"]
    assert {row["reason_code"] for row in fires["expect"]["rows"]} == {code}
    assert silent["expect"]["rows"] == []
    assert silent["given"][0]["rows"]


def test_precedence_follows_the_law() -> None:
    order = [row["family"] for row in sorted(codes(), key=lambda row: int(row["precedence"]))]
    first_of_family = list(dict.fromkeys(order))
    assert first_of_family == [
        "ban", "restriction", "objection", "withdrawal", "number", "campaign", "policy", "register",
        "ground", "limit", "lifecycle",
    ]  # fmt: skip
    assert {row["reason_code"] for row in codes() if row["verdict"] == "undetermined"} == {
        "number_country_unknown", "policy_missing", "policy_unreviewed", "register_missing",
        "register_stale", "objection_feed_stale",
    }  # fmt: skip


def test_the_policy_covers_every_country_and_leaves_prose_out() -> None:
    with (PROJECT / "seeds" / "country_call_policy.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["country_code"] for row in rows} - {"*"}) == 35
    assert len(rows) == 108
    assert "note" not in rows[0]
    assert all(row["source"] and row["legal_citation"] and row["confidence"] for row in rows)


@pytest.mark.parametrize(
    ("seed", "keys", "needed"),
    [
        ("audiences", "country_code audience", "follows basis"),
        ("sector_overrides", "country_code audience sector valid_from", "effect legal_citation"),
        ("relation_windows", "country_code sector kind valid_from", "legal_citation confidence"),
        ("abandoned_call_caps", "country_code", "cap_percent legal_citation"),
    ],
)
def test_the_rows_of_the_law_are_one_for_each_key_and_leave_nothing_open(
    seed: str, keys: str, needed: str
) -> None:
    with (PROJECT / "seeds" / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [tuple(row[name] for name in keys.split()) for row in rows]
    assert len(found) == len(set(found))
    assert all(row[name] for row in rows for name in (*keys.split(), *needed.split()))


def test_every_model_says_what_a_row_is() -> None:
    described = set()
    for file in (PROJECT / "models").rglob("*.yml"):
        for model in yaml.safe_load(file.read_text("utf-8")).get("models", []):
            assert model["description"].strip(), model["name"]
            described.add(model["name"])
    assert described == {file.stem for file in (PROJECT / "models").rglob("*.sql")}


@pytest.fixture(scope="module")
def empty_models(database: Settings) -> Settings:
    """Make every relation without rows: unit tests read the types of their parents."""
    run_dbt(database, "daily", ["seed"])
    run_dbt(database, "daily", ["run", "--empty"])
    return database


def test_every_unit_test_of_dbt_passes(empty_models: Settings) -> None:
    results = run_dbt(empty_models, "unit", ["test", "--select", "test_type:unit"])
    assert len(results) >= 2 * len(CODES)
    assert {result.status for result in results} == {"pass"}
