"""Count the way from rows read to rows callable, for the table a day ends with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from psycopg import Connection

from ringfence.landing.batches import TAKEN_BACK
from ringfence.lists_out import lists_out
from ringfence.stops import stop_of

if TYPE_CHECKING:
    from ringfence.publish.model import PublicationReport


@dataclass(frozen=True)
class SourceLine:
    """Count one source's accepted and rejected deliveries; `set_aside` tells the reasons.

    Of a file that was tried several times the last attempt counts, and the stops of every attempt:
    they took effect unless they were taken back. Those that could not be matched with certainty
    wait, and are counted apart. Bytes that were taken back and came once more are not rejected.
    The rows of a file that stands accepted are read once, whatever another mapping of it was
    rejected for since.
    """

    source_id: str
    rows_read: int
    rows_landed: int
    rows_quarantined: int
    count_stops: int
    count_unmatched: int
    count_rejected: int
    set_aside: str


@dataclass(frozen=True)
class CampaignLine:
    """Count one campaign's candidates by verdict, and the rows of its list.

    `list_status` is that of the edition that is out, else the newest one's (`none` without one),
    and says so if that one stands on an earlier run and no report tells what this run came to;
    before it stands what this run refused it for, behind it the stop that stands, if any.
    """

    campaign_id: str
    call_date: date
    count_candidates: int
    count_callable: int
    count_blocked: int
    count_undetermined: int
    count_listed: int
    list_status: str


def sources(connection: Connection) -> list[SourceLine]:
    """Return one line for each source, in alphabetical order."""
    rows = connection.execute(
        """
        with told as (
            select *, reason_code is not distinct from %(taken_back)s as is_taken_back
            from landing.batches
        ),
        set_aside as (
            select batches.source_id, records.reason_code, count(*) as count_rows
            from landing.quarantined_records as records
            inner join landing.batches using (batch_id)
            group by 1, 2
        ),
        reasons as (
            select source_id, string_agg(format('%%s %%s', count_rows, reason_code), ', '
                order by count_rows desc, reason_code) as set_aside
            from set_aside
            group by 1
        ),
        waiting as (
            select source_id, count(*) as count_open
            from landing.waiting_stops
            group by 1
        )
        select
            source_id,
            coalesce(sum(rows_read) filter (
                where part = 'rest' and not is_retried and not is_taken_back
                and (status <> 'rejected' or not exists (
                    select from landing.batches as good
                    where good.source_id = told.source_id and good.part = 'rest'
                        and good.file_sha256 = told.file_sha256
                        and good.status in ('accepted', 'reconfirmed')
                ))
            ), 0)::bigint,
            coalesce(sum(rows_landed) filter (where part = 'rest'), 0)::bigint,
            coalesce(sum(rows_quarantined) filter (where part = 'rest'), 0)::bigint,
            coalesce(
                sum(coalesce((entries ->> 'certain_stops')::bigint, rows_landed))
                    filter (where part = 'stops' and status <> 'retracted'),
                0
            )::bigint,
            coalesce(min(waiting.count_open), 0),
            count(*) filter (
                where part = 'rest' and status = 'rejected' and not is_retried
                    and not is_taken_back
            ),
            coalesce(min(set_aside), '')
        from told
        left join reasons using (source_id)
        left join waiting using (source_id)
        group by source_id
        order by source_id
        """,
        {"taken_back": TAKEN_BACK},
    ).fetchall()
    return [SourceLine(*row) for row in rows]


def campaigns(
    connection: Connection, reports: Sequence[PublicationReport] = ()
) -> list[CampaignLine]:
    """Return one line for each campaign of the last run; `reports` tell what publishing came to."""
    rows = connection.execute(
        """
        with lists as (
            select distinct on (campaign_id, call_date)
                campaign_id, call_date, list_id, run_id, status, count_rows
            from ledger.current_publications
            order by campaign_id, call_date, status = 'published' desc, edition desc
        ),
        removed as (
            select list_id, count(distinct subject_id) as count_removed
            from ledger.publication_removals
            group by list_id
        ),
        last_run as (
            select run_id
            from ledger.decision_runs
            inner join ledger.decision_totals using (run_id)
            where mode = 'daily'
            order by seq desc
            limit 1
        )
        select
            funnel.campaign_id, funnel.call_date, funnel.count_candidates, funnel.count_callable,
            funnel.count_blocked, funnel.count_undetermined,
            coalesce(lists.count_rows - coalesce(removed.count_removed, 0), 0)::bigint,
            coalesce(lists.status, 'none'),
            lists.run_id is distinct from (select run_id from last_run)
        from marts.call_funnel as funnel
        left join lists using (campaign_id, call_date)
        left join removed on lists.list_id = removed.list_id
        order by funnel.campaign_id
        """
    ).fetchall()
    reported = {one.campaign_id: one for one in reports}
    lines = []
    for *facts, is_earlier in rows:
        line = CampaignLine(*facts)
        report = reported.get(line.campaign_id)
        if report and report.status == "refused":
            status = report_state(connection, report)
        elif line.list_status == "published" and is_earlier and not report:
            told = "published by an earlier run, nothing by this one"
            status = list_state(connection, line.campaign_id, told)
        else:
            status = list_state(connection, line.campaign_id, line.list_status)
        lines.append(replace(line, list_status=status))
    return lines


def report_state(connection: Connection, report: PublicationReport) -> str:
    """Say what publishing came to, and what is out all the same when it was refused."""
    if report.status != "refused":
        return list_state(connection, report.campaign_id, report.status)
    told = f"REFUSED ({report.why})"
    for one in lists_out(connection, report.campaign_id):
        told += f"; edition {one.edition} of {one.call_date}, published before, is still out"
    return list_state(connection, report.campaign_id, told)


def list_state(connection: Connection, campaign_id: str, status: str) -> str:
    """Say how a campaign's list stands: its status, and since when and why it is stopped."""
    stopped = stop_of(connection, campaign_id)
    if stopped is None:
        return status
    return str(stopped) if status in {"none", "stopped"} else f"{status}; {stopped}"


def all_reasons(connection: Connection) -> list[tuple[str, str, int, int, str]]:
    """Return (verdict, code, candidates, of these as the first one, sentence), largest first.

    Every reason of the last run. A candidate may have several, so they add up to more than there
    are candidates; those that are first add up to all that are not callable.
    """
    rows = connection.execute(
        """
        select
            codes.verdict, told.reason_code, count(*),
            count(*) filter (where told.reason_code = decisions.first_reason_code), codes.sentence
        from marts.call_decisions as decisions
        cross join unnest(decisions.reason_codes) as told (reason_code)
        inner join staging.reason_codes as codes on told.reason_code = codes.reason_code
        where decisions.verdict <> 'callable'
        group by 1, 2, 5
        order by 3 desc, 2
        """
    ).fetchall()
    return [
        (str(verdict), str(code), int(count), int(first), str(text))
        for verdict, code, count, first, text in rows
    ]
