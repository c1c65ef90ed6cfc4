"""Run the law cases through the real models: one decided world, one test for each case.

tests/cases/<country>/<sentence>.yml say what is given and what must come of it;
tests/cases/sentences.yml says which sentence of the model of the law each of them tests.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.conftest import cloned_database
from tests.support_law_cases import LawCase, Outcome, difference, read_law_cases, seed
from tests.support_law_sentences import read_sentences, unnamed
from tests.support_law_world import conflicts, decide_all

from ringfence.file_lock import hold_lock
from ringfence.services.cluster import ClusterInfo

LAW_CASES, FAULTS = read_law_cases()
SENTENCES, SENTENCE_FAULTS = read_sentences()
DAY = timedelta(days=1)
# Whoever builds a sentence that waits takes one off; none may come on.
NOT_TESTED_YET = 2


@pytest.fixture(scope="session")
def decided(
    request: pytest.FixtureRequest, cluster: ClusterInfo, role_prefix: str, session_folder: Path
) -> dict[str, Outcome]:
    """Decide all cases once for all processes of a session; each reads what came of them."""
    known = session_folder / "law cases.json"
    with hold_lock(session_folder / "law cases.lock", patience=500, waiting_for="the law cases"):
        if not known.exists():
            home = session_folder / "law cases"
            template = request.getfixturevalue("template")
            clone = session_folder / "parsed" / "law_cases"
            with cloned_database(cluster, template, role_prefix, home, clone) as settings:
                found = decide_all(settings, home / "dags", LAW_CASES)
            known.write_text(json.dumps({name: asdict(told) for name, told in found.items()}))
    told = json.loads(known.read_text())
    return {
        name: Outcome(**{**outcome, "reasons": tuple(outcome["reasons"])})
        for name, outcome in told.items()
    }


@pytest.mark.parametrize("case", LAW_CASES, ids=lambda case: case.case_id)
def test_law(decided: dict[str, Outcome], case: LawCase) -> None:
    told = difference(case, decided.get(case.case_id))
    assert not told, "\n" + told


def test_every_case_file_can_be_read() -> None:
    assert [str(fault) for fault in (*FAULTS, *conflicts(LAW_CASES))] == []
    assert len(LAW_CASES) > 200


def test_every_file_that_a_sentence_names_exists() -> None:
    assert [str(fault) for fault in SENTENCE_FAULTS] == []
    assert len(SENTENCES) > 80


def test_no_more_sentences_than_now_wait_for_a_test() -> None:
    waiting = [sentence.says for sentence in SENTENCES if not sentence.files]
    assert len(waiting) <= NOT_TESTED_YET


def test_every_case_file_is_named_by_a_sentence() -> None:
    assert unnamed(SENTENCES) == []


def test_a_case_file_tests_the_section_it_says() -> None:
    sections = defaultdict(set)
    for sentence in SENTENCES:
        for file in sentence.files:
            sections[file].add(sentence.section)
    assert {case.place for case in LAW_CASES if case.section not in sections[case.file]} == set()


def test_every_boundary_of_the_policy_has_cases_on_both_sides() -> None:
    asked = [
        (row["country_code"], row["audience"], row["line_type"], day)
        for row in seed("country_call_policy")
        if row["country_code"] != "*"
        for day in sides(date.fromisoformat(row["valid_from"]))
    ]
    assert len(asked) > 200
    assert {told for told in asked if not any(is_about(case, *told) for case in LAW_CASES)} == set()


def test_every_boundary_of_a_register_has_cases_on_both_sides() -> None:
    asked = {
        (row["country_code"], row["audience"], row["line_type"], day)
        for row in seed("registers")
        for boundary in (row["valid_from"], row["valid_to"])
        if boundary
        for day in sides(date.fromisoformat(boundary) + (boundary == row["valid_to"]) * DAY)
    }
    assert len(asked) > 40
    assert {told for told in asked if not any(is_about(case, *told) for case in LAW_CASES)} == set()


def sides(first_day: date) -> tuple[date, date]:
    return first_day - DAY, first_day


def is_about(case: LawCase, country: str, audience: str, line_type: str, day: date) -> bool:
    lines = {
        step.values.get("line_type", "mobile") for step in case.steps if step.builder == "lead"
    }
    return (
        case.on == day
        and country in case.law_countries
        and audience in case.audiences
        and (line_type == "any" or line_type in lines)
    )


def wrong(expected: Outcome) -> Outcome:
    """Expect the contrary."""
    if expected.verdict == "callable":
        return replace(expected, verdict="blocked", ground=None, reasons=("consent_missing",))
    return replace(expected, verdict="callable", ground="consent", reasons=())


def test_a_wrong_expectation_is_reported(decided: dict[str, Outcome]) -> None:
    for case in LAW_CASES[::7]:
        told = difference(replace(case, expected=wrong(case.expected)), decided[case.case_id])
        assert case.place in told


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": "undetermined"},
        {"reasons": ("register_listed",)},
        {"reasons": ("legitimate_interest_not_assessed", "register_listed")},
        {"reasons": ("register_listed", "legitimate_interest_not_assessed", "objected")},
        {"detail": "gb_tps"},
    ],
    ids=["the verdict", "a reason too many", "their order", "a reason too few", "the detail"],
)
def test_a_difference_is_seen_in(changes: dict[str, object]) -> None:
    reasons = ("register_listed", "legitimate_interest_not_assessed")
    case = replace(LAW_CASES[0], expected=Outcome("blocked", None, reasons))
    found = Outcome("blocked", None, reasons, "", "09:00-20:00")
    assert difference(case, found) == ""
    assert difference(replace(case, expected=replace(case.expected, **changes)), found)


def test_a_difference_is_told_in_words() -> None:
    (case,) = (
        case for case in LAW_CASES
        if case.file.stem == "opt_in_since_11_august_2026"
        and case.name == "from that day on, a consumer who is in Bloctel"
    )  # fmt: skip
    told = difference(case, Outcome("callable", "legitimate_interest", ()))
    assert told.splitlines() == [
        f"{case.place}: from that day on, a consumer who is in Bloctel",
        "the law:   LAW.md 4, C. conso. L.223-1 (loi 2025-594 art. 13): since 11 August 2026 a",
        "           consumer is called only with consent",
        "call on:   Tuesday 2026-08-11",
        "given:     consent: none; register: fr_bloctel listed; campaign: legitimate interest",
        "           assessed",
        "expected:  blocked, because of consent_missing (Consent is needed and none is on",
        "           record.)",
        "found:     callable, on the ground of legitimate interest",
    ]
    assert "no decision about this number" in difference(case, None)
