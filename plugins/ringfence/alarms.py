"""Look for what somebody should be told: ids, counts and times only.

    batch_rejected            a delivery was turned away at the door
    source_silent             nothing new for longer than its register says (`expected_every`)
    register_goes_stale       a do-not-call register nears the end of its life, or was never loaded
    registers_faulty          a source, campaign or other entry is left out for its faults
    no_list_by_cut_off        half an hour after a campaign's cut-off there is no list for the day
    callable_share_off_median a campaign's callable share left the band around its last seven days

Telling is `notify`'s business, which keeps each alarm as an audit event and repeats none for
twenty hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from psycopg import Connection

from ringfence import clock
from ringfence.feeds import feeds, in_words, last_received
from ringfence.registers.campaigns import Campaign, load_campaigns
from ringfence.registers.content import source_content
from ringfence.registers.load import check_registers
from ringfence.registers.official import fresh_until, holder_of, rules_in_force
from ringfence.registers.sources import Source, load_sources
from ringfence.settings import Settings
from ringfence.stops import stop_reason

if TYPE_CHECKING:
    from ringfence.landing.batches import BatchReport

AFTER_CUT_OFF = timedelta(minutes=30)
BEFORE_STALE = timedelta(days=3)  # at most; a fifth of a short life
BAND = 0.25  # of the median
LEAST_DAYS = 3  # before a median means anything


class AlarmKind(StrEnum):
    """Name what somebody should be told; the string is the audit event's action."""

    BATCH_REJECTED = "alarm_batch_rejected"
    SOURCE_SILENT = "alarm_source_silent"
    REGISTER_GOES_STALE = "alarm_register_goes_stale"
    REGISTERS_FAULTY = "alarm_registers_faulty"
    NO_LIST = "alarm_no_list_by_cut_off"
    SHARE_OFF_MEDIAN = "alarm_callable_share_off_median"
    UNCHECKED = "alarm_alarms_not_checked"


@dataclass(frozen=True, slots=True)
class Alarm:
    """Say what is the matter with which object."""

    kind: AlarmKind
    object_kind: str
    object_id: str
    sentence: str


def of_rejected(reports: Iterable[BatchReport]) -> list[Alarm]:
    """Return one alarm for each source with a rejected delivery among `reports`."""
    codes: dict[str, set[str]] = {}
    for report in reports:
        if report.status == "rejected":
            codes.setdefault(report.source_id, set()).add(report.reason_code or "unknown")
    return [
        Alarm(
            AlarmKind.BATCH_REJECTED,
            "source",
            source_id,
            f"A delivery of `{source_id}` was rejected ({', '.join(sorted(found))});"
            " its stops count all the same.",
        )
        for source_id, found in codes.items()
    ]


def unchecked(dag_id: str) -> Alarm:
    """Return the alarm that says nobody can look for alarms."""
    sentence = "The alarms could not be looked for: is the database there? See the task's log."
    return Alarm(AlarmKind.UNCHECKED, "dag", dag_id, sentence)


def due_alarms(connection: Connection, settings: Settings) -> list[Alarm]:
    """Return every alarm that is due now; a fault in one register does not hide the others."""
    now, mode = clock.now(connection), clock.mode(connection)
    sources, _ = load_sources(settings.registers, mode=mode)
    campaigns, _ = load_campaigns(settings.registers, mode)
    active = [campaign for campaign in campaigns if campaign.active]
    return [
        *_faulty_registers(settings, mode),
        *_silent_sources(connection, sources, now),
        *stale_registers(connection, sources, now),
        *_missing_lists(connection, active, now),
        *_odd_shares(connection, active),
    ]


def _faulty_registers(settings: Settings, mode: str) -> Iterator[Alarm]:
    files: dict[str, int] = {}
    for fault in check_registers(settings.registers, mode):
        name = str(fault.file.relative_to(settings.registers))
        files[name] = files.get(name, 0) + 1
    for name, count in files.items():
        yield Alarm(
            AlarmKind.REGISTERS_FAULTY,
            "register_file",
            name,
            f"`{name}` has {count} fault{'s' if count > 1 else ''}; what they touch is left out."
            " `./ringfence sources check` tells the lines.",
        )


def _silent_sources(
    connection: Connection, sources: Iterable[Source], now: datetime
) -> Iterator[Alarm]:
    rows = [source_content(source) for source in sources]
    for feed in feeds(rows, last_received(connection, now), now):
        if not feed.is_overdue:
            continue
        since = f"since {feed.received_at:%Y-%m-%d %H:%M} UTC" if feed.received_at else "ever"
        held = "; no list of its controller leaves meanwhile" if feed.brings_stops else ""
        yield Alarm(
            AlarmKind.SOURCE_SILENT,
            "source",
            feed.source_id,
            f"Nothing new came from `{feed.source_id}` {since}; it is expected every"
            f" {in_words(feed.expected_every)}{held}.",
        )


def stale_registers(
    connection: Connection, sources: Iterable[Source], now: datetime
) -> Iterator[Alarm]:
    """Yield an alarm for each register; of one that answers controllers, by the oldest answer."""
    published: dict[tuple[str, str], datetime] = {}
    for register_id, controller_id, at in connection.execute(
        "select snapshots.register_id, batches.controller_id, max(snapshots.published_at)"
        " from ledger.register_snapshots as snapshots"
        " inner join landing.batches using (batch_id)"
        " where batches.retracted_at is null group by 1, 2"
    ):
        held = (register_id, holder_of(register_id, controller_id))
        published[held] = max(at, published.get(held, at))
    needed = {
        (source.register, holder_of(source.register, source.controller))
        for source in sources
        if source.register
    }
    for register_id in sorted({register_id for register_id, _ in needed}):
        dates = [published.get(held) for held in needed if held[0] == register_id]
        last = min(filter(None, dates)) if all(dates) else None
        rules = rules_in_force(register_id, now.date())
        if not rules:
            continue
        if last is None:
            sentence = (
                f"The register `{register_id}` has never been loaded; whoever it binds is"
                " undetermined."
            )
        else:
            ends = [fresh_until(rule, last, zone) for rule, zone in rules]
            end = min(one or last for one in ends)
            if end - now > min(BEFORE_STALE, (end - last) / 5):
                continue
            words = (
                ("may be used until", "will then be") if end > now
                else ("went stale on", "has been since")
            )  # fmt: skip
            sentence = (
                f"The register `{register_id}` of {last:%Y-%m-%d} {words[0]}"
                f" {end.astimezone(UTC):%Y-%m-%d %H:%M} UTC; whoever it binds {words[1]}"
                " undetermined."
            )
        yield Alarm(AlarmKind.REGISTER_GOES_STALE, "register", register_id, sentence)


def _missing_lists(
    connection: Connection, campaigns: Iterable[Campaign], now: datetime
) -> Iterator[Alarm]:
    for campaign in campaigns:
        local = now.astimezone(ZoneInfo(campaign.timezone))
        hour, minute = map(int, campaign.cut_off.split(":"))
        cut_off = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
        if local < cut_off + AFTER_CUT_OFF or stop_reason(connection, campaign.campaign_id):
            continue
        call_date = cut_off.astimezone(UTC).date()  # the day that `decide` takes at that instant
        row = connection.execute(
            "select exists (select from ledger.publications"
            " where campaign_id = %s and call_date = %s and status = 'published')",
            [campaign.campaign_id, call_date],
        ).fetchone()
        if row and not row[0]:
            yield Alarm(
                AlarmKind.NO_LIST,
                "campaign",
                campaign.campaign_id,
                f"`{campaign.campaign_id}` has no call list for {call_date};"
                f" its cut-off was {campaign.cut_off} {campaign.timezone}.",
            )


def _odd_shares(connection: Connection, campaigns: Iterable[Campaign]) -> Iterator[Alarm]:
    rows = connection.execute(
        """
        select distinct on (runs.call_date) runs.call_date, totals.totals -> 'campaigns'
        from ledger.decision_runs as runs
        inner join ledger.decision_totals as totals using (run_id)
        where runs.mode = 'daily' and runs.call_date >= (
            select max(call_date) - 7 from ledger.decision_runs
            inner join ledger.decision_totals using (run_id) where mode = 'daily'
        )
        order by runs.call_date desc, runs.seq desc
        """
    ).fetchall()
    for campaign in campaigns:
        shares = {day: _share((counts or {}).get(campaign.campaign_id)) for day, counts in rows}
        known = {day: share for day, share in shares.items() if share is not None}
        sentence = odd_share(known) if rows and rows[0][0] in known else None
        if sentence:
            yield Alarm(
                AlarmKind.SHARE_OFF_MEDIAN,
                "campaign",
                campaign.campaign_id,
                f"Of the candidates of `{campaign.campaign_id}` {sentence}",
            )


def _share(counts: dict[str, int] | None) -> float | None:
    candidates = counts["count_candidates"] if counts else 0
    return counts["count_callable"] / candidates if counts and candidates else None


def odd_share(shares: dict[date, float]) -> str | None:
    """Say how the newest day's share left the band around the median of the seven days before.

    A day that resembles the same weekday a week ago is not odd: nobody is called on Sundays.
    """
    newest = max(shares)
    share, week_ago = shares[newest], shares.get(newest - timedelta(days=7))
    before = [value for day, value in shares.items() if day < newest]
    if len(before) < LEAST_DAYS:
        return None
    usual = median(before)
    if any(abs(share - value) <= BAND * value for value in (usual, week_ago) if value is not None):
        return None
    return f"{share:.1%} are callable on {newest}; the median of its last days is {usual:.1%}."
