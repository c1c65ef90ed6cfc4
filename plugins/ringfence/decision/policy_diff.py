"""Tell whose verdict another day's law, or an overlay, would change, before anything is active.

Today's candidates are decided twice in the schema `replay`, on what is known now; nothing is frozen
but the totals that every replay leaves, and nothing is published.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from psycopg import Connection

from ringfence import clock
from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.errors import Misconfigured, Refusal
from ringfence.registers.policy_overlays import load_proposed_overlay
from ringfence.settings import Settings

VERDICTS = ("callable", "blocked", "undetermined")
COMPARED = """
    select
        coalesce(after.campaign_id, before.campaign_id),
        coalesce(after.country_code, before.country_code, 'unknown'),
        coalesce(after.audience, before.audience),
        coalesce(before.verdict, 'none'), before.first_reason_code,
        coalesce(after.verdict, 'none'), after.first_reason_code,
        count(*)
    from replay.policy_diff_before as before
    full join replay.policy_diff_after as after using (subject_id, campaign_id)
    group by 1, 2, 3, 4, 5, 6, 7
    order by 8 desc, 1, 2, 3, 4, 5, 6, 7
"""


@dataclass(frozen=True)
class Change:
    """Count candidates that leave one verdict and first reason for another; callable has none."""

    campaign_id: str
    country_code: str
    audience: str
    verdict_before: str
    reason_before: str | None
    verdict_after: str
    reason_after: str | None
    count_candidates: int


@dataclass(frozen=True)
class PolicyDiff:
    """Hold what would change; the counts by verdict cover every candidate, changed or not."""

    day_before: date
    day_after: date
    overlay_id: str | None
    known_as_of: datetime
    count_candidates: int
    count_changed: int
    before: dict[str, int]
    after: dict[str, int]
    changes: list[Change]


def policy_diff(
    settings: Settings, day_before: date, day_after: date, overlay: Path | None = None
) -> PolicyDiff:
    """Compare the verdicts of two call dates about today's candidates.

    With an `overlay`, which is in force nowhere yet, compare one day without and with it. Raises
    Misconfigured for what cannot be compared and for a faulty overlay, Refusal before the first
    decision.
    """
    if (day_before == day_after) is (overlay is None):
        raise Misconfigured(
            "An overlay is tried on one day." if overlay else "A day is compared with itself.",
            remedy="name two days (--from and --to), or one day and an --overlay",
        )
    with connect(settings, name="policy diff", autocommit=True) as connection:
        now = _instant(connection)
        mode = clock.mode(connection)
        proposed = load_proposed_overlay(settings.registers, overlay, mode) if overlay else None
        further = () if proposed else (day_after,)
        decide(
            settings, call_date=day_before, mode="replay", known_as_of=now,
            further_call_dates=further,
        )  # fmt: skip
        _keep(connection, "before", day_before)
        if proposed:
            decide(
                settings, call_date=day_before, mode="replay", known_as_of=now,
                proposed_overlays=[proposed.content],
            )  # fmt: skip
        _keep(connection, "after", day_after)
        found = connection.execute(COMPARED).fetchall()
        connection.execute("drop table replay.policy_diff_before, replay.policy_diff_after")
    groups = [Change(*row) for row in found]
    changes = [
        one
        for one in groups
        if (one.verdict_before, one.reason_before) != (one.verdict_after, one.reason_after)
    ]
    return PolicyDiff(
        day_before=day_before,
        day_after=day_after,
        overlay_id=proposed.overlay_id if proposed else None,
        known_as_of=now,
        count_candidates=sum(one.count_candidates for one in groups),
        count_changed=sum(one.count_candidates for one in changes),
        before=_by_verdict((one.verdict_before, one.count_candidates) for one in groups),
        after=_by_verdict((one.verdict_after, one.count_candidates) for one in groups),
        changes=changes,
    )


def _instant(connection: Connection) -> datetime:
    """Return now; without an accepted campaign there is nobody to compare."""
    row = connection.execute(
        "select exists (select from ledger.config_versions where kind = 'campaigns')"
    ).fetchone()
    if row != (True,):
        raise Refusal(
            "Nothing was ever decided here, so there are no candidates to compare.",
            where="ledger.config_versions",
            remedy="run `./ringfence run-day`, then this again",
        )
    return clock.now(connection)


def _keep(connection: Connection, side: str, day: date) -> None:
    """Set one day's verdicts aside: the next build of the schema makes its tables anew."""
    connection.execute(f"drop table if exists replay.policy_diff_{side}".encode())
    connection.execute(
        f"""
        create unlogged table replay.policy_diff_{side} as
        select subject_id, campaign_id, country_code, audience, verdict, first_reason_code
        from replay.call_decisions
        where call_date = '{day:%Y-%m-%d}'
        """.encode()
    )
    connection.execute(f"analyze replay.policy_diff_{side}".encode())


def _by_verdict(counted: Iterable[tuple[str, int]]) -> dict[str, int]:
    found = dict.fromkeys(VERDICTS, 0)
    for verdict, count in counted:
        if verdict in found:
            found[verdict] += count
    return found
