"""Take out of the lists that are out whoever was stopped since, or has lost the ground since.

    rows on record and recall file, at once → what a crash left → superseding list → look again

A recall is a publication's other half, under the same lock `publish:<campaign>`. The rows count as
recalled in the very transaction in which their file gets its name, so that what is on record is
written. A superseding list goes the way of every list; where none may leave, the recall stands.
A list that is prepared is settled as the publisher would: its last look is still to come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import Connection

from ringfence.database import connect, held, is_held
from ringfence.errors import Refusal, RingfenceError
from ringfence.home import Home
from ringfence.keys import Keys, load_keys
from ringfence.known_names import check_known
from ringfence.lists_out import ListOut, lists_out
from ringfence.publish import facts
from ringfence.publish.complete import check_still_allowed, complete
from ringfence.publish.model import CheckOutgoing
from ringfence.publish.prepare import prepare
from ringfence.publish.recall_files import recall_file, recall_names, write_recall
from ringfence.publish.recalled_rows import (
    RowToRecall,
    count_recalled,
    record_recall,
    rows_to_recall,
)
from ringfence.publish.restart import has_pending, settle
from ringfence.settings import Settings

OnRecallStep = Callable[[StrEnum], None]
LATER_RUN = "a later run has decided since: `./ringfence publish` brings out its list without them"


class RecallStep(StrEnum):
    """Name the moments of a recall between which a process may die, before those of a list."""

    NOTED = "noted"
    WRITTEN = "written"
    RECORDED = "recorded"


def no_step(step: StrEnum) -> None:
    """Do nothing at a step: the way of every run but a test's."""


@dataclass(frozen=True, slots=True)
class RecallReport:
    """Tell what came of one list; ids, counts and a path only, fit for a log or an XCom.

    `status`: recalled, unchanged or refused. `count_new` were taken out by this recall,
    `count_recalled` ever since the list left. `new_edition` supersedes it; `reason` says why none
    does though rows are missing, or why the campaign could not be worked on.
    """

    campaign_id: str
    status: str
    call_date: str = ""
    list_id: str | None = None
    edition: int | None = None
    count_new: int = 0
    count_recalled: int = 0
    path: str | None = None
    new_edition: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Work:
    """Hold what every step of one campaign's recall needs."""

    settings: Settings
    connection: Connection
    keys: Keys
    campaign_id: str
    check: CheckOutgoing
    on_step: OnRecallStep


def recall_lists(
    settings: Settings,
    *,
    campaign_id: str | None = None,
    check: CheckOutgoing | None = None,
    on_step: OnRecallStep = no_step,
) -> list[RecallReport]:
    """Recall from every list that is still valid, or from one campaign's; a repeat changes nothing.

    Of all campaigns one that cannot be worked on is a report with `status='refused'`; of a single
    one the Refusal is raised.
    """
    if check is None:
        from ringfence.doors import check_outgoing

        check = check_outgoing
    with connect(settings, name="recall", autocommit=True) as connection:
        keys = load_keys(settings, connection)
        if campaign_id is not None:
            check_known(connection, "campaign", campaign_id)
        reports: list[RecallReport] = []
        for one in _campaigns(connection, campaign_id):
            work = _Work(settings, connection, keys, one, check, on_step)
            try:
                reports += _recall(work)
            except Refusal as refusal:
                if campaign_id is not None:
                    raise
                reports.append(RecallReport(one, "refused", reason=str(refusal)))
            except psycopg.OperationalError:
                raise Refusal(
                    "Postgres went away; what is on record as recalled is written.",
                    where=one,
                    remedy="start Postgres and recall again: it takes up what was left",
                ) from None
    return reports


def _campaigns(connection: Connection, campaign_id: str | None) -> list[str]:
    """Return the campaigns that have a list which is valid, or was prepared to be."""
    rows = connection.execute(
        """
        select distinct campaign_id
        from ledger.current_publications
        where status in ('prepared', 'published') and valid_until > (select ledger.now())
            and coalesce(campaign_id = %(campaign)s, %(campaign)s::text is null)
        order by campaign_id
        """,
        {"campaign": campaign_id},
    ).fetchall()
    return [str(found) for (found,) in rows]


def _recall(work: _Work) -> list[RecallReport]:
    """Recall from the lists of one campaign; takes no lock while there is nothing to do."""
    lock = f"publish:{work.campaign_id}"
    if not _has_work(work, lock):
        return _reports(work, Counter(), {}, [])
    with held(work.connection, lock):
        new = _take_out(work)
        reasons = []
        if has_pending(work.connection, work.campaign_id):
            reasons += _settle(work)
            new += _take_out(work)
        editions, why_not = _supersede(work)
        # What came while that list was made is not on it; the list before it has it still.
        new += _take_out(work)
        return _reports(work, new, editions, [*reasons, *why_not])


def _has_work(work: _Work, lock: str) -> bool:
    """Look without a lock whether anything is to be done.

    A list that somebody is making at this moment has its own last look before it.
    """
    connection = work.connection
    if has_pending(connection, work.campaign_id) and not is_held(connection, lock):
        return True
    return bool(_due(work)) or any(
        rows_to_recall(connection, out) or not _is_written(work, out) for out in _lists(work)
    )


def _take_out(work: _Work) -> Counter[UUID]:
    """Put the rows to recall on record and into the files; returns how many of which list."""
    new: Counter[UUID] = Counter()
    for out in _lists(work):
        rows = rows_to_recall(work.connection, out)
        if rows or not _is_written(work, out):
            try:
                _take_out_of(work, out, rows)
            except OSError as error:
                raise Refusal(
                    f"The recall could not be written ({error.strerror}); nothing of it is on"
                    " record.",
                    where=str(_folder(work, out)),
                    remedy="make room or mend the folder, then `./ringfence recall` again",
                ) from None
        new[out.list_id] += len(rows)
    return new


def _take_out_of(work: _Work, out: ListOut, rows: Sequence[RowToRecall]) -> None:
    connection = work.connection
    with connection.transaction():
        record_recall(connection, out.list_id, rows)
        work.on_step(RecallStep.NOTED)
        write_recall(connection, _folder(work, out), out.list_id)
        connection.execute(
            "insert into ledger.recall_files (list_id, count_rows, written_at)"
            " values (%s, %s, ledger.now())",
            [out.list_id, count_recalled(connection, out.list_id)],
        )
        work.on_step(RecallStep.WRITTEN)
    work.on_step(RecallStep.RECORDED)


def _settle(work: _Work) -> list[str]:
    """Finish or void what a crash of the publisher left; returns why that could not be done."""
    run = facts.latest_run(work.connection)
    campaign = facts.campaign_of(work.connection, run, work.campaign_id)
    if campaign is None:
        return ["a list was begun of a campaign that is gone; it stays prepared"]
    try:
        settle(work.settings, work.connection, work.keys, run, campaign, work.check, work.on_step)
    except RingfenceError as error:
        return [error.what]
    return []


def _supersede(work: _Work) -> tuple[dict[UUID, int], list[str]]:
    """Publish the next edition of each list that lost rows; returns which, and why not of others.

    It is made as every list is, of the run that it stands on: `superseding` says who is left out.
    """
    editions: dict[UUID, int] = {}
    why_not: list[str] = []
    latest = facts.latest_run(work.connection)
    for out in _due(work):
        run = facts.run_of(work.connection, out.list_id)
        campaign = facts.campaign_of(work.connection, run, work.campaign_id)
        if campaign is None or run.run_id != latest.run_id:
            why_not.append(LATER_RUN)
            continue
        try:
            check_still_allowed(work.settings, work.connection, run, campaign, out.valid_until)
            prepared = prepare(
                work.settings, work.connection, work.keys, run, campaign, work.check, work.on_step
            )
            complete(work.settings, work.connection, work.keys, prepared, work.on_step)
            editions[out.list_id] = prepared.edition
        except RingfenceError as error:
            why_not.append(f"{error.what.rstrip('.')}: no list without them may leave")
    return editions, why_not


def _reports(
    work: _Work, new: Counter[UUID], editions: dict[UUID, int], reasons: Sequence[str]
) -> list[RecallReport]:
    """Tell about the lists that changed, or else about those that are out and stay."""
    lists = _lists(work)
    changed = [out for out in lists if new[out.list_id] or out.list_id in editions]
    return [
        RecallReport(
            campaign_id=work.campaign_id,
            status="recalled" if changed else "unchanged",
            call_date=out.call_date.isoformat(),
            list_id=str(out.list_id),
            edition=out.edition,
            count_new=new[out.list_id],
            count_recalled=(count := count_recalled(work.connection, out.list_id)),
            path=str(recall_file(_folder(work, out), out.edition)) if count else None,
            new_edition=editions.get(out.list_id),
            reason="; ".join(reasons) or None,
        )
        for out in changed or lists_out(work.connection, work.campaign_id)
    ]


def _lists(work: _Work) -> tuple[ListOut, ...]:
    return lists_out(work.connection, work.campaign_id, with_recalled=True)


def _due(work: _Work) -> list[ListOut]:
    """Return the lists that are out with rows that were recalled since."""
    return [
        out
        for out in lists_out(work.connection, work.campaign_id)
        if count_recalled(work.connection, out.list_id)
    ]


def _is_written(work: _Work, out: ListOut) -> bool:
    if not count_recalled(work.connection, out.list_id):
        return True
    names = recall_names(work.connection, out.list_id)
    return all((_folder(work, out) / name).exists() for name in names)


def _folder(work: _Work, out: ListOut) -> Path:
    return Home(work.settings.home).list_folder(out.call_date, out.campaign_id)
