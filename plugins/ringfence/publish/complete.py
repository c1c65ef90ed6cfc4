"""Take a prepared list out of the house: last look, write, rename, manifest, published.

The files are written before the lock is taken and renamed under it:

    look → write → [lock `knowledge` alone → look again → list → manifest → published] → checkpoint

A look under the lock that finds somebody new gives the lock back and the files are written again;
after three rounds they are written under the lock, so that a steady flow of stops cannot keep a
list from leaving, nor a list a stop from counting.

The race, then: deliveries, retractions and `stop` hold `knowledge` shared until they commit. Each
of them has committed before the last look, and counts, or it waits until the list is published and
on record, and is for the recall to find. There is no third case.
"""

from __future__ import annotations

from datetime import datetime

import psycopg
from psycopg import Connection

from ringfence import clock
from ringfence.errors import Busy, Refusal
from ringfence.keys import Keys
from ringfence.ledger.checkpoints import write_checkpoint
from ringfence.ledger.roots import seal_publication
from ringfence.publish import archive, facts, manifest
from ringfence.publish.diallers import GENERIC
from ringfence.publish.last_look import count_removed, look
from ringfence.publish.model import Campaign, OnStep, Prepared, PublicationReport, Run, Step
from ringfence.publish.prepare import drop_outgoing
from ringfence.publish.superseding import look_back, superseded_of
from ringfence.publish.taken_back import check_nothing_was_retracted
from ringfence.publish.writing import (
    Written,
    file_sha256,
    folder_of,
    remove_parts,
    rename,
    write_part,
    write_parts,
)
from ringfence.settings import Settings
from ringfence.stops import stop_reason

ROUNDS_OUTSIDE_THE_LOCK = 3


def complete(
    settings: Settings,
    connection: Connection,
    keys: Keys,
    prepared: Prepared,
    on_step: OnStep,
    *,
    is_restart: bool = False,
) -> PublicationReport:
    """Publish a prepared list whose rows are staged; safe to call again after a crash.

    A list file that a crash left visible is finished as it stands: somebody may have loaded it, so
    stops since then are the recall's. Raises Refusal, and then the list is void.
    """
    try:
        count_rows = _bring_out(settings, connection, keys, prepared, on_step, is_restart)
    except Busy:
        raise
    except Refusal as refusal:
        void(settings, connection, prepared, refusal.what)
        raise
    except OSError as error:
        raise Refusal(
            f"The list could not be written ({error.strerror}); it stays prepared.",
            where=str(folder_of(settings, prepared)),
            remedy="make room or mend the folder, then publish again: it takes the list up again",
        ) from None
    on_step(Step.PUBLISHED)
    finish(settings, connection, keys, prepared)
    on_step(Step.CHECKPOINTED)
    return report(settings, connection, prepared, count_rows)


def _bring_out(
    settings: Settings,
    connection: Connection,
    keys: Keys,
    prepared: Prepared,
    on_step: OnStep,
    is_restart: bool,
) -> int:
    """Write and rename until no look finds anybody new; returns the rows in the list."""
    if is_restart:
        written = write_parts(settings, connection, keys, prepared)
        visible_since = _visible_since(connection, prepared, written)
        if visible_since:
            count = _rename(settings, connection, keys, prepared, on_step, written, visible_since)
            return count or 0
    _look(connection, prepared)
    for _ in range(ROUNDS_OUTSIDE_THE_LOCK):
        written = write_parts(settings, connection, keys, prepared)
        on_step(Step.LIST_WRITTEN)
        count = _rename(settings, connection, keys, prepared, on_step, written)
        if count is not None:
            return count
    return _rename(settings, connection, keys, prepared, on_step, None) or 0


def _rename(
    settings: Settings,
    connection: Connection,
    keys: Keys,
    prepared: Prepared,
    on_step: OnStep,
    written: Written | None,
    visible_since: datetime | None = None,
) -> int | None:
    """Make the list visible under the lock; None if the look found that it must be written anew."""
    with connection.transaction():
        _lock_knowledge(connection)
        check_still_allowed(
            settings, connection, prepared.run, prepared.campaign, prepared.valid_until
        )
        removed = 0 if visible_since else _look(connection, prepared)
        on_step(Step.LOOKED)
        if removed and written is not None:
            written.discard()
            return None
        if written is None:
            written = write_parts(settings, connection, keys, prepared)
        if written.count_rows != prepared.count_rows - count_removed(connection, prepared):
            raise Refusal(
                "The rows written are not those prepared less those removed.",
                where=f"list {prepared.list_id}",
                remedy=facts.DECIDE,
            )
        looked_at = visible_since or clock.now(connection)
        document = manifest.build(connection, prepared, written, looked_at)
        folder = folder_of(settings, prepared)
        paper = write_part(folder / manifest.FILE_NAME, manifest.signed(document, keys))
        on_step(Step.MANIFEST_WRITTEN)
        archive.set_aside(folder, str(prepared.list_id))
        rename(written.files)
        on_step(Step.LIST_RENAMED)
        rename((paper,))
        on_step(Step.MANIFEST_RENAMED)
        record_published(connection, prepared, written.call_list.sha256, paper.sha256)
    return written.count_rows


def record_published(
    connection: Connection, prepared: Prepared, file_sha256: str, manifest_sha256: str
) -> None:
    """Record that the list is out, that it replaces the day's earlier one, and chain it."""
    with connection.transaction():
        _add_status(connection, prepared, "published", None, file_sha256, manifest_sha256)
        connection.execute(
            """
            insert into ledger.publications (
                list_id, status, campaign_id, call_date, run_id, edition, count_rows, valid_until,
                file_sha256, manifest_sha256, reason, recorded_at
            )
            select list_id, 'superseded', campaign_id, call_date, run_id, edition, count_rows,
                valid_until, file_sha256, manifest_sha256, %(reason)s, ledger.now()
            from ledger.current_publications
            where campaign_id = %(campaign)s and call_date = %(date)s and status = 'published'
                and list_id <> %(list)s
            """,
            {
                "reason": f"edition {prepared.edition}",
                "campaign": prepared.campaign.campaign_id,
                "date": prepared.run.call_date,
                "list": prepared.list_id,
            },
        )
        seal_publication(connection, prepared.list_id)


def finish(settings: Settings, connection: Connection, keys: Keys, prepared: Prepared) -> None:
    """Clear away what the published list needs no more, and sign the chain."""
    drop_outgoing(connection, prepared.campaign)
    folder = folder_of(settings, prepared)
    remove_parts(folder)
    archive.remove_what_is_not_named(folder)
    write_checkpoint(connection, settings, keys)


def void(settings: Settings, connection: Connection, prepared: Prepared, reason: str) -> None:
    """Take a prepared list back for good; nothing of it stays visible."""
    folder = folder_of(settings, prepared)
    remove_parts(folder)
    if archive.read_manifest(folder).get("list_id") == str(prepared.list_id):
        (folder / manifest.FILE_NAME).unlink()
    archive.remove_what_is_not_named(folder)
    with connection.transaction():
        _add_status(connection, prepared, "voided", reason)
        drop_outgoing(connection, prepared.campaign)


def report(
    settings: Settings, connection: Connection, prepared: Prepared, count_rows: int
) -> PublicationReport:
    """Tell about a list that is out."""
    return PublicationReport(
        campaign_id=prepared.campaign.campaign_id,
        status="published",
        count_rows=count_rows,
        call_date=prepared.run.call_date.isoformat(),
        list_id=str(prepared.list_id),
        edition=prepared.edition,
        count_removed=count_removed(connection, prepared),
        path=str(folder_of(settings, prepared) / GENERIC.file_name),
    )


def _look(connection: Connection, prepared: Prepared) -> int:
    """Take out whoever must not leave; returns how many are new."""
    return look(connection, prepared) + look_back(connection, prepared)


def check_still_allowed(
    settings: Settings, connection: Connection, run: Run, campaign: Campaign, valid_until: datetime
) -> None:
    """Ask whether a list may leave at this moment; again under the lock. Raises Refusal."""
    stopped = stop_reason(connection, campaign.campaign_id)
    if stopped:
        raise Refusal(
            f"Publication is stopped: {stopped}",
            where=campaign.campaign_id,
            remedy="`./ringfence resume` lifts it",
        )
    facts.refuse_held_back(settings, connection, run, campaign)
    facts.check_date(connection, run, campaign)
    if superseded_of(connection, run, campaign) is None:
        check_nothing_was_retracted(connection, run)
    if valid_until <= clock.now(connection):
        raise Refusal(
            "The time of the list has run out.", where=campaign.campaign_id, remedy=facts.DECIDE
        )


def _lock_knowledge(connection: Connection) -> None:
    """Wait until no delivery is half accepted, and let none begin to be until the commit."""
    connection.execute("set local lock_timeout = '5min'")
    try:
        connection.execute("select pg_advisory_xact_lock(hashtextextended('knowledge', 0))")
    except psycopg.errors.LockNotAvailable:
        raise Busy(
            "A delivery has been on its way in for five minutes; the list stays prepared.",
            remedy="wait for it to end, then publish again: it takes the list up again",
        ) from None


def _visible_since(connection: Connection, prepared: Prepared, written: Written) -> datetime | None:
    """Return an instant before the list became visible, if a crash left it so; else None."""
    if not prepared.count_rows or file_sha256(written.call_list.path) != written.call_list.sha256:
        return None
    row = connection.execute(
        "select recorded_at from ledger.publications where list_id = %s and status = 'prepared'",
        [prepared.list_id],
    ).fetchone()
    return row[0] if row else None


def _add_status(
    connection: Connection,
    prepared: Prepared,
    status: str,
    reason: str | None,
    file_sha256: str | None = None,
    manifest_sha256: str | None = None,
) -> None:
    connection.execute(
        """
        insert into ledger.publications (
            list_id, status, campaign_id, call_date, run_id, edition, count_rows, valid_until,
            file_sha256, manifest_sha256, reason, recorded_at
        )
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, ledger.now())
        """,
        [
            prepared.list_id, status, prepared.campaign.campaign_id, prepared.run.call_date,
            prepared.run.run_id, prepared.edition, prepared.count_rows, prepared.valid_until,
            file_sha256, manifest_sha256, reason,
        ],
    )  # fmt: skip
