"""Read the law cases below tests/cases, and say in a lawyer's words where a verdict differs.

tests/cases/<country>/<sentence>.yml  →  LawCase, or Faults with file and line
"""

from __future__ import annotations

import csv
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from tests.support_decision import CALL_DATE
from tests.support_law_words import NUMBER, Reader, Step, campaign_of

from ringfence.registers.official import official_registers
from ringfence.registers.values import entries, take_date
from ringfence.registers.yaml_marks import Fault, Marked, Section, read_marked
from ringfence.settings import product_folder

CASES = Path(__file__).parent / "cases"
SEEDS = product_folder("dbt_project") / "seeds"
VERDICTS = ("callable", "blocked", "undetermined")
GROUNDS = ("consent", "customer", "legitimate_interest")
SECTION = r"LAW\.md [1-7]"


@dataclass(frozen=True)
class Outcome:
    """Hold what was, or should be, decided; `detail` and `window` are None where not asked."""

    verdict: str
    ground: str | None
    reasons: tuple[str, ...]
    detail: str | None = None
    window: str | None = None


@dataclass(frozen=True)
class LawCase:
    """Hold one case: its steps build the world, `absent` names what is not there in it."""

    file: Path
    line: int
    law: str
    section: str
    name: str
    on: date
    told: str
    subject: str
    steps: tuple[Step, ...]
    campaign: dict[str, Any]
    law_countries: frozenset[str]
    audiences: frozenset[str]
    listed: tuple[str, ...]
    unasked: tuple[str, ...]
    absent: frozenset[tuple[str, ...]]
    expected: Outcome

    @property
    def place(self) -> str:
        return f"{self.file.parent.name}/{self.file.name}:{self.line}"

    @property
    def case_id(self) -> str:
        sentence = self.file.stem.replace("_", " ")
        return f"{self.file.parent.name}: {sentence}: {self.name}"


@cache
def seed(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a seed."""
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


def case_files(folder: Path = CASES) -> list[Path]:
    return sorted(folder.glob("*/*.yml"))


def read_law_cases(folder: Path = CASES) -> tuple[list[LawCase], list[Fault]]:
    """Return every sound case, and every fault of every file."""
    cases: list[LawCase] = []
    faults: list[Fault] = []
    for file in case_files(folder):
        marked = read_marked(file, faults)
        if marked:
            cases += _cases_of(Section(marked, "", file, faults))
    seen: set[str] = set()
    for case in cases:
        if case.case_id in seen:
            faults.append(Fault(case.file, case.line, "two cases of this file have one name"))
        seen.add(case.case_id)
    return cases, faults


def _cases_of(top: Section) -> list[LawCase]:
    law = top.text("law", required=True) or ""
    section = top.text(
        "model", required=True, pattern=SECTION, shape="the section of the model, as LAW.md 4"
    )
    folder = top.file.parent.name
    if folder != "all" and folder.upper() not in _law_countries():
        top.fault(f"the folder `{folder}` is neither `all` nor a country of territories.csv")
    if not re.fullmatch(r"[a-z0-9_]+", top.file.stem):
        top.fault("name the file for its sentence: lower-case letters, digits, underscores")
    found = []
    for entry in entries(top, "cases"):
        found += _expanded(entry, law, section or "")
    if not found and not top.faults:
        top.fault("`cases` holds no case")
    top.close()
    return found


def _expanded(entry: Section, law: str, section: str) -> Iterator[LawCase]:
    """Yield the case; once for each country where it says `in each of`."""
    countries = entry.texts("in each of")
    for country in countries or (None,):
        before = len(entry.faults)
        case = _case(entry, law, section, country)
        if len(entry.faults) > before:
            return
        yield case
    entry.close()


def _case(entry: Section, law: str, section: str, country: str | None) -> LawCase:
    name = entry.text("case", required=True) or ""
    on = take_date(entry, "on") or CALL_DATE
    given = entry.section("given") or Section(
        Marked({}, entry.marked.line), "given", entry.file, entry.faults
    )
    reader = Reader(on, country or _country_of(entry.file))
    reader.leads(given)
    reader.consents(given)
    reader.later(given)
    reader.customer(given)
    campaign = campaign_of(given)
    listed, unasked, absent = _registers(given)
    laws = frozenset(_law_countries().get(region, region) for region in reader.regions)
    audiences = frozenset(_policy_audience(step) for step in reader.steps if step.builder == "lead")
    if given.text("policy", choices=("signed", "not signed")) == "not signed":
        absent |= {
            ("policy", law_country, audience) for law_country in laws for audience in audiences
        }
    given.close()
    expect = entry.section("expect", required=True)
    subject = (expect.text("about") if expect else None) or NUMBER
    folder = entry.file.parent.name
    if folder != "all" and folder.upper() not in laws:
        entry.fault(f"no number or address of this case is under the law of {folder.upper()}")
    return LawCase(
        file=entry.file, line=entry.marked.line, law=law, section=section,
        name=f"{name} ({country})" if country else name, on=on, told=_told(given, country),
        subject=subject, steps=tuple(reader.steps), campaign=campaign, law_countries=laws,
        audiences=audiences, listed=listed, unasked=unasked, absent=frozenset(absent),
        expected=_outcome(expect) if expect else Outcome("", None, ()),
    )  # fmt: skip


def _country_of(file: Path) -> str | None:
    folder = file.parent.name
    return None if folder == "all" else folder.upper()


@cache
def _law_countries() -> dict[str, str]:
    return {row["region"]: row["law_country"] for row in seed("territories")}


def _policy_audience(step: Step) -> str:
    return "business" if step.values.get("audience") == "generic_company" else "consumer"


def _registers(given: Section) -> tuple[tuple[str, ...], tuple[str, ...], set[tuple[str, ...]]]:
    """Return the registers that list the number, that were not asked about it or never loaded.

    A register of several members may be named, which lists the number in its first, or one member.
    """
    section = given.section("register")
    listed, unasked, absent = [], [], set()
    for register, said in section.items() if section else ():
        loaded = members(register)
        if not loaded:
            given.fault(f"`{register}` is no register of registers.csv", said.line)
        elif said.value == "listed":
            listed.append(loaded[0])
        elif said.value == "not asked":
            unasked += loaded
        elif said.value == "never loaded":
            absent |= {("register", member) for member in loaded}
        elif said.value != "not listed":
            given.fault(
                f"`register.{register}` must be one of listed, not listed, not asked, never loaded",
                said.line,
            )
    return tuple(listed), tuple(unasked), absent


@cache
def members(register: str) -> tuple[str, ...]:
    """Return what is loaded of a register: its members, the member of this name, or itself."""
    return tuple(
        dict.fromkeys(
            one.register_id
            for one in official_registers()
            if register in {one.group_id, one.register_id}
        )
    )


def _outcome(section: Section) -> Outcome:
    verdict = section.text("verdict", required=True, choices=VERDICTS) or ""
    codes = {row["reason_code"] for row in seed("reason_codes")}
    reasons = section.texts("reasons")
    for reason in reasons:
        if reason not in codes:
            section.fault(f"`{reason}` is no code of reason_codes.csv", section.line_of("reasons"))
    found = Outcome(
        verdict=verdict,
        ground=section.text("ground", choices=GROUNDS),
        reasons=reasons,
        detail=section.text("detail"),
        window=section.text("window"),
    )
    if (verdict == "callable") == bool(reasons) or (verdict == "callable") != bool(found.ground):
        section.fault("a callable number has a ground and no reasons, any other only reasons")
    section.close()
    return found


def _told(given: Section, country: str | None) -> str:
    plain = given.marked.plain() if given.marked.value else {}
    if country:
        plain = {"country": country, **plain}
    parts = [f"{name}: {_in_words(value)}" for name, value in plain.items()]
    return "; ".join(parts) or "nothing but the lawful default"


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_in_words(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return " / ".join(_in_words(inner) for inner in value)
    return str(value)


def difference(case: LawCase, found: Outcome | None) -> str:
    """Return "" if the case came out as expected, else all that differs, for a lawyer to read."""
    expected = case.expected
    if found is not None:
        found = Outcome(
            found.verdict, found.ground, found.reasons,
            found.detail if expected.detail is not None else None,
            found.window if expected.window is not None else None,
        )  # fmt: skip
    if found == expected:
        return ""
    lines = [
        f"{case.place}: {case.name}",
        f"the law:   {case.section}, {case.law}",
        f"call on:   {case.on:%A} {case.on}",
        f"given:     {case.told}",
        f"expected:  {_sentence(expected)}",
        f"found:     {_sentence(found) if found else 'no decision about this number'}",
    ]
    return "\n".join(textwrap.fill(line, 88, subsequent_indent=" " * 11) for line in lines)


def _sentence(outcome: Outcome) -> str:
    sentences = {row["reason_code"]: row["sentence"] for row in seed("reason_codes")}
    parts = [outcome.verdict]
    if outcome.ground:
        parts.append(f"on the ground of {outcome.ground.replace('_', ' ')}")
    for reason in outcome.reasons:
        parts.append(f"because of {reason} ({sentences.get(reason, 'an unknown code')})")
    if outcome.detail is not None:
        parts.append(f"in detail {outcome.detail or 'nothing'}")
    if outcome.window is not None:
        parts.append(f"between {outcome.window}")
    return ", ".join(parts)
