"""Stage the rows of a list, have them checked at the door, and put them on record as prepared.

The rows are copied once, with their call references, into `landing.outgoing_<campaign>`: what the
door checked is then byte for byte what is written, whatever is rebuilt in between. From the
`prepared` row on, a recall finds the list.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg import Connection, sql

from ringfence import clock
from ringfence.database import held
from ringfence.errors import Refusal
from ringfence.keys import Keys
from ringfence.publish import facts
from ringfence.publish.diallers import formats_of
from ringfence.publish.model import (
    Campaign,
    CheckOutgoing,
    OnStep,
    Prepared,
    Run,
    Step,
    outgoing_table,
)
from ringfence.publish.superseding import superseded_of
from ringfence.publish.taken_back import check_nothing_was_retracted
from ringfence.registers.in_force import register
from ringfence.settings import Settings
from ringfence.signing import canonical_json

CHUNK_ROWS = 50_000
CALLABLE = """
    from marts.call_decisions
    where campaign_id = %(campaign)s and run_id = %(run)s and verdict = 'callable'
"""
OUTGOING = sql.SQL(
    """
    create unlogged table {table} as
    select
        decisions.subject_id, decisions.decision_id, call_refs.call_ref,
        points.e164 as phone, leads.title, leads.first_name, leads.last_name, leads.company,
        leads.postcode, leads.city, decisions.country_code as country, leads.language,
        decisions.ground, coalesce(sources.title, leads.source_id) as source,
        decisions.call_start_local as call_window_start,
        decisions.call_end_local as call_window_end, decisions.timezone,
        decisions.call_windows, (
            select string_agg(
                to_char(lower(one) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || '/'
                || to_char(upper(one) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                ';' order by lower(one)
            )
            from unnest(decisions.call_windows_utc) as one
        ) as call_windows_utc,
        decisions.valid_until, decisions.campaign_id, decisions.controller_id,
        decisions.known_as_of, decisions.verdict
    from marts.call_decisions as decisions
    inner join {refs} as call_refs using (subject_id)
    inner join landing.lead_records as leads
        on decisions.presenting_record_id = leads.record_id
    cross join lateral (
        select e164
        from landing.lead_contact_points
        where record_id = leads.record_id and subject_id = decisions.subject_id
            and e164 is not null
        order by position
        limit 1
    ) as points
    left join jsonb_to_recordset({sources}) as sources (source_id text, title text)
        on leads.source_id = sources.source_id
    where decisions.campaign_id = {campaign} and decisions.run_id = {run}
        and decisions.verdict = 'callable'
    """
)


def prepare(
    settings: Settings,
    connection: Connection,
    keys: Keys,
    run: Run,
    campaign: Campaign,
    check: CheckOutgoing,
    on_step: OnStep,
) -> Prepared:
    """Return the next edition of a campaign's list, prepared and committed; raises Refusal."""
    prepared = stage(connection, keys, run, campaign, next_edition(connection, run, campaign))
    on_step(Step.STAGED)
    check_door(settings, connection, prepared, check)
    on_step(Step.CHECKED)
    with connection.transaction():
        connection.execute(
            """
            insert into ledger.publications (
                list_id, status, campaign_id, call_date, run_id, edition, count_rows, valid_until,
                recorded_at
            )
            values (%s, 'prepared', %s, %s, %s, %s, %s, %s, ledger.now())
            """,
            [
                prepared.list_id,
                campaign.campaign_id,
                run.call_date,
                run.run_id,
                prepared.edition,
                prepared.count_rows,
                prepared.valid_until,
            ],
        )
        connection.execute(
            sql.SQL(
                """
                insert into ledger.publication_rows (list_id, subject_id, decision_id, call_ref)
                select %s, subject_id, decision_id, call_ref from {}
                """
            ).format(_outgoing(campaign)),
            [prepared.list_id],
        )
    on_step(Step.PREPARED)
    return prepared


def stage(
    connection: Connection,
    keys: Keys,
    run: Run,
    campaign: Campaign,
    edition: int,
    list_id: UUID | None = None,
) -> Prepared:
    """Copy the callable rows aside; they must be exactly those that the run counted.

    `list_id` is that of a list they are compared with; a list that is to leave has one of its own.
    """
    with held(connection, "decide", shared=True), connection.transaction():
        facts.check_marts_are_of(connection, run)
        if superseded_of(connection, run, campaign) is None:
            check_nothing_was_retracted(connection, run)
        funnel = facts.funnel_of(connection, run, campaign.campaign_id)
        registers = facts.registers_of(connection, run, campaign.campaign_id)
        overlays = facts.overlays_of(connection, run, campaign.campaign_id)
        list_id = list_id or _list_id(connection, run, campaign, edition)
        table = _make_outgoing(connection, keys, run, campaign, list_id)
        row = connection.execute(
            sql.SQL("select count(*), min(valid_until) from {}").format(table)
        ).fetchone()
        count, valid_until = row or (0, None)
        if count != funnel.count_callable:
            raise Refusal(
                f"The run counted {funnel.count_callable:,} callable rows; {count:,} can be"
                " written.",
                where=f"{campaign.campaign_id}, run {run.run_id}",
                remedy=facts.DECIDE,
            )
        for dialler in formats_of(campaign.dialler):
            dialler.check_size(count)
        valid_until = valid_until or _end_of_day(run, campaign)
        if valid_until <= clock.now(connection):
            raise Refusal(
                "The time of these rows has run out.",
                where=f"{campaign.campaign_id}, run {run.run_id}",
                remedy=facts.DECIDE,
            )
    return Prepared(
        list_id, run, campaign, edition, count, valid_until, funnel, registers, overlays
    )


def check_door(
    settings: Settings, connection: Connection, prepared: Prepared, check: CheckOutgoing
) -> None:
    """Have the staged rows checked; what is turned away is dropped. Raises Refusal."""
    campaign_id = prepared.campaign.campaign_id
    word = check(settings, prepared.outgoing, list_id=prepared.list_id, campaign_id=campaign_id)
    if not word.is_passed:
        drop_outgoing(connection, prepared.campaign)
        raise Refusal(
            f"The door check of the list failed: {'; '.join(f.message for f in word.failures)}",
            where=campaign_id,
            remedy="the site's page on door checks shows which; nothing left the house",
        )


def next_edition(connection: Connection, run: Run, campaign: Campaign) -> int:
    """Return 1 for the day's first list of a campaign; voided lists keep their number."""
    row = connection.execute(
        "select coalesce(max(edition), 0) + 1 from ledger.publications"
        " where campaign_id = %s and call_date = %s",
        [campaign.campaign_id, run.call_date],
    ).fetchone()
    return int(row[0]) if row else 1


def drop_outgoing(connection: Connection, campaign: Campaign) -> None:
    """Drop a campaign's staged rows; a crash may have left them."""
    connection.execute(sql.SQL("drop table if exists {}").format(_outgoing(campaign)))


def call_ref(keys: Keys, list_id: UUID, subject_id: UUID) -> str:
    """Return the 16 base32 characters that a dialler gives back; unique a list, blind to others."""
    digest = keys.derive("call_ref", list_id.bytes + subject_id.bytes)
    return base64.b32encode(digest[:10]).decode()


def _list_id(connection: Connection, run: Run, campaign: Campaign, edition: int) -> UUID:
    """Derive the id from what two homes of the same day share: no run id, no instant."""
    row = connection.execute(
        "select sha256(coalesce(string_agg(uuid_send(decision_id), ''::bytea"
        f" order by decision_id), '')) {CALLABLE}",
        {"campaign": campaign.campaign_id, "run": run.run_id},
    ).fetchone()
    decisions = bytes(row[0]).hex() if row else ""
    told = canonical_json(
        ["call list", campaign.campaign_id, run.call_date.isoformat(), edition, decisions]
    )
    return UUID(bytes=hashlib.sha256(told).digest()[:16])


def _make_outgoing(
    connection: Connection, keys: Keys, run: Run, campaign: Campaign, list_id: UUID
) -> sql.Identifier:
    table, refs = _outgoing(campaign), _outgoing(campaign, "_refs")
    connection.execute(sql.SQL("drop table if exists {}").format(table))
    connection.execute(
        sql.SQL("create unlogged table {} (subject_id uuid, call_ref text)").format(refs)
    )
    into = sql.SQL("copy {} (subject_id, call_ref) from stdin").format(refs)
    for subjects in _callable_subjects(connection, run, campaign):
        with connection.cursor().copy(into) as copy:
            for subject_id in subjects:
                copy.write_row((subject_id, call_ref(keys, list_id, subject_id)))
    connection.execute(sql.SQL("analyze {}").format(refs))
    sources = register(connection, "sources", run.known_as_of)
    connection.execute(
        OUTGOING.format(
            table=table,
            refs=refs,
            sources=sql.Literal(canonical_json(sources).decode()) + sql.SQL("::jsonb"),
            campaign=sql.Literal(campaign.campaign_id),
            run=sql.Literal(run.run_id),
        )
    )
    connection.execute(sql.SQL("drop table {}").format(refs))
    connection.execute(sql.SQL("create unique index on {} (subject_id)").format(table))
    connection.execute(sql.SQL("analyze {}").format(table))
    return table


def _callable_subjects(
    connection: Connection, run: Run, campaign: Campaign
) -> Iterator[list[UUID]]:
    """Yield the subjects chunk by chunk, so that a long list needs no long memory."""
    with connection.cursor(name="callable_subjects") as cursor:
        cursor.execute(
            f"select subject_id {CALLABLE}",
            {"campaign": campaign.campaign_id, "run": run.run_id},
        )
        while rows := cursor.fetchmany(CHUNK_ROWS):
            yield [subject_id for (subject_id,) in rows]


def _end_of_day(run: Run, campaign: Campaign) -> datetime:
    """Return the end of the call date: what an empty list is valid until."""
    tomorrow = run.call_date + timedelta(days=1)
    return datetime.combine(tomorrow, time(), ZoneInfo(campaign.timezone))


def _outgoing(campaign: Campaign, ending: str = "") -> sql.Identifier:
    return sql.Identifier(*f"{outgoing_table(campaign.campaign_id)}{ending}".split("."))
