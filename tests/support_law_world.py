"""Build the world of all law cases and decide it: two builds for everything.

First only the cases that miss something all share (a register never loaded, a policy nobody
signed), on their days; then the house is put in order and every other case is decided.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Connection
from tests.support_decision import CALL_DATE, World, key, write_registers
from tests.support_law_cases import LawCase, Outcome, members, seed
from tests.support_law_words import Step

from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.registers.official import register_of
from ringfence.registers.yaml_marks import Fault
from ringfence.settings import Settings

# A Friday; with each register's age a Friday's snapshot is last fresh on a day that may be called.
PUBLISHED = datetime(2026, 11, 20, 9, tzinfo=UTC)
LONG_AGO = "2018-01-01"
DOSSIER = {"sample_rate": "0.05", "verified": "40", "of": "800", "on": LONG_AGO}
SOURCES: dict[str, dict[str, Any]] = {
    "web": {}, "web_two": {}, "bought": {"obtained": "bought", "dossier": DOSSIER},
    "unsampled": {"obtained": "bought"}, "unapproved": {"approved": None},
}  # fmt: skip
# Who dials ahead must report what was dropped; here nothing was.
DIALLER = "dialler"
DIALLER_SOURCE: dict[str, Any] = {
    "emits": {
        "call_attempts": {"map": {"phone": "phone", "attempted_at": "at", "disposition": "end"}}
    },
    "delivery": {"expected_every": "2d"}, "dispositions": {"SALE": "answered"},
}  # fmt: skip

Demand = tuple[str, ...]


def needs(case: LawCase) -> set[Demand]:
    """Return what must be there for this case: signed policies and loaded registers."""
    wanted: set[Demand] = {
        ("policy", country, audience)
        for country in case.law_countries
        for audience in case.audiences
    }
    wanted |= {
        ("register", member)
        for row in seed("registers")
        if row["country_code"] in case.law_countries and row["audience"] in case.audiences
        for member in members(row["register_id"])
    }
    return wanted - case.absent


def conflicts(cases: Sequence[LawCase]) -> list[Fault]:
    """Return a fault for each case without something that another of the first build needs."""
    first = [case for case in cases if case.absent]
    return [
        Fault(
            case.file, case.line,
            f"{' '.join(missed)} is absent here and needed by {other.place}: no build has both",
        )
        for case in first
        for other in first
        for missed in sorted(case.absent & needs(other))
    ]  # fmt: skip


@dataclass
class House:
    """Hold the registers of the world: one campaign and its sources for each distinct setting."""

    campaigns: dict[str, str]

    @classmethod
    def of(cls, cases: Sequence[LawCase]) -> House:
        settings = sorted({_setting(case) for case in cases})
        return cls({setting: f"campaign_{place}" for place, setting in enumerate(settings, 1)})

    def campaign(self, case: LawCase) -> str:
        return self.campaigns[_setting(case)]

    def source(self, case: LawCase, name: str) -> str:
        return f"{name}_{self.campaign(case)}"

    def write(self, folder: Path, absent: set[Demand]) -> Path:
        campaigns: dict[str, dict[str, Any]] = {}
        approved = {"approved": {"by": "D. Officer", "on": LONG_AGO}}
        sources: dict[str, dict[str, Any]] = {DIALLER: approved | DIALLER_SOURCE}
        for place, (setting, campaign) in enumerate(self.campaigns.items(), start=1):
            own = {f"{name}_{campaign}": approved | told for name, told in SOURCES.items()}
            sources |= own
            campaigns[campaign] = {
                "countries": sorted({row["region"] for row in seed("territories")} - {"AX"}),
                "sources": sorted(own), "priority": place,
            } | json.loads(setting)  # fmt: skip
        signed = [
            (row["country_code"], row["audience"], row["line_type"], row["valid_from"])
            for row in seed("country_call_policy")
            if row["country_code"] != "*"
            and ("policy", row["country_code"], row["audience"]) not in absent
        ]
        return write_registers(
            folder, sources=sources, standing=campaigns, signed=signed, signed_on=LONG_AGO,
            notice_from=LONG_AGO,
        )  # fmt: skip


def _setting(case: LawCase) -> str:
    return json.dumps(case.campaign, sort_keys=True)


def decide_all(settings: Settings, folder: Path, cases: Sequence[LawCase]) -> dict[str, Outcome]:
    """Build and decide every case; returns what came of each by its id."""
    house = House.of(cases)
    settings = replace(settings, registers=folder)
    first = [case for case in cases if case.absent]
    rest = [case for case in cases if not case.absent]
    absent = {missed for case in first for missed in case.absent}
    registers = {member for row in seed("registers") for member in members(row["register_id"])}
    missing = {missed[1] for missed in absent if missed[0] == "register"}
    with connect(settings) as connection:
        world = World(connection)
        world.batch(DIALLER)
        for case in cases:
            _Builder(world, house, case).build()
    outcomes: dict[str, Outcome] = {}
    for part, loaded, gone in ((first, registers - missing, absent), (rest, missing, set())):
        house.write(folder, gone)
        with connect(settings) as connection:
            for register in sorted(loaded):
                listed = [_name(case, case.subject) for case in cases if register in case.listed]
                free = [name for case in cases for name in _free(case, register)]
                World(connection).register(register, *listed, free=free, published_at=PUBLISHED)
        if part:
            days = sorted({case.on for case in part} - {CALL_DATE})
            report = decide(settings, call_date=CALL_DATE, further_call_dates=days)
            assert report.left_out == [], report.left_out
            with connect(settings, "analyst") as connection:
                outcomes |= _outcomes(connection, house, part)
    return outcomes


def _free(case: LawCase, register: str) -> list[str]:
    """Return the numbers of a case that a register was asked about and does not list.

    It is asked about all of a case under its law, unless the case says that it was not.
    """
    asked = register_of(register)
    if not asked or not asked.is_asked or register in case.unasked:
        return []
    if ("register", register) not in needs(case):
        return []
    listed = {case.subject} if register in case.listed else set()
    numbers = {step.subject for step in case.steps if step.builder in {"lead", "number"}}
    return [_name(case, local) for local in sorted(numbers - listed)]


def _name(case: LawCase, local: str) -> str:
    return f"{case.case_id}: {local}"


@dataclass
class _Builder:
    """Turn the steps of one case into calls of the world's builders."""

    world: World
    house: House
    case: LawCase

    def build(self) -> None:
        record: UUID | None = None
        for step in self.case.steps:
            subject, values = _name(self.case, step.subject), self._values(step)
            if step.builder == "number":
                assert record is not None
                self.world.number(subject, record, **values)
                continue
            made = getattr(self.world, step.builder)(subject, **values)
            record = made if step.builder == "lead" else record

    def _values(self, step: Step) -> dict[str, Any]:
        values = dict(step.values)
        if "person" in values:
            values["person"] = _name(self.case, values["person"])
        if step.builder in {"number", "old_number"}:
            return values
        source = self.house.source(self.case, values.pop("source", "web"))
        arrived, delivery = values.pop("arrived", None), values.pop("delivery", None)
        values["source"] = source
        if arrived or delivery:
            values["batch"] = self._batch(source, arrived, delivery)
        return values

    def _batch(self, source: str, arrived: datetime | None, delivery: str | None) -> UUID:
        told: dict[str, Any] = {"accepted_at": arrived} if arrived else {}
        if delivery == "rejected":
            # Its leads and consents never count; the stops were split off before the checks.
            told |= {"part": "stops"}
        if delivery == "taken back":
            told |= {"status": "retracted", "retracted_at": datetime(2026, 11, 23, 10, tzinfo=UTC)}
        return self.world.batch(source, name=(delivery, arrived), **told)


def _outcomes(connection: Connection, house: House, cases: Sequence[LawCase]) -> dict[str, Outcome]:
    """Read the decision about each case's number, in its campaign, on its day."""
    rows = connection.execute(
        """
        select asked.place, decisions.verdict, decisions.ground, decisions.reason_codes,
            reasons.detail, decisions.call_windows
        from unnest(%s::integer[], %s::uuid[], %s::text[], %s::date[])
            as asked (place, subject_id, campaign_id, call_date)
        inner join marts.call_decisions as decisions using (subject_id, campaign_id, call_date)
        left join marts.call_decision_reasons as reasons
            on
                decisions.candidate_id = reasons.candidate_id
                and decisions.first_reason_code = reasons.reason_code
        """,
        [
            list(range(len(cases))),
            [key("subject", _name(case, case.subject)) for case in cases],
            [house.campaign(case) for case in cases],
            [case.on for case in cases],
        ],
    ).fetchall()
    outcomes = {}
    for place, verdict, ground, reasons, detail, windows in rows:
        told = Outcome(verdict, ground, tuple(reasons), detail or "", windows or "")
        outcomes[cases[place].case_id] = told
    return outcomes
