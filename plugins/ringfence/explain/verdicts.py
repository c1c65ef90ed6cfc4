"""Tell the decisions of a day: the verdict, every reason with its law, and what proves it."""

from __future__ import annotations

import re
from collections.abc import Mapping

import psycopg

from ringfence.explain import sentences
from ringfence.explain.evidence import told_by_id
from ringfence.explain.model import Reason, Row, Verdict
from ringfence.explain.names import Names, is_register, reason_texts, register
from ringfence.explain.queries import IN_MARTS, MARTS_ARE_OF, Lookup
from ringfence.explain.sentences import policy_row

WORDS = re.compile(r"[a-z_]+")


def in_marts(ask: Lookup, run: Row) -> list[Row] | None:
    """Return the last run's candidates with their reasons; None for an older run.

    dbt swaps these tables when it builds: who meets it goes without after a second.
    """
    try:
        with ask.connection.transaction():
            ask.connection.execute("set local lock_timeout = '1s'")
            if not ask.rows(MARTS_ARE_OF, run=run["run_id"])[0]["exists"]:
                return None
            return ask.rows(IN_MARTS, run=run["run_id"])
    except (
        psycopg.errors.LockNotAvailable,
        psycopg.errors.UndefinedTable,
        psycopg.errors.UndefinedColumn,
        psycopg.errors.InvalidSchemaName,
    ):
        return None


def of_day(
    ask: Lookup, frozen: list[Row], run: Row, marts: list[Row] | None, names: Names
) -> tuple[Verdict, ...]:
    """Return the verdicts that the day's run stands by, one a campaign."""
    standing = {row["campaign_id"]: row for row in frozen if row["run_seq"] <= run["seq"]}
    if marts is not None:
        still = {row["campaign_id"] for row in marts}
        standing = {name: row for name, row in standing.items() if name in still}
    named = {str(one) for row in standing.values() for one in row["evidence_ids"]}
    named |= {str(row["evidence_id"]) for row in marts or () if row["evidence_id"]}
    told = told_by_id(ask, named, run, names)
    return tuple(_verdict(row, marts or [], told, names) for _, row in sorted(standing.items()))


def _verdict(row: Row, marts: list[Row], told: Mapping[str, str], names: Names) -> Verdict:
    texts = reason_texts()
    ours = [found for found in marts if found["campaign_id"] == row["campaign_id"]]
    proofs = {found["reason_code"]: found for found in ours}
    left = [str(one) for one in row["evidence_ids"]]
    reasons = []
    for code in row["reason_codes"]:
        proof = proofs.get(code, {})
        evidence = proof.get("evidence_id")
        if evidence in left:
            left.remove(evidence)
        sentence, citation = texts.get(code, ("A rule of another version of Ringfence.", ""))
        reasons.append(
            Reason(
                code,
                sentence,
                citation,
                _detail(proof.get("detail")),
                told[evidence] if evidence else None,
            )
        )
    policy_ids = next((found["policy_ids"] for found in proofs.values()), None) or ()
    return Verdict(
        campaign_id=row["campaign_id"],
        title=names.campaigns.get(row["campaign_id"], ""),
        verdict=row["verdict"],
        ground=row["ground"],
        decision_id=row["decision_id"],
        decided_on=row["call_date"],
        reasons=tuple(reasons),
        evidence=tuple(told[one] for one in left),
        hours=sentences.hours(ours[0]["call_windows"], ours[0]["timezone"])
        if ours and row["verdict"] == "callable"
        else None,
        overlaid=tuple(policy_row(one) for one in policy_ids if "+" in one),
    )


def _detail(detail: str | None) -> str | None:
    """Return the parts of a reason in words: names stay as they are."""
    return ", ".join(map(_part, detail.split(", "))) if detail else None


def _part(part: str) -> str:
    name, bracket, rest = part.partition(" (")
    if is_register(name):
        return register(name) + bracket + rest
    return part.replace("_", " ") if WORDS.fullmatch(part) else part
