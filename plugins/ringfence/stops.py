"""Block and release publication, for one campaign or for all; a reason is kept either way.

A stop takes the lock `knowledge` shared, as deliveries do. The publisher holds it alone while it
renames: a list is out before the stop, and then a recall finds it, or it is never made visible.
"""

from __future__ import annotations

import psycopg
from psycopg import Connection

from ringfence.audit import record
from ringfence.database import connect
from ringfence.errors import Busy, Misconfigured
from ringfence.settings import Settings


def stop(settings: Settings, *, reason: str, actor: str, campaign_id: str | None = None) -> None:
    """Block publication of one campaign (of all without one) from this instant on."""
    with connect(settings, name="ringfence stop") as connection:
        _write(connection, "stop", campaign_id, reason, actor)


def resume(
    settings: Settings, *, reason: str, actor: str, campaign_id: str | None = None
) -> tuple[str, ...]:
    """Lift the stop of this scope alone; returns the scopes that are still stopped.

    A campaign's own stop outlives the release of all, and the stop of all outlives a campaign's.
    """
    with connect(settings, name="ringfence resume") as connection:
        _write(connection, "resume", campaign_id, reason, actor)
        return tuple(scope or "every campaign" for scope in standing_stops(connection))


def standing_stops(connection: Connection) -> dict[str | None, str]:
    """Return the reason of each stop that stands, by campaign; None stands for all campaigns."""
    rows = connection.execute(
        """
        select campaign_id, reason
        from (
            select distinct on (campaign_id) campaign_id, action, reason
            from ledger.publication_stops
            order by campaign_id, seq desc
        ) as latest
        where action = 'stop'
        order by campaign_id nulls first
        """
    ).fetchall()
    return dict(rows)


def stop_reason(connection: Connection, campaign_id: str) -> str | None:
    """Return why this campaign may not be published now, or None."""
    stops = standing_stops(connection)
    return stops.get(None) or stops.get(campaign_id)


def _write(
    connection: Connection, action: str, campaign_id: str | None, reason: str, actor: str
) -> None:
    reason = reason.strip()
    if not reason:
        raise Misconfigured(
            f"A {action} needs a reason.", where="--reason", remedy="say why, in a few words"
        )
    if campaign_id is not None:
        _check_campaign(connection, campaign_id)
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


def _check_campaign(connection: Connection, campaign_id: str) -> None:
    """Refuse a campaign that no register ever named: a mistyped stop would block nothing."""
    rows = connection.execute(
        """
        select distinct campaign ->> 'campaign_id' as campaign_id
        from ledger.config_versions, jsonb_array_elements(content) as campaign
        where kind = 'campaigns'
        order by 1
        """
    ).fetchall()
    known = [name for (name,) in rows]
    if known and campaign_id not in known:
        raise Misconfigured(
            f"There is no campaign `{campaign_id}`.",
            where="--campaign",
            remedy=f"one of: {', '.join(known)}",
        )
