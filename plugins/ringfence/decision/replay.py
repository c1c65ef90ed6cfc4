"""Rebuild a past day's verdicts from what was known then, and hold them against what was frozen.

Two questions are kept apart. As known at the day's last run the rebuilt verdicts must be the
frozen ones: any difference is unexplained. Asked for a later instant, the day is rebuilt once
more, and what differs then is the work of what arrived in between.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ringfence import clock
from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.errors import Refusal
from ringfence.settings import Settings

Difference = tuple[str, str, str, int]
"""Campaign, frozen verdict, replayed verdict, candidates."""
Candidate = tuple[Any, str]
"""Subject and campaign."""
GONE = "no candidate"


@dataclass(frozen=True)
class ReplayReport:
    """Hold a replay's totals and where it differs from the frozen decisions.

    `differences` has no explanation; `late_differences` are those that only `arrivals` (source,
    what happened, how often) and the time since the day's last run at `decided_at` have brought.
    """

    call_date: date
    known_as_of: datetime
    decided_at: datetime
    totals: dict[str, Any]
    count_same: int
    differences: list[Difference]
    late_differences: list[Difference]
    arrivals: list[tuple[str, str, int]]


def _whole_second(instant: datetime | None) -> datetime | None:
    """Return the end of the second that was named: what people copy from a page has no fraction."""
    if instant is None:
        return None
    fraction = instant.microsecond or 999_999
    return instant.replace(microsecond=fraction, tzinfo=UTC)


def replay(settings: Settings, call_date: date, known_as_of: datetime | None) -> ReplayReport:
    """Decide again for a past day in the schema `replay`; publishes and freezes nothing.

    Without `known_as_of` (UTC) the instant is that of the day's last run; a whole second means its
    end. Raises Refusal for a day that was never decided.
    """
    with connect(settings, name="replay") as connection:
        named = _whole_second(known_as_of)
        named = min(named, clock.now(connection)) if named else None
        row = connection.execute(
            """
            select max(known_as_of)
            from ledger.decision_runs
            inner join ledger.decision_totals using (run_id)
            where mode = 'daily' and call_date = %s
                and known_as_of <= coalesce(%s::timestamptz, 'infinity')
            """,
            [call_date, named],
        ).fetchone()
    if not row or not row[0]:
        raise Refusal(
            f"Nothing was decided for {call_date} by that instant, so there is nothing to compare.",
            where="ledger.decision_runs",
            remedy="the site's page Decisions lists the days and instants of all runs",
        )
    decided_at: datetime = row[0]
    report = decide(settings, call_date=call_date, mode="replay", known_as_of=decided_at)
    count_same, found = _compare(settings, decided_at)
    gone = {who: told for who, told in found.items() if told[1] == GONE}
    if _count_candidates(settings, decided_at) == report.totals["count_candidates"]:
        # What is frozen of them is older than the run: they were no candidates any more.
        found = {who: told for who, told in found.items() if who not in gone}
    arrivals = _arrivals(settings, decided_at, named) if named else []
    late: dict[Candidate, tuple[str, str]] = {}
    deleted = _deletions(settings, decided_at)
    if deleted:
        # Leads that retention has deleted since cannot be decided about again.
        late = {who: told for who, told in found.items() if who in gone}
        found = {who: told for who, told in found.items() if who not in gone}
    if named and (arrivals or named - decided_at >= timedelta(seconds=1)):
        report = decide(settings, call_date=call_date, mode="replay", known_as_of=named)
        _, differing = _compare(settings, decided_at)
        late |= {
            who: told for who, told in differing.items() if who not in found and who not in gone
        }
    return ReplayReport(
        call_date=report.call_date,
        known_as_of=report.known_as_of,
        decided_at=decided_at,
        totals=report.totals,
        count_same=count_same,
        differences=_counted(found),
        late_differences=_counted(late),
        arrivals=[*arrivals, *deleted],
    )


def _compare(
    settings: Settings, decided_at: datetime
) -> tuple[int, dict[Candidate, tuple[str, str]]]:
    """Count what the schema `replay` has as it was frozen, and name what differs."""
    with connect(settings, name="replay") as connection:
        rows = connection.execute(
            """
            with frozen as (
                select distinct on (decisions.subject_id, decisions.campaign_id)
                    decisions.subject_id, decisions.campaign_id, decisions.verdict,
                    decisions.decision_id
                from ledger.call_decisions as decisions
                inner join ledger.decision_runs as runs using (run_id)
                where runs.known_as_of <= %(decided_at)s
                order by decisions.subject_id, decisions.campaign_id, decisions.seq desc
            ),

            compared as (
                select
                    subject_id, campaign_id, frozen.verdict as frozen, replayed.verdict as rebuilt,
                    frozen.decision_id is not distinct from replayed.decision_id as is_same
                from frozen
                full join replay.call_decisions as replayed using (subject_id, campaign_id)
            )

            select null, '', '', '', count(*) from compared where is_same
            union all
            select subject_id, campaign_id, coalesce(frozen, 'none'), coalesce(rebuilt, %(gone)s),
                1
            from compared
            where not is_same
            """,
            {"decided_at": decided_at, "gone": GONE},
        ).fetchall()
    (same, *different) = sorted(rows, key=lambda row: row[0] is not None)
    return same[4], {(row[0], row[1]): (row[2], row[3]) for row in different}


def _counted(different: dict[Candidate, tuple[str, str]]) -> list[Difference]:
    counts = Counter((campaign, *told) for (_, campaign), told in different.items())
    return sorted((*told, count) for told, count in counts.items())


def _arrivals(
    settings: Settings, decided_at: datetime, until: datetime
) -> list[tuple[str, str, int]]:
    """Return (from where, what happened, how often) of what became known after the run."""
    with connect(settings, name="replay") as connection:
        return connection.execute(
            """
            select source_id, 'arrived', count(*) from landing.batches
            where accepted_at > %(from)s and accepted_at <= %(until)s
            group by 1
            union all
            select source_id, 'taken back', count(*) from landing.batches
            where retracted_at > %(from)s and retracted_at <= %(until)s
            group by 1
            union all
            select kind, 'changed', count(*) from ledger.config_versions
            where accepted_at > %(from)s and accepted_at <= %(until)s
            group by 1
            order by 1, 2
            """,
            {"from": decided_at, "until": until},
        ).fetchall()


def _count_candidates(settings: Settings, decided_at: datetime) -> int:
    """Return how many candidates the day's last run had."""
    with connect(settings, name="replay") as connection:
        ((count,),) = connection.execute(
            """
            select (totals.totals ->> 'count_candidates')::bigint
            from ledger.decision_totals as totals
            inner join ledger.decision_runs as runs using (run_id)
            where runs.mode = 'daily' and runs.known_as_of = %s
            """,
            [decided_at],
        ).fetchall()
    return int(count)


def _deletions(settings: Settings, decided_at: datetime) -> list[tuple[str, str, int]]:
    """Return how often retention has deleted something since."""
    with connect(settings, name="replay") as connection:
        return connection.execute(
            """
            select 'retention', 'deleted', count(*) from ledger.retention_receipts
            where finished_at > %s
            having count(*) > 0
            """,
            [decided_at],
        ).fetchall()
