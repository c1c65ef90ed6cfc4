"""Block and release publication, for one campaign or for all; a reason is kept either way.

A stop takes the lock `knowledge` shared, as deliveries do. The publisher holds it alone while it
renames: a list is out before the stop, which then names it, or it is never made visible.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import Connection

from ringfence.audit import record
from ringfence.clear_text import masked, refuse_personal
from ringfence.database import connect
from ringfence.errors import Busy, Misconfigured
from ringfence.known_names import check_known
from ringfence.lists_out import ListOut, lists_out
from ringfence.settings import Settings


@dataclass(frozen=True, slots=True)
class StandingStop:
    """Hold a stop that nobody has lifted; without `campaign_id` it is for all campaigns."""

    campaign_id: str | None
    reason: str
    actor: str
    since: datetime

    @property
    def scope(self) -> str:
        return self.campaign_id or "every campaign"

    def __str__(self) -> str:
        return f"stopped since {self.since:%Y-%m-%d %H:%M} UTC: {self.reason}"


def stop(
    settings: Settings, *, reason: str, actor: str, campaign_id: str | None = None
) -> tuple[ListOut, ...]:
    """Block publication of one campaign (of all without one) from this instant on.

    Returns the lists in its scope that are out and still valid: those it cannot hold back.
    """
    with connect(settings, name="ringfence stop") as connection:
        _write(connection, "stop", campaign_id, reason, actor)
        return lists_out(connection, campaign_id)


def resume(
    settings: Settings, *, reason: str, actor: str, campaign_id: str | None = None
) -> tuple[str, ...]:
    """Lift the stop of this scope alone; returns the scopes that are still stopped.

    A campaign's own stop outlives the release of all, and the stop of all outlives a campaign's.
    Raises Misconfigured where no stop of this very scope stands.
    """
    refuse_personal(reason, where="--reason")
    with connect(settings, name="ringfence resume") as connection:
        _refuse_without_a_stop(connection, campaign_id)
        _write(connection, "resume", campaign_id, reason, actor)
        return tuple(one.scope for one in standing_stops(connection))


def _refuse_without_a_stop(connection: Connection, campaign_id: str | None) -> None:
    if campaign_id is not None:
        check_known(connection, "campaign", campaign_id)
    standing = standing_stops(connection)
    if any(one.campaign_id == campaign_id for one in standing):
        return
    if campaign_id is None:
        told = "Publication is not stopped for every campaign, so nothing was resumed."
    else:
        told = f"The campaign {campaign_id} has no stop of its own, so nothing was resumed."
    ways = [
        f"`./ringfence resume{f' --campaign {one.campaign_id}' if one.campaign_id else ''}`"
        for one in standing
    ]
    raise Misconfigured(
        told,
        where=f"stops that stand: {', '.join(one.scope for one in standing) or 'none'}",
        remedy=f"lift the one you mean: {', '.join(ways)}" if ways else "nothing",
    )


def standing_stops(connection: Connection) -> tuple[StandingStop, ...]:
    """Return every stop that stands; the one for all campaigns comes first."""
    rows = connection.execute(
        """
        select campaign_id, reason, actor, recorded_at
        from (
            select distinct on (campaign_id) campaign_id, action, reason, actor, recorded_at
            from ledger.publication_stops
            order by campaign_id, seq desc
        ) as latest
        where action = 'stop'
        order by campaign_id nulls first
        """
    ).fetchall()
    return tuple(StandingStop(*row) for row in rows)


def stop_of(connection: Connection, campaign_id: str) -> StandingStop | None:
    """Return the stop that keeps this campaign's lists in; one for all campaigns goes before."""
    return next(
        (one for one in standing_stops(connection) if one.campaign_id in {None, campaign_id}), None
    )


def stop_reason(connection: Connection, campaign_id: str) -> str | None:
    """Return why this campaign may not be published now, or None."""
    found = stop_of(connection, campaign_id)
    return found.reason if found else None


def _write(
    connection: Connection, action: str, campaign_id: str | None, reason: str, actor: str
) -> None:
    # A brake is never refused for its wording: what looks personal is taken out of it.
    reason = masked(reason)
    if not reason:
        raise Misconfigured(
            f"A {action} needs a reason.", where="--reason", remedy="say why, in a few words"
        )
    if campaign_id is not None:
        check_known(connection, "campaign", campaign_id)
    try:
        connection.execute("select pg_advisory_xact_lock_shared(hashtextextended('knowledge', 0))")
    except psycopg.errors.LockNotAvailable:
        raise Busy(
            "A list is leaving at this moment and has not ended within half a minute.",
            remedy="run this again; until it says so nothing is stopped",
        ) from None
    connection.execute(
        """
        insert into ledger.publication_stops (action, campaign_id, reason, actor, recorded_at)
        values (%s, %s, %s, %s, ledger.now())
        """,
        [action, campaign_id, reason, actor],
    )
    record(
        connection,
        actor=actor,
        action=f"{action}_publication",
        object_kind="campaign",
        object_id=campaign_id or "*",
        details={"reason": reason},
    )
