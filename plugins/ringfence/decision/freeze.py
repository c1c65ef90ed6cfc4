"""Freeze what a run decided: changed decisions, changed screenings and the run's totals, at once.

The ledger keeps a decision only where its id differs from the last one frozen for that number and
campaign; replay rebuilds the rest.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb

from ringfence.errors import Refusal


def freeze(connection: Connection, run_id: UUID, mode: str) -> dict[str, Any]:
    """Write the run's outcome in one transaction and return its totals.

    A replay leaves only its totals: what it rebuilt was decided, or not, on its own day.
    """
    schema = "replay" if mode == "replay" else "marts"
    with connection.transaction():
        totals = _totals(connection, run_id, schema)
        if mode == "daily":
            totals["count_changed"] = _freeze_decisions(connection, run_id)
            totals["count_screenings_changed"] = _freeze_screenings(connection, run_id)
        connection.execute(
            "insert into ledger.decision_totals values (%s, %s, ledger.now())",
            [run_id, Jsonb(totals)],
        )
    return totals


def _totals(connection: Connection, run_id: UUID, schema: str) -> dict[str, Any]:
    """Count by verdict, campaign and first reason; refuses decisions of another run."""
    rows = connection.execute(
        f"""
        select campaign_id, verdict, coalesce(first_reason_code, ''), ground, count(*),
            count(*) filter (where run_id <> %s)
        from {schema}.call_decisions
        where call_date = (select call_date from ledger.decision_runs where run_id = %s)
        group by 1, 2, 3, 4
        order by 1, 2, 3, 4
        """.encode(),
        [run_id, run_id],
    ).fetchall()
    if any(row[5] for row in rows):
        raise Refusal(
            "The decisions in the database belong to another run.",
            where=f"{schema}.call_decisions",
            remedy="somebody built them by hand; run `./ringfence decide` again",
        )
    totals: dict[str, Any] = {
        "count_candidates": 0, "count_callable": 0, "count_blocked": 0, "count_undetermined": 0,
    }  # fmt: skip
    campaigns: dict[str, dict[str, Any]] = {}
    for campaign_id, verdict, reason_code, ground, count, _ in rows:
        campaign = campaigns.setdefault(
            campaign_id,
            {
                "count_candidates": 0, "count_callable": 0, "count_blocked": 0,
                "count_undetermined": 0, "first_reasons": {}, "grounds": {},
            },
        )  # fmt: skip
        for counts in (totals, campaign):
            counts["count_candidates"] += count
            counts[f"count_{verdict}"] += count
        named, key = (
            (campaign["grounds"], ground)
            if verdict == "callable"
            else (campaign["first_reasons"], reason_code)
        )
        named[key] = named.get(key, 0) + count
    totals["campaigns"] = campaigns
    totals["sources"] = _sources(connection, schema)
    return totals


def _sources(connection: Connection, schema: str) -> list[dict[str, Any]]:
    """Count the leads of each source by verdict and first reason, for the analyst's history."""
    outcomes = "replay" if schema == "replay" else "intermediate"
    rows = connection.execute(
        f"""
        select source_id, verdict, first_reason_code, count_candidate_leads
        from {outcomes}.int_source_outcomes
        order by 1, 2, 3
        """.encode()
    ).fetchall()
    names = ("source_id", "verdict", "first_reason_code", "count_candidate_leads")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _freeze_decisions(connection: Connection, run_id: UUID) -> int:
    return connection.execute(
        """
        insert into ledger.call_decisions (
            decision_id, run_id, subject_id, campaign_id, call_date, verdict, first_reason_code,
            reason_codes, evidence_ids, ground
        )
        select
            decisions.decision_id, decisions.run_id, decisions.subject_id, decisions.campaign_id,
            decisions.call_date, decisions.verdict, decisions.first_reason_code,
            decisions.reason_codes, decisions.evidence_ids, decisions.ground
        from marts.call_decisions as decisions
        left join (
            select distinct on (subject_id, campaign_id) subject_id, campaign_id, decision_id
            from ledger.call_decisions
            order by subject_id, campaign_id, seq desc
        ) as frozen using (subject_id, campaign_id)
        where decisions.run_id = %(run)s
            and decisions.call_date = (
                select call_date from ledger.decision_runs where run_id = %(run)s
            )
            and frozen.decision_id is distinct from decisions.decision_id
        order by decisions.campaign_id, decisions.subject_id
        """,
        {"run": run_id},
    ).rowcount


def _freeze_screenings(connection: Connection, run_id: UUID) -> int:
    """Keep what the registers said of our own candidates, where it differs from the last time.

    No result is one too: of a register that answers about single numbers, nobody has asked since.
    """
    return connection.execute(
        """
        insert into ledger.screenings (
            subject_id, register_id, controller_id, snapshot_id, is_listed, is_revoking_all,
            listed_at, proof, screened_at
        )
        select
            results.subject_id, results.register_id, results.holder_id, results.snapshot_id,
            results.is_listed, results.is_revoking_all, results.listed_at, results.proof,
            runs.known_as_of
        from (
            select distinct subject_id, register_id, holder_id, snapshot_id, is_listed,
                is_revoking_all, listed_at, proof
            from intermediate.int_register_screening
            where snapshot_id is not null
        ) as results
        cross join (select known_as_of from ledger.decision_runs where run_id = %s) as runs
        left join (
            select distinct on (subject_id, register_id, controller_id)
                subject_id, register_id, controller_id as holder_id, is_listed, is_revoking_all,
                listed_at, proof
            from ledger.screenings
            order by subject_id, register_id, controller_id, seq desc
        ) as kept using (subject_id, register_id, holder_id)
        where (kept.is_listed, kept.is_revoking_all, kept.listed_at, kept.proof)
            is distinct from
            (results.is_listed, results.is_revoking_all, results.listed_at, results.proof)
        order by results.register_id, results.subject_id
        """,
        [run_id],
    ).rowcount
