"""Decide who may be called on a day: one instant of knowledge, one build, what changed is frozen.

lock `decide` → registers, holidays accepted → known_as_of drawn → dbt build → ledger.call_decisions
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID, uuid4

from psycopg import Connection
from psycopg.types.json import Jsonb

from ringfence import __version__, clock
from ringfence.database import connect, held
from ringfence.decision import dbt_runner
from ringfence.decision.dbt_runner import ModelResult
from ringfence.decision.freeze import freeze
from ringfence.decision.versions import in_use
from ringfence.errors import Misconfigured, Refusal
from ringfence.feeds import silent_feeds
from ringfence.settings import Settings

Mode = Literal["daily", "replay"]


@dataclass(frozen=True)
class DecisionReport:
    """Hold one run: its identifiers, its totals as frozen, and what each model took.

    `left_out` tells which register entries did not count, and why (empty when a run is taken up).
    """

    run_id: UUID
    call_date: date
    known_as_of: datetime
    totals: dict[str, Any]
    models: list[ModelResult] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def decide(
    settings: Settings,
    *,
    call_date: date | None = None,
    mode: Mode = "daily",
    known_as_of: datetime | None = None,
    run_id: UUID | None = None,
    further_call_dates: Sequence[date] = (),
    proposed_overlays: Sequence[dict[str, Any]] = (),
) -> DecisionReport:
    """Decide for `call_date` (default: the UTC day of the instant known).

    A `run_id` that has already begun is taken up again at its own instant, and one that has ended
    is only reported: a retry neither learns more nor decides twice. Only a replay may name its
    `known_as_of`; it builds into the schema `replay` and freezes nothing but its totals. Candidates
    of `further_call_dates` are decided beside them, to be compared: they are not frozen, and a run
    that has some is never published. Only a replay may try out `proposed_overlays` of the policy.
    Raises Busy, Misconfigured (registers, arguments) or Refusal (a model or a check failed).
    """
    _refuse_impossible(mode, call_date, known_as_of, proposed_overlays)
    with (
        connect(settings, name="decide", autocommit=True) as connection,
        held(connection, "decide"),
    ):
        begun = _begun(connection, run_id) if run_id else None
        if begun is None:
            begun = _begin(
                connection, settings, run_id, call_date, mode, known_as_of, further_call_dates,
                proposed_overlays,
            )  # fmt: skip
        elif begun.totals:
            return begun
        else:
            _refuse_overtaken(connection, begun.run_id, mode)
        models = dbt_runner.build(settings, mode)
        totals = freeze(connection, begun.run_id, mode)
    return replace(begun, totals=totals, models=models)


def _refuse_impossible(
    mode: Mode,
    call_date: date | None,
    known_as_of: datetime | None,
    proposed_overlays: Sequence[dict[str, Any]],
) -> None:
    if mode == "daily" and proposed_overlays:
        raise Misconfigured("Only a replay may try out an overlay that is in no register.")
    if mode == "daily" and known_as_of is not None:
        raise Misconfigured(
            "Only a replay may look from another instant than now.",
            remedy="leave the instant out, or use `./ringfence replay`",
        )
    if mode == "replay" and (known_as_of is None or call_date is None):
        raise Misconfigured("A replay needs the instant and the day it looks at.")
    if known_as_of is not None and known_as_of.tzinfo is None:
        raise Misconfigured("The instant of a replay needs its time zone.")


def _begin(
    connection: Connection,
    settings: Settings,
    run_id: UUID | None,
    call_date: date | None,
    mode: Mode,
    known_as_of: datetime | None,
    further_call_dates: Sequence[date],
    proposed_overlays: Sequence[dict[str, Any]],
) -> DecisionReport:
    """Write the run, at an instant no batch is half accepted at."""
    left_out: list[str] = []
    if mode == "daily":
        from ringfence.registers.accept import accept_registers
        from ringfence.registers.public_holidays import accept_public_holidays

        accepted = accept_registers(connection, settings, clock.mode(connection))
        left_out = [str(fault) for fault in accepted.faults]
        days = [call_date or clock.now(connection).astimezone(UTC).date(), *further_call_dates]
        accept_public_holidays(connection, days)
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtextextended('knowledge', 0))")
        instant = clock.now(connection)
        if known_as_of is not None and known_as_of > instant:
            raise Misconfigured("A replay looks back; its instant lies in the future.")
        known = known_as_of or instant
        day = call_date or known.astimezone(UTC).date()
        run = run_id or uuid4()
        connection.execute(
            "insert into ledger.decision_runs"
            " (run_id, mode, call_date, known_as_of, code_version, versions, further_call_dates,"
            " silent_feeds, proposed_overlays) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                run, mode, day, known, __version__, Jsonb(in_use()), list(further_call_dates),
                Jsonb(silent_feeds(connection, known)), Jsonb(list(proposed_overlays)),
            ],
        )  # fmt: skip
    return DecisionReport(run, day, known, {}, left_out=left_out)


def _begun(connection: Connection, run_id: UUID) -> DecisionReport | None:
    row = connection.execute(
        """
        select runs.call_date, runs.known_as_of, totals.totals
        from ledger.decision_runs as runs
        left join ledger.decision_totals as totals using (run_id)
        where runs.run_id = %s
        """,
        [run_id],
    ).fetchone()
    return DecisionReport(run_id, row[0], row[1], row[2] or {}) if row else None


def _refuse_overtaken(connection: Connection, run_id: UUID, mode: Mode) -> None:
    """Refuse to finish a run that another has followed: it knows less than what stands."""
    row = connection.execute(
        "select run_id from ledger.decision_runs where mode = %s order by seq desc limit 1", [mode]
    ).fetchone()
    if row and row[0] != run_id:
        raise Refusal(
            "A later run has decided since this one began.",
            where=f"run {run_id}",
            remedy="nothing is lost; start a new run if you need one",
        )
