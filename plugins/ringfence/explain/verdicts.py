"""Tell the decisions of a day: the verdict, every reason with its law, and what proves it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from uuid import UUID

import psycopg

from ringfence.explain import sentences
from ringfence.explain.basis import Rested, of_verdict
from ringfence.explain.evidence import told_by_id
from ringfence.explain.model import Reason, Row, Verdict
from ringfence.explain.names import Names, is_register, reason_texts, register
from ringfence.explain.queries import IN_MARTS, MARTS_ARE_OF, RUNS, Lookup
from ringfence.explain.sentences import policy_row

WORDS = re.compile(r"[a-z_]+")
NEVER_LEFT = frozenset({"last_look", "other_list"})


@dataclass(frozen=True)
class Said:
    """Hold what was found of one number: how it reads, its frozen decisions, leads, day's lists."""

    reading: Row
    frozen: list[Row]
    leads: list[Row]
    lists: list[Row]


def in_marts(ask: Lookup, run: Row) -> list[Row] | None:
    """Return the last run's candidates with their reasons; None for an older run.

    dbt swaps these tables when it builds: who meets it goes without after a second. A run without a
    candidate needs none of them.
    """
    if run["campaigns"] == {}:
        return []
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
    ask: Lookup, said: Said, run: Row, marts: list[Row] | None, names: Names
) -> tuple[Verdict, ...]:
    """Return the verdicts that the day's run stands by, one a campaign, and those that left.

    Those that left are frozen ones the run does not stand by any more, with the list they left by.
    """
    frozen = _last_frozen(said.frozen, run)
    still = _campaigns_of(run, marts)
    standing = {name: row for name, row in frozen.items() if still is None or name in still}
    told = [_verdict(ask, row, run, marts, said, names) for _, row in sorted(standing.items())]
    for (campaign_id, decision_id), listed in _left(said.lists).items():
        if standing.get(campaign_id, {}).get("decision_id") == decision_id:
            continue
        (theirs,) = ask.rows(f"{RUNS} where run_id = %(run)s", run=listed["run_id"])
        for row in reversed(said.frozen):
            if row["decision_id"] == decision_id and row["run_seq"] <= theirs["seq"]:
                verdict = _verdict(ask, row, theirs, None, said, names)
                told.append(replace(verdict, of_edition=listed["edition"]))
                break
    return tuple(told)


def no_more(frozen: list[Row], run: Row, marts: list[Row] | None) -> tuple[Row, ...]:
    """Return the last frozen decision of each campaign of which the run has no such candidate."""
    still = _campaigns_of(run, marts)
    last = sorted(_last_frozen(frozen, run).items())
    return tuple(row for name, row in last if still is not None and name not in still)


def _last_frozen(frozen: list[Row], run: Row) -> dict[str, Row]:
    return {row["campaign_id"]: row for row in frozen if row["run_seq"] <= run["seq"]}


def _campaigns_of(run: Row, marts: list[Row] | None) -> set[str] | None:
    """Return the campaigns of the run that the number can be a candidate of; None for unknown."""
    if marts is not None:
        return {row["campaign_id"] for row in marts}
    return None if run["campaigns"] is None else set(run["campaigns"])


def _left(lists: list[Row]) -> dict[tuple[str, UUID], Row]:
    """Return the last list by which each decision left; what was taken out before did not."""
    return {
        (row["campaign_id"], row["decision_id"]): row
        for row in lists
        if row["published_at"] and row["removed_for"] not in NEVER_LEFT
    }


def _verdict(
    ask: Lookup, row: Row, run: Row, marts: list[Row] | None, said: Said, names: Names
) -> Verdict:
    ours = [found for found in marts or () if found["campaign_id"] == row["campaign_id"]]
    named = {str(one) for one in row["evidence_ids"]}
    named |= {str(found["evidence_id"]) for found in ours if found["evidence_id"]}
    told = told_by_id(ask, named, run, names)
    policy_ids = next((found["policy_ids"] for found in ours), None)
    bound = tuple(policy_ids) if policy_ids else None
    basis = of_verdict(ask, Rested(row, run, bound), said.reading, said.leads, names)
    texts = reason_texts()
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
        overlaid=tuple(policy_row(one) for one in bound or () if "+" in one),
        basis=basis,
    )


def _detail(detail: str | None) -> str | None:
    """Return the parts of a reason in words: names stay as they are."""
    return ", ".join(map(_part, detail.split(", "))) if detail else None


def _part(part: str) -> str:
    name, bracket, rest = part.partition(" (")
    if is_register(name):
        return register(name) + bracket + rest
    return part.replace("_", " ") if WORDS.fullmatch(part) else part
