"""Publish call lists: what leaves the house, when, and with which proof.

    door check → prepared → last look → write, fsync, rename → manifest → published → checkpoint

A campaign's list leaves whole or not at all, and a crash anywhere is settled by the next call.
What one campaign is refused for does not keep the others back.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import Connection

from ringfence.database import connect, held
from ringfence.errors import Misconfigured, Refusal
from ringfence.keys import Keys, load_keys
from ringfence.ledger.checkpoints import write_checkpoint
from ringfence.publish import facts
from ringfence.publish.archive import ERASURES
from ringfence.publish.complete import complete
from ringfence.publish.diallers import GENERIC
from ringfence.publish.last_look import count_stopped_since
from ringfence.publish.model import (
    Campaign,
    CheckOutgoing,
    OnStep,
    PublicationReport,
    Run,
    Step,
    no_step,
)
from ringfence.publish.prepare import drop_outgoing, prepare
from ringfence.publish.recalled_rows import count_recalled
from ringfence.publish.restart import settle
from ringfence.publish.taken_back import count_on_taken_back
from ringfence.publish.unchanged import same_as_out
from ringfence.publish.writing import campaign_folder, file_sha256
from ringfence.settings import Settings
from ringfence.stops import stop_of

__all__ = ["PublicationReport", "Step", "publish_call_lists"]


def publish_call_lists(
    settings: Settings,
    *,
    campaign_id: str | None = None,
    check: CheckOutgoing | None = None,
    on_step: OnStep = no_step,
) -> list[PublicationReport]:
    """Publish the last run's list of each campaign, or of one; a repeat changes nothing.

    Nor does a later run of the day whose list would be the same: no edition is made of it.
    Of all campaigns a refused one is a report with `status='refused'`; of a single one the Refusal
    is raised. Without a finished run nothing can be published: Refusal.
    """
    if check is None:
        from ringfence.doors import check_outgoing

        check = check_outgoing
    with connect(settings, name="publish", autocommit=True) as connection:
        keys = load_keys(settings, connection)
        run = facts.latest_run(connection)
        campaigns = _wanted(facts.campaigns_of(connection, run), campaign_id)
        reports = []
        for campaign in campaigns:
            try:
                reports.append(
                    _publish_one(settings, connection, keys, run, campaign, check, on_step)
                )
            except Refusal as refusal:
                if campaign_id is not None:
                    raise
                reports.append(_unpublished(run, campaign, "refused", str(refusal)))
            except psycopg.OperationalError:
                raise Refusal(
                    "Postgres went away; a list on its way out stays prepared.",
                    where=campaign.campaign_id,
                    remedy="start Postgres and publish again: it takes the list up again",
                ) from None
    return reports


def _publish_one(
    settings: Settings,
    connection: Connection,
    keys: Keys,
    run: Run,
    campaign: Campaign,
    check: CheckOutgoing,
    on_step: OnStep,
) -> PublicationReport:
    with held(connection, f"publish:{campaign.campaign_id}"):
        settled = settle(settings, connection, keys, run, campaign, check, on_step)
        if settled is not None:
            return settled
        standing = _standing(settings, connection, run, campaign)
        if standing is not None:
            drop_outgoing(connection, campaign)
            write_checkpoint(connection, settings, keys)
            return standing
        facts.refuse_held_back(settings, connection, run, campaign)
        stopped = stop_of(connection, campaign.campaign_id)
        if stopped:
            return _unpublished(run, campaign, "stopped", str(stopped))
        facts.check_date(connection, run, campaign)
        same = same_as_out(settings, connection, keys, run, campaign)
        if same is not None:
            write_checkpoint(connection, settings, keys)
            return _unchanged(settings, connection, run, campaign, same)
        prepared = prepare(settings, connection, keys, run, campaign, check, on_step)
        return complete(settings, connection, keys, prepared, on_step)


def _standing(
    settings: Settings, connection: Connection, run: Run, campaign: Campaign
) -> PublicationReport | None:
    """Return the list that this run has published already, as `unchanged`; None if there is none.

    Raises Refusal when its file is not what was published, or when it was recalled.
    """
    row = connection.execute(
        """
        select list_id, status, file_sha256
        from ledger.current_publications
        where run_id = %s and campaign_id = %s and status not in ('prepared', 'voided')
        order by edition desc
        limit 1
        """,
        [run.run_id, campaign.campaign_id],
    ).fetchone()
    if row is None:
        return None
    list_id, status, published = row
    path = campaign_folder(settings, run, campaign) / GENERIC.file_name
    if status == "recalled":
        raise Refusal(
            "This run's list was recalled.", where=campaign.campaign_id, remedy=facts.DECIDE
        )
    if status == "published" and file_sha256(path) != published and not _has_erasures(path):
        raise Refusal(
            "The published list is missing or was changed on disk.",
            where=str(path),
            remedy="ask who had access; `./ringfence decide`, then publish, makes a new edition",
        )
    return _unchanged(settings, connection, run, campaign, list_id)


def _unchanged(
    settings: Settings, connection: Connection, run: Run, campaign: Campaign, list_id: UUID
) -> PublicationReport:
    """Tell about a list that is out and stays."""
    rows = connection.execute(
        """
        select lists.edition, lists.count_rows, count(distinct removals.subject_id)
        from ledger.current_publications as lists
        left join ledger.publication_removals as removals using (list_id)
        where lists.list_id = %s
        group by 1, 2
        """,
        [list_id],
    ).fetchall()
    ((edition, count_rows, count_removed),) = rows
    return PublicationReport(
        campaign_id=campaign.campaign_id,
        status="unchanged",
        reason=_overtaken(connection, list_id, run, campaign),
        count_rows=count_rows - count_removed,
        call_date=run.call_date.isoformat(),
        list_id=str(list_id),
        edition=edition,
        count_removed=count_removed,
        path=str(campaign_folder(settings, run, campaign) / GENERIC.file_name),
    )


def _overtaken(connection: Connection, list_id: UUID, run: Run, campaign: Campaign) -> str | None:
    """Say how many rows of a list that is out should not be called any more, and what to do.

    And that an objection may lie unread, for which no new list would leave.
    """
    stopped = count_stopped_since(connection, list_id, run.known_as_of, campaign.controller_id)
    groundless = count_on_taken_back(connection, list_id, run, campaign.campaign_id)
    recalled = count_recalled(connection, list_id)
    told = []
    if stopped:
        told.append(f"{stopped:,} of its rows have been stopped since")
    if groundless:
        told.append(f"{groundless:,} of its rows rest on what was taken back since")
    if recalled:
        told.append(f"{recalled:,} of its rows have been recalled")
    sentences = [f"{', '.join(told)}: {facts.RECALL}"] if told else []
    if unread := facts.unread_stops(connection, campaign):
        named = "; ".join(map(str, unread))
        sentences.append(
            f"a delivery that may hold objections could not be read ({named}):"
            " this list stays out without them, and no new one leaves until somebody mends or"
            " dismisses it"
        )
    return "; ".join(sentences) or None


def _has_erasures(path: Path) -> bool:
    """Tell whether rows were erased since: then `verify` is who can say if the rest is right."""
    return (path.parent / ERASURES).exists()


def _wanted(campaigns: Sequence[Campaign], campaign_id: str | None) -> Sequence[Campaign]:
    if campaign_id is None:
        return campaigns
    wanted = [campaign for campaign in campaigns if campaign.campaign_id == campaign_id]
    if not wanted:
        known = ", ".join(campaign.campaign_id for campaign in campaigns) or "none"
        raise Misconfigured(
            f"There was no active campaign `{campaign_id}` at the last decision run.",
            where="--campaign",
            remedy=f"active then: {known}",
        )
    return wanted


def _unpublished(run: Run, campaign: Campaign, status: str, reason: str) -> PublicationReport:
    return PublicationReport(
        campaign_id=campaign.campaign_id,
        status=status,
        count_rows=0,
        call_date=run.call_date.isoformat(),
        reason=reason,
    )
