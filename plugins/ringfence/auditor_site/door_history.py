"""Gather what the doors said: per suite and expectation, the last word and the way there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from ringfence.auditor_site.queries import Row, fetch
from ringfence.doors.suites import SUITES, load_suite
from ringfence.settings import product_folder

TREND = 30


@dataclass(frozen=True)
class ExpectationHistory:
    """Hold one expectation's last checks, oldest first; a mark is met, unmet or idle."""

    id: str
    column: str
    type: str
    severity: str
    why: str
    marks: tuple[str, ...]
    last_unmet: Row | None

    @property
    def count_applied(self) -> int:
        return sum(mark != "idle" for mark in self.marks)

    @property
    def count_met(self) -> int:
        return self.marks.count("met")


@dataclass(frozen=True)
class SuiteHistory:
    """Hold one suite's expectations and its checks, newest first."""

    name: str
    about: str
    expectations: tuple[ExpectationHistory, ...]
    checks: tuple[Row, ...]

    @property
    def count_passed(self) -> int:
        return sum(check["is_passed"] for check in self.checks)

    @property
    def marks(self) -> tuple[str, ...]:
        return tuple("met" if check["is_passed"] else "unmet" for check in reversed(self.checks))


def histories(connection: Connection) -> list[SuiteHistory]:
    """Return every suite with the last checks at its door, suites without a check included."""
    return [_history(connection, name) for name in SUITES]


def _history(connection: Connection, name: str) -> SuiteHistory:
    checks = fetch(
        connection,
        """
        select check_id, door, suite, is_passed, count_rows, results, checked_at
        from ledger.door_checks
        where suite = %(suite)s
        order by seq desc
        limit %(limit)s
        """,
        suite=name,
        limit=TREND,
    )
    for check in checks:
        told = check["results"]
        check["checked"] = told.get("source_id") or told.get("campaign_id") or ""
        check["unmet"] = [one for one in told["expectations"] if one["is_met"] is False]
    suite = load_suite(product_folder("expectations"), name)
    why = {one.id: one.why for one in suite.expectations}
    order: dict[str, Row] = {
        one.id: {
            "type": one.type,
            "column": one.column or ", ".join(one.columns),
            "severity": one.severity.value,
        }
        for one in suite.expectations
    }
    for check in checks:
        for told in check["results"]["expectations"]:
            order.setdefault(told["id"], told)
    return SuiteHistory(
        name,
        suite.about,
        tuple(_expectation(id_, told, why.get(id_), checks) for id_, told in order.items()),
        tuple(checks),
    )


def _expectation(id_: str, told: Row, why: str | None, checks: list[Row]) -> ExpectationHistory:
    marks = []
    last_unmet: Row | None = None
    for check in reversed(checks):
        result: dict[str, Any] | None = next(
            (one for one in check["results"]["expectations"] if one["id"] == id_), None
        )
        is_met = result["is_met"] if result else None
        marks.append("idle" if is_met is None else "met" if is_met else "unmet")
        if result and is_met is False:
            last_unmet = {**result, "at": check["checked_at"], "checked": check["checked"]}
    return ExpectationHistory(
        id_,
        told["column"] or "",
        told["type"],
        told["severity"],
        why or "It stands in a source's own suite, or is no longer expected.",
        tuple(marks),
        last_unmet,
    )
