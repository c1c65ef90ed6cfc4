"""Rebuild a past day's verdicts from what was known then, and hold them against what was frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from ringfence import clock
from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.errors import Refusal
from ringfence.settings import Settings


@dataclass(frozen=True)
class ReplayReport:
    """Hold a replay's totals and how many candidates differ from the frozen decisions."""

    call_date: date
    known_as_of: datetime
    totals: dict[str, Any]
    count_same: int
    count_different: int
    differences: list[tuple[str, str, str, int]] = field(default_factory=list)


def _whole_second(instant: datetime | None) -> datetime | None:
    """Return the end of the second that was named: what people copy from a page has no fraction."""
    if instant is None:
        return None
    fraction = instant.microsecond or 999_999
    return instant.replace(microsecond=fraction, tzinfo=UTC)


def replay(settings: Settings, call_date: date, known_as_of: datetime | None) -> ReplayReport:
    """Decide again for a past day in the schema `replay`; publishes and freezes nothing.

    Without `known_as_of` (UTC) the instant is that of the day's last run; a whole second means its
    end. Differences are (campaign, frozen verdict, replayed verdict, candidates). Raises Refusal
    for a day that was never decided.
    """
    with connect(settings, name="replay") as connection:
        named = _whole_second(known_as_of)
        named = min(named, clock.now(connection)) if named else None
        row = connection.execute(
            """
            select max(known_as_of) from ledger.decision_runs
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
    instant = named or row[0]
    report = decide(settings, call_date=call_date, mode="replay", known_as_of=instant)
    with connect(settings, name="replay") as connection:
        rows = connection.execute(
            """
            with frozen as (
                select distinct on (decisions.subject_id, decisions.campaign_id)
                    decisions.subject_id, decisions.campaign_id, decisions.verdict,
                    decisions.decision_id
                from ledger.call_decisions as decisions
                inner join ledger.decision_runs as runs using (run_id)
                where runs.known_as_of <= %(instant)s
                order by decisions.subject_id, decisions.campaign_id, decisions.seq desc
            )
            select
                coalesce(frozen.campaign_id, replayed.campaign_id),
                coalesce(frozen.verdict, 'none'), coalesce(replayed.verdict, 'none'),
                frozen.decision_id is not distinct from replayed.decision_id, count(*)
            from frozen
            full join replay.call_decisions as replayed using (subject_id, campaign_id)
            group by 1, 2, 3, 4
            order by 1, 2, 3
            """,
            {"instant": instant},
        ).fetchall()
    return ReplayReport(
        call_date=report.call_date,
        known_as_of=report.known_as_of,
        totals=report.totals,
        count_same=sum(count for *_, is_same, count in rows if is_same),
        count_different=sum(count for *_, is_same, count in rows if not is_same),
        differences=[(*told, count) for *told, is_same, count in rows if not is_same],
    )
