"""Guard the two doors: what we receive, and what we hand out.

What is expected stands in `expectations/*.yml`; Great Expectations runs it in SQL over the real
table; the outcome goes to ledger.door_checks. A failed door check stops data, never stops.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection, sql

from ringfence import clock
from ringfence.counted import counted
from ringfence.database import connect
from ringfence.doors import facts as door_facts
from ringfence.doors.expect import Outcome, run_suite
from ringfence.doors.facts import Facts
from ringfence.doors.record import write_check
from ringfence.doors.suites import Severity, check_suites, load_suite
from ringfence.doors.vocabulary import TYPES, Shape
from ringfence.settings import Settings, product_folder

__all__ = ["DoorResult", "Failure", "check_incoming", "check_outgoing", "check_suites"]

TABLE = re.compile(r"[a-z_]+\.[a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Failure:
    """Say which expectation was not met, by how many rows, and why that matters."""

    expectation: str
    column: str
    unexpected_count: int
    message: str


@dataclass(frozen=True, slots=True)
class DoorResult:
    """Hold a door's word; `failures` turned the rows away, `warnings` did not."""

    is_passed: bool
    check_id: UUID
    count_rows: int
    failures: tuple[Failure, ...]
    warnings: tuple[Failure, ...] = ()


def check_incoming(
    settings: Settings, suite_kind: str, table: str, *, source_id: str, batch_id: UUID, kind: str
) -> DoorResult:
    """Check one incoming table of a batch against the suite of its kind and its source's own.

    Raises Misconfigured for a faulty suite, Refusal when Postgres goes away.
    """
    suite = load_suite(product_folder("expectations"), suite_kind, source_id)
    with connect(settings, name=f"door {source_id}", autocommit=True) as connection:
        register = (
            door_facts.register_of_source(settings, source_id, clock.mode(connection))
            if suite_kind == "register"
            else None
        )
        # How many numbers an answer speaks of is up to who asked: it cannot shrink.
        is_answer = register is not None and register.is_asked
        facts = Facts(
            now=clock.now(connection),
            count_rows=door_facts.count_rows(connection, table),
            previous_rows=None
            if is_answer
            else door_facts.previous_rows(connection, source_id, suite_kind),
            register_country=register.country_code if register else None,
        )
        outcomes = run_suite(settings, suite, table, facts)
        is_passed = _is_passed(outcomes)
        subject = {"source_id": source_id, "kind": kind}
        check_id = write_check(
            connection, suite, outcomes, facts,
            door="incoming", is_passed=is_passed, subject=subject, batch_id=batch_id,
        )  # fmt: skip
    return _result(outcomes, facts, check_id, is_passed)


def check_outgoing(
    settings: Settings, rows_query_or_table: str, *, list_id: UUID, campaign_id: str
) -> DoorResult:
    """Check the rows of a list before they leave.

    They need the columns subject_id, call_ref, phone, verdict, ground, call_windows, valid_until,
    campaign_id, controller_id, known_as_of. A query is run once, into a table that is dropped
    after the check.
    """
    suite = load_suite(product_folder("expectations"), "call_list")
    with connect(settings, name=f"door {campaign_id}", autocommit=True) as connection:
        is_table = TABLE.fullmatch(rows_query_or_table) is not None
        table = rows_query_or_table if is_table else _outgoing_table(campaign_id)
        try:
            if not is_table:
                _set_aside(connection, table, rows_query_or_table)
            facts = Facts(
                now=clock.now(connection), count_rows=door_facts.count_rows(connection, table)
            )
            outcomes = run_suite(settings, suite, table, facts)
        finally:
            if not is_table:
                _drop(connection, table)
        is_passed = _is_passed(outcomes)
        check_id = write_check(
            connection, suite, outcomes, facts,
            door="outgoing", is_passed=is_passed, subject={"campaign_id": campaign_id},
            list_id=list_id,
        )  # fmt: skip
    return _result(outcomes, facts, check_id, is_passed)


def _outgoing_table(campaign_id: str) -> str:
    """Return one name a campaign: what a crash leaves behind is replaced at its next check."""
    return f"landing.outgoing_{hashlib.sha256(campaign_id.encode()).hexdigest()[:16]}"


def _set_aside(connection: Connection, table: str, query: str) -> None:
    """Run the query once into an unlogged table."""
    _drop(connection, table)
    name = sql.Identifier(*table.split("."))
    connection.execute(sql.SQL("create unlogged table {} as {}").format(name, sql.SQL(query)))


def _drop(connection: Connection, table: str) -> None:
    connection.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(*table.split("."))))


def _is_passed(outcomes: list[Outcome]) -> bool:
    """Pass unless an expectation that rejects was unmet, or any could not be run at all."""
    return not any(
        one.is_met is False and (one.expectation.severity is Severity.reject or one.error)
        for one in outcomes
    )


def _result(outcomes: list[Outcome], facts: Facts, check_id: UUID, is_passed: bool) -> DoorResult:
    unmet = [one for one in outcomes if one.is_met is False]
    rejecting = [one for one in unmet if one.expectation.severity is Severity.reject or one.error]
    warning = [one for one in unmet if one not in rejecting]
    return DoorResult(
        is_passed,
        check_id,
        facts.count_rows,
        tuple(_failure(one, facts) for one in rejecting),
        tuple(_failure(one, facts) for one in warning),
    )


def _failure(outcome: Outcome, facts: Facts) -> Failure:
    expectation = outcome.expectation
    column = expectation.column or ", ".join(expectation.columns)
    if outcome.error:
        told = f"it could not be run ({outcome.error}, see {expectation.origin})"
    elif TYPES[expectation.type].shape is Shape.table:
        before = "" if facts.previous_rows is None else f", {facts.previous_rows:,} the last time"
        told = f"{counted(outcome.count_rows or 0, 'row')}{before}"
    elif outcome.count_rows is None:
        told = counted(outcome.count_unexpected or 0, "row")
    else:
        told = f"{outcome.count_unexpected:,} of {counted(outcome.count_rows, 'row')}"
    message = f"{expectation.id}: {told}. {expectation.why}"
    return Failure(expectation.id, column, outcome.count_unexpected or 0, message)
