"""Ask the ledgers what a list stands on: the last finished run, its campaigns, its totals."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import dict_row

from ringfence import clock
from ringfence.errors import Misconfigured, Refusal
from ringfence.feeds import Unread, feeds, in_words, last_received, unread_deliveries
from ringfence.publish.model import Campaign, Funnel, Run
from ringfence.publish.policy_taken_back import policy_taken_back
from ringfence.registers.accept import sound_registers
from ringfence.registers.in_force import joint_controllers, register
from ringfence.registers.sources import Kind
from ringfence.settings import Settings

GROUNDS = {Kind.CONSENT_EVENTS, Kind.CUSTOMER_RELATIONS}
SAFE_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
DECIDE = "run `./ringfence decide`, then publish again"
RECALL = "`./ringfence recall` takes them out of the list and of the dialler"


def latest_run(connection: Connection) -> Run:
    """Return the newest daily run that ended well; raises Refusal without one."""
    row = connection.execute(
        """
        select run_id, call_date, known_as_of, code_version, versions
        from ledger.decision_runs
        inner join ledger.decision_totals using (run_id)
        where mode = 'daily'
        order by seq desc
        limit 1
        """
    ).fetchone()
    if row is None:
        raise Refusal("No decision run has ended well yet; there is nothing to publish.",
                      where="ledger.decision_totals", remedy=DECIDE)  # fmt: skip
    return Run(*row)


def run_of(connection: Connection, list_id: UUID) -> Run:
    """Return the run that a list stands on."""
    rows = connection.execute(
        """
        select run_id, runs.call_date, runs.known_as_of, runs.code_version, runs.versions
        from ledger.decision_runs as runs
        inner join ledger.current_publications as lists using (run_id)
        where list_id = %s
        """,
        [list_id],
    ).fetchall()
    ((run_id, *told),) = rows
    return Run(run_id, *told)


def check_marts_are_of(connection: Connection, run: Run) -> None:
    """Refuse unless marts.call_decisions holds this very run, and no replay."""
    exists = connection.execute("select to_regclass('marts.call_decisions')").fetchone()
    if exists is None or exists[0] is None:
        raise Refusal("There are no decisions.", where="marts.call_decisions", remedy=DECIDE)
    other = connection.execute(
        """
        select runs.mode
        from marts.call_decisions as decisions
        left join ledger.decision_runs as runs using (run_id)
        where decisions.run_id <> %s
        limit 1
        """,
        [run.run_id],
    ).fetchone()
    if other is not None and other[0] == "replay":
        raise Refusal(
            "A replayed day is never published.", where="marts.call_decisions", remedy=DECIDE
        )
    if other is not None:
        raise Refusal(
            "The decisions are not those of the last run that ended well.",
            where="marts.call_decisions",
            remedy=DECIDE,
        )
    compared = connection.execute(
        "select from ledger.decision_runs where run_id = %s and further_call_dates <> '{}'",
        [run.run_id],
    ).fetchone()
    if compared is not None:
        raise Refusal(
            "The last run compared several days, and a list is for one.",
            where="ledger.decision_runs",
            remedy=DECIDE,
        )


def campaigns_of(connection: Connection, run: Run) -> list[Campaign]:
    """Return the active campaigns that were in force at the run, first priority first."""
    controllers = {
        str(entry["controller_id"]): str(entry.get("name") or entry["controller_id"])
        for entry in register(connection, "controllers", run.known_as_of)
    }
    found = [
        Campaign(
            campaign_id=_folder_name(str(entry["campaign_id"])),
            title=str(entry.get("title") or entry["campaign_id"]),
            controller_id=str(entry["controller"]),
            controller_name=controllers.get(str(entry["controller"]), str(entry["controller"])),
            timezone=str(entry.get("timezone") or "UTC"),
            dialler=str(entry.get("dialler") or "generic"),
            sources=tuple(map(str, entry.get("sources") or ())),
            priority=int(entry.get("priority") or 0),
        )
        for entry in register(connection, "campaigns", run.known_as_of)
        if entry.get("active", True)
    ]
    return sorted(found, key=lambda campaign: (campaign.priority, campaign.campaign_id))


def campaign_of(connection: Connection, run: Run, campaign_id: str) -> Campaign | None:
    """Return a campaign as it was in force at a run, None if it was not active then."""
    known = campaigns_of(connection, run)
    return next((one for one in known if one.campaign_id == campaign_id), None)


def refuse_held_back(
    settings: Settings, connection: Connection, run: Run, campaign: Campaign
) -> None:
    """Refuse whatever may not leave, however well it was decided; asked again at the rename."""
    _refuse_changed(settings, connection, run, campaign)
    refuse_unread_stops(connection, campaign)
    refuse_silent_stops(connection, campaign)


def _refuse_changed(
    settings: Settings, connection: Connection, run: Run, campaign: Campaign
) -> None:
    """Refuse a campaign that the registers have taken back since the decision, or its sources."""
    now = sound_registers(connection, settings, clock.mode(connection))
    found = [one for one in now.campaigns if one.campaign_id == campaign.campaign_id]
    if not any(one.active for one in found):
        what = "been switched off" if found else "gone from the registers, or has a fault,"
        raise Refusal(
            f"This campaign has {what} since the decision.",
            where=f"campaign {campaign.campaign_id}",
            remedy="leave it, or mend its register (`./ringfence sources check`), decide, then"
            " publish again",
        )
    approved = {source.source_id for source in now.sources if source.approved}
    taken_back = sorted(
        str(entry["source_id"])
        for entry in register(connection, "sources", run.known_as_of)
        if entry.get("approved")
        and entry["source_id"] not in approved
        and (entry["source_id"] in campaign.sources or _brings_grounds(entry, campaign))
    )
    if taken_back:
        raise Refusal(
            "A source of this campaign has lost its approval since the decision, or has a fault.",
            where=f"campaign {campaign.campaign_id}, source {', '.join(taken_back)}",
            remedy=DECIDE,
        )
    gone = policy_taken_back(
        register(connection, "policy_signoffs", run.known_as_of),
        register(connection, "policy_overlays", run.known_as_of),
        now,
    )
    if gone:
        raise Refusal(
            "What opened calls at the decision is in force no more, or has a fault.",
            where=f"campaign {campaign.campaign_id}, {', '.join(gone)}",
            remedy=DECIDE,
        )


def _brings_grounds(source: dict[str, Any], campaign: Campaign) -> bool:
    return source.get("controller") == campaign.controller_id and bool(
        GROUNDS & set(source.get("emits") or ())
    )


def unread_stops(connection: Connection, campaign: Campaign) -> list[Unread]:
    """Return the deliveries that may hold stops of this controller and could not be read."""
    now = clock.now(connection)
    bound = joint_controllers(connection, campaign.controller_id, now)
    return [one for one in unread_deliveries(connection, now) if one.controller_id in bound]


def refuse_unread_stops(connection: Connection, campaign: Campaign) -> None:
    """Refuse while a delivery that may hold stops of this controller could not be read (LAW 3)."""
    unread = unread_stops(connection, campaign)
    if not unread:
        return
    remedies: dict[str, list[str]] = {}
    for one in unread:
        remedies.setdefault(one.remedy, []).append(one.label or one.batch)
    known = next(iter(remedies))
    if len(remedies) > 1:
        known = "; ".join(f"{', '.join(of)}: {remedy}" for remedy, of in remedies.items())
    raise Refusal(
        "objection_feed_stale: a delivery that may hold objections could not be read.",
        where="; ".join(map(str, unread)),
        remedy=f"{known}; or have somebody look into it, then `./ringfence retract <batch>"
        " --reason … --approved-by …`",
    )


def refuse_silent_stops(connection: Connection, campaign: Campaign) -> None:
    """Refuse while a source that brings this controller's stops is overdue (LAW 3)."""
    now = clock.now(connection)
    sources = register(connection, "sources", now)
    bound = joint_controllers(connection, campaign.controller_id, now)
    overdue = [
        feed
        for feed in feeds(sources, last_received(connection, now), now)
        if feed.is_overdue and feed.brings_stops and feed.controller_id in bound
    ]
    if overdue:
        last = overdue[0].received_at
        came = f"came last on {last:%Y-%m-%d %H:%M} UTC" if last else "has never come"
        raise Refusal(
            f"objection_feed_stale: a source of objections {came}; it is expected every"
            f" {in_words(overdue[0].expected_every)}.",
            where=", ".join(f"source {feed.source_id}" for feed in overdue),
            remedy="have it deliver, then ingest it (a file with a header and no row counts); if it"
            " will never come again: take its file out of the registers, `./ringfence sources"
            " retire`, decide, then publish again",
        )


def config_hashes(connection: Connection, known_as_of: datetime) -> dict[str, str]:
    """Return the hash of each register that was in force at an instant."""
    rows = connection.execute(
        """
        select distinct on (kind) kind, sha256
        from ledger.config_versions
        where accepted_at <= %s
        order by kind, seq desc
        """,
        [known_as_of],
    ).fetchall()
    return dict(rows)


def registers_of(connection: Connection, run: Run, campaign_id: str) -> tuple[dict[str, Any], ...]:
    """Return each register that the laws of the campaign's candidates demand, and how it stood.

    What the laws demand is dbt's to say; raises Refusal when it has not said so for this run.
    """
    exists = connection.execute("select to_regclass('governance.campaign_registers')").fetchone()
    found: list[dict[str, Any]] = []
    if exists and exists[0]:
        with connection.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute(
                """
                select register_id, state, count_candidates, snapshot_id, file_sha256, published_at,
                    count_entries, run_id
                from governance.campaign_registers
                where campaign_id = %s
                order by register_id
                """,
                [campaign_id],
            ).fetchall()
    if not (exists and exists[0]) or any(row.pop("run_id") != run.run_id for row in found):
        raise Refusal(
            "It is not known which registers this run had to screen against.",
            where="governance.campaign_registers",
            remedy=DECIDE,
        )
    return tuple(found)


def overlays_of(connection: Connection, run: Run, campaign_id: str) -> tuple[dict[str, Any], ...]:
    """Return each overlay of the policy under which candidates of the campaign were decided.

    Raises Refusal when dbt has not said so for this run.
    """
    exists = connection.execute("select to_regclass('governance.campaign_overlays')").fetchone()
    found: list[dict[str, Any]] = []
    if exists and exists[0]:
        with connection.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute(
                """
                select overlay_id, reason, valid_until, count_candidates, run_id
                from governance.campaign_overlays
                where campaign_id = %s
                order by overlay_id
                """,
                [campaign_id],
            ).fetchall()
    if not (exists and exists[0]) or any(row.pop("run_id") != run.run_id for row in found):
        raise Refusal(
            "It is not known which overlays of the policy this run was decided under.",
            where="governance.campaign_overlays",
            remedy=DECIDE,
        )
    return tuple(found)


def funnel_of(connection: Connection, run: Run, campaign_id: str) -> Funnel:
    """Return what the run counted for one campaign; all zero when it had no candidate.

    The total that binds is the one frozen in the ledger; the marts split it by verdict.
    """
    frozen = connection.execute(
        "select totals #>> %s from ledger.decision_totals where run_id = %s",
        [["campaigns", campaign_id, "count_callable"], run.run_id],
    ).fetchone()
    counted = connection.execute(
        """
        select count_candidates, count_callable, count_blocked, count_undetermined
        from marts.call_funnel
        where campaign_id = %s and call_date = %s
        """,
        [campaign_id, run.call_date],
    ).fetchone() or (0, 0, 0, 0)
    by_verdict: dict[str, dict[str, int]] = {"blocked": {}, "undetermined": {}}
    for verdict, code, count in connection.execute(
        """
        select verdict, coalesce(first_reason_code, 'no_reason_on_record'), count_candidates
        from marts.call_funnel_reasons
        where campaign_id = %s
        """,
        [campaign_id],
    ):
        by_verdict[verdict][code] = int(count)
    funnel = Funnel(int(counted[0]), int(counted[1]), **by_verdict)
    told = (sum(funnel.blocked.values()), sum(funnel.undetermined.values()))
    is_frozen = frozen is not None and int(frozen[0] or 0) == funnel.count_callable
    if not is_frozen or told != tuple(counted[2:]) or counted[0] != sum(counted[1:]):
        raise Refusal(
            "The run's totals do not add up.",
            where=f"marts.call_funnel and ledger.decision_totals, {campaign_id}",
            remedy=DECIDE,
        )
    return funnel


def check_date(connection: Connection, run: Run, campaign: Campaign) -> None:
    """Refuse a call date that is over where the campaign is run."""
    today = clock.now(connection).astimezone(ZoneInfo(campaign.timezone)).date()
    if run.call_date < today:
        raise Refusal(
            f"{run.call_date} is over; a past day is replayed, never published.",
            where=campaign.campaign_id,
            remedy=DECIDE,
        )


def _folder_name(campaign_id: str) -> str:
    if not SAFE_FOLDER.fullmatch(campaign_id):
        raise Misconfigured(
            "A campaign's id must be fit for a folder's name.",
            where=campaign_id,
            remedy="use letters, digits, `_`, `-` and `.`",
        )
    return campaign_id
