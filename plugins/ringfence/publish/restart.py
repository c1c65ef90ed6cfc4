"""Settle what an interrupted publication left: a list that is prepared, and nothing after.

manifest in place and verified   → it was out: record it as published
run still the last, rows the same → stage, door and last look again, then finish it
anything else                     → void it; nothing of it stays visible
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from ringfence.errors import Busy, Refusal
from ringfence.keys import Keys
from ringfence.publish import archive, facts
from ringfence.publish.complete import complete, finish, record_published, report, void
from ringfence.publish.diallers import GENERIC
from ringfence.publish.last_look import count_removed
from ringfence.publish.manifest import FILE_NAME
from ringfence.publish.model import (
    Campaign,
    CheckOutgoing,
    Funnel,
    OnStep,
    Prepared,
    PublicationReport,
    Run,
)
from ringfence.publish.prepare import check_door, stage
from ringfence.publish.verify import verify_manifest
from ringfence.publish.writing import file_sha256, folder_of
from ringfence.settings import Settings
from ringfence.stops import stop_reason


def settle(
    settings: Settings,
    connection: Connection,
    keys: Keys,
    run: Run,
    campaign: Campaign,
    check: CheckOutgoing,
    on_step: OnStep,
) -> PublicationReport | None:
    """Finish or void every prepared list of a campaign; returns the list of `run`, if finished.

    The caller holds `publish:<campaign>`, so nobody else is still at work on them.
    """
    finished = None
    for left in pending(connection, campaign):
        outcome: PublicationReport | None
        if _is_out(settings, keys, left):
            outcome = _record(settings, connection, keys, left)
        else:
            outcome = _finish_or_void(settings, connection, keys, run, left, check, on_step)
        if outcome is not None and left.run.run_id == run.run_id:
            finished = outcome
    return finished


def has_pending(connection: Connection, campaign_id: str) -> bool:
    """Tell whether the last word on a list of the campaign is `prepared`."""
    row = connection.execute(
        "select exists (select from ledger.current_publications"
        " where status = 'prepared' and campaign_id = %s)",
        [campaign_id],
    ).fetchone()
    return bool(row and row[0])


def pending(connection: Connection, campaign: Campaign) -> list[Prepared]:
    """Return the campaign's lists whose last word is `prepared`, oldest first."""
    rows = connection.execute(
        """
        select lists.list_id, lists.edition, lists.count_rows, lists.valid_until, runs.run_id,
            runs.call_date, runs.known_as_of, runs.code_version, runs.versions
        from ledger.current_publications as lists
        inner join ledger.decision_runs as runs using (run_id)
        where lists.status = 'prepared' and lists.campaign_id = %s
        order by lists.seq
        """,
        [campaign.campaign_id],
    ).fetchall()
    return [_prepared(connection, campaign, row) for row in rows]


def _prepared(connection: Connection, campaign: Campaign, row: tuple[Any, ...]) -> Prepared:
    """Return a list under its campaign as it was in force at the list's own run."""
    list_id, edition, count_rows, valid_until, *run_facts = row
    run = Run(*run_facts)
    own = facts.campaign_of(connection, run, campaign.campaign_id)
    unknown = Funnel(count_rows, count_rows, {}, {})
    return Prepared(list_id, run, own or campaign, edition, count_rows, valid_until, unknown)


def _is_out(settings: Settings, keys: Keys, left: Prepared) -> bool:
    """Tell whether the list was made visible, manifest and all, before the crash."""
    folder = folder_of(settings, left)
    if archive.read_manifest(folder).get("list_id") != str(left.list_id):
        return False
    return verify_manifest(folder, keys.public_key()).is_passed


def _record(
    settings: Settings, connection: Connection, keys: Keys, left: Prepared
) -> PublicationReport:
    folder = folder_of(settings, left)
    record_published(
        connection,
        left,
        str(file_sha256(folder / GENERIC.file_name)),
        str(file_sha256(folder / FILE_NAME)),
    )
    finish(settings, connection, keys, left)
    return report(settings, connection, left, left.count_rows - count_removed(connection, left))


def _finish_or_void(
    settings: Settings,
    connection: Connection,
    keys: Keys,
    run: Run,
    left: Prepared,
    check: CheckOutgoing,
    on_step: OnStep,
) -> PublicationReport | None:
    if left.run.run_id != run.run_id:
        void(settings, connection, left, "interrupted, and a later run has decided since")
        return None
    stopped = stop_reason(connection, left.campaign.campaign_id)
    if stopped:
        void(settings, connection, left, f"interrupted, then stopped: {stopped}")
        return None
    try:
        staged = stage(connection, keys, run, left.campaign, left.edition)
        if (staged.list_id, staged.valid_until) != (left.list_id, left.valid_until):
            raise Refusal("The rows are not those that were prepared.", remedy=facts.DECIDE)
        check_door(settings, connection, staged, check)
    except Busy:
        raise
    except Refusal as refusal:
        void(settings, connection, left, f"interrupted, then: {refusal.what}")
        return None
    return complete(settings, connection, keys, staged, on_step, is_restart=True)
