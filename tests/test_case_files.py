"""Read law cases that are written wrongly: every fault is told with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support_law_cases import read_law_cases
from tests.support_law_sentences import read_sentences
from tests.support_law_world import conflicts

HEAD = "law: a law\nmodel: LAW.md 4\ncases:\n"
GOOD = "  - case: one\n    expect: {verdict: callable, ground: consent}\n"


def faults(tmp_path: Path, text: str, place: str = "de/a_sentence.yml") -> list[str]:
    file = tmp_path / place
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    return [str(fault) for fault in read_law_cases(tmp_path)[1]]


def test_a_case_that_states_nothing_is_the_lawful_default(tmp_path: Path) -> None:
    assert faults(tmp_path, HEAD + GOOD) == []
    (case,) = read_law_cases(tmp_path)[0]
    assert [step.builder for step in case.steps] == ["lead", "consent"]
    assert case.case_id == "de: a sentence: one"


def test_a_case_for_several_countries_is_one_for_each(tmp_path: Path) -> None:
    text = HEAD + GOOD.replace("    expect", "    in each of: [DE, FR]\n    expect")
    assert faults(tmp_path, text, "all/a_sentence.yml") == []
    assert [case.name for case in read_law_cases(tmp_path)[0]] == ["one (DE)", "one (FR)"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("{leed: {country: DE}}", "`cases.given.leed` is not known here; did you mean `lead`?"),
        ("{lead: {contry: DE}}", "`lead.contry` is not known here; did you mean `country`?"),
        ("{lead: {audience: company}}", "`lead.audience` must be one of consumer, generic company"),
        ("{consent: {evidence: proven}}", "`consent.evidence` must be one of verified, asserted"),
        ("{consent: {on: last spring}}", "`on` must be a day, 2026-05-01, or a time"),
        ("{then: [{withdrew: 2026-05-01}]}", "an entry of `then` names one event: given, renewed"),
        ("{then: [{called: 2026-05-01}]}", "`then.outcome` is missing"),
        ("{register: {gb_tsp: listed}}", "`gb_tsp` is no register of registers.csv"),
        ("{register: {gb_tps: there}}", "`register.gb_tps` must be one of listed, not listed"),
        ("{policy: unsigned}", "`cases.given.policy` must be one of signed, not signed"),
        ("{campaign: {mode: live}}", "`cases.given.campaign.mode` is not known here"),
        ("{lead: {country: FR}}", "no number or address of this case is under the law of DE"),
        ("{consent: {delivery: rejected}}", "only stops are taken from a rejected delivery"),
    ],
)  # fmt: skip
def test_an_unknown_word_is_told_with_its_line(tmp_path: Path, given: str, words: str) -> None:
    text = HEAD + GOOD.replace("    expect", f"    given: {given}\n    expect")
    (fault,) = faults(tmp_path, text)
    assert fault.startswith("a_sentence.yml:")
    assert words in fault


@pytest.mark.parametrize(
    ("expect", "words"),
    [
        ("{verdict: allowed}", "`cases.expect.verdict` must be one of callable, blocked"),
        ("{verdict: blocked, reasons: [no_consent]}", "`no_consent` is no code"),
        ("{verdict: callable}", "a callable number has a ground and no reasons"),
        ("{verdict: blocked}", "any other only reasons"),
    ],
)
def test_an_expectation_that_nothing_can_meet_is_refused(
    tmp_path: Path, expect: str, words: str
) -> None:
    found = faults(tmp_path, HEAD + f"  - case: one\n    expect: {expect}\n")
    assert any(words in fault for fault in found)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (HEAD + GOOD, "xx/a_sentence.yml", "neither `all` nor a country"),
        (HEAD + GOOD, "de/A sentence.yml", "name the file for its sentence"),
        (HEAD + GOOD + GOOD, "de/a_sentence.yml", "two cases of this file have one name"),
        (HEAD, "de/a_sentence.yml", "`cases` holds no case"),
        (HEAD.replace("LAW.md 4", "page 4") + GOOD, "de/a_sentence.yml", "as LAW.md 4"),
    ],
)
def test_a_file_that_is_no_sentence_is_refused(
    tmp_path: Path, text: str, place: str, words: str
) -> None:
    found = faults(tmp_path, text, place)
    assert any(words in fault for fault in found)


def test_what_one_case_lacks_and_another_of_its_build_needs_is_told(tmp_path: Path) -> None:
    unsigned, unloaded = "{policy: not signed}", "{register: {gb_tps: never loaded}}"
    cases = "".join(
        f"  - case: {given[1:7]}\n    given: {given}\n"
        "    expect: {verdict: undetermined, reasons: [policy_unreviewed]}\n"
        for given in (unsigned, unloaded)
    )
    assert faults(tmp_path, HEAD + cases, "gb/a_sentence.yml") == []
    told = [str(fault) for fault in conflicts(read_law_cases(tmp_path)[0])]
    assert len(told) == 2
    assert "no build has both" in told[0]


def test_a_sentence_names_files_that_exist(tmp_path: Path) -> None:
    file = tmp_path / "sentences.yml"
    file.write_text(
        "LAW.md 1:\n  - {says: one, tested by: [all/nothing]}\n  - {says: two}\n"
        "  - {says: three, tested by: not yet}\n"
        '  - {says: four, tested by: ["*/*_are_called_only_with_consent"]}\n'
    )
    sentences, found = read_sentences(file)
    assert [str(fault) for fault in found] == [
        "sentences.yml:2: `all/nothing` names no file",
        "sentences.yml:3: `tested by` names the files, or says `not yet`",
    ]
    assert [len(sentence.files) > 0 for sentence in sentences] == [False, False, False, True]
