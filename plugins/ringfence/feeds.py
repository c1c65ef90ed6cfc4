"""Tell which sources have fallen silent: nothing came for longer than their register says.

An empty delivery is a word, silence is none (LAW.md 3): nobody can tell a source without objections
from one that is broken. Where objections come from, silence therefore holds the lists back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection

from ringfence.database import is_held
from ringfence.landing.batches import (
    DISMISSED,
    HEARD,
    NAME_IT,
    NOT_TAKEN,
    TAKEN_BACK,
    UNHEARD,
    is_dismissed,
)
from ringfence.registers.in_force import joint_controllers, register
from ringfence.registers.sources import STOPS

LATE = 1.1  # of `expected_every`: a sender's clock is not ours


@dataclass(frozen=True)
class Feed:
    """Tell whether a source that is expected regularly has spoken in time."""

    source_id: str
    controller_id: str
    brings_stops: bool
    expected_every: timedelta
    received_at: datetime | None
    is_overdue: bool


@dataclass(frozen=True)
class Unread:
    """Name a delivery that may hold stops and could not be read to its end, by its last attempt.

    What was read of it later may have been taken back, its stops included.
    """

    controller_id: str
    source_id: str
    batch_id: UUID
    is_answer_taken_back: bool = False
    label: str | None = None
    reason_code: str | None = None

    def __str__(self) -> str:
        return ", ".join(filter(None, (f"source {self.source_id}", self.label, self.batch)))

    @property
    def batch(self) -> str:
        return f"batch {self.batch_id}"

    @property
    def remedy(self) -> str:
        """Say what lets lists leave again, a dismissal apart."""
        if self.is_answer_taken_back:
            return (
                f"what was read of it is taken back: `./ringfence ingest {self.source_id} --again`"
                " lands it once more"
            )
        if self.reason_code == UNHEARD:
            return f"{NAME_IT}, or take it out"
        return "mend that file, keep its name, ingest the source again"


def feeds(
    sources: Iterable[Mapping[str, Any]], received: Mapping[str, datetime], now: datetime
) -> list[Feed]:
    """Return every source with an `expected_every`, overdue ones first, then those of stops.

    `sources` are the rows of `ledger.config_versions`; `received` tells when each last delivered.
    """
    found = []
    for source in sources:
        if not source.get("expected_every"):
            continue
        every = timedelta(seconds=float(source["expected_every"]))
        last = received.get(source["source_id"])
        found.append(
            Feed(
                source["source_id"],
                str(source.get("controller")),
                bool(STOPS & set(source.get("emits") or ())),
                every,
                last,
                last is None or now - last > every * LATE,
            )
        )
    return sorted(found, key=lambda one: (not one.is_overdue, not one.brings_stops, one.source_id))


def last_received(connection: Connection, known_as_of: datetime) -> dict[str, datetime]:
    """Return by source when it had last delivered anything that was accepted, as of an instant."""
    return dict(
        connection.execute(
            """
            select source_id, max(accepted_at)
            from landing.batches
            where accepted_at <= %(at)s
                and (status in ('accepted', 'reconfirmed') or retracted_at > %(at)s)
            group by source_id
            """,
            {"at": known_as_of},
        ).fetchall()
    )


def unread_deliveries(connection: Connection, known_as_of: datetime) -> list[Unread]:
    """Return the deliveries that may hold stops and could not be read, first received first.

    Each is told once, by the newest attempt at its bytes that was turned away.

    What ends it is that delivery itself: the same bytes read later to their end; where those were
    damaged, a mended file of the same name with no fewer rows; where they were never had, one of
    that name that has rows. What no pattern fits is read as the same bytes alone, or as the file a
    transfer became. Or somebody who looked at it dismisses it. One that is being read at this
    moment is accepted in time or found by the recall; one whose reader is gone is unread. What was
    read stays so when it is taken back, as long as its stops are not.
    """
    rows = connection.execute(
        f"""
        select unread.controller_id, unread.source_id,
            coalesce(newest.batch_id, unread.batch_id),
            exists (
                select from landing.batches as gone
                where gone.source_id = unread.source_id and gone.part = 'rest'
                    and gone.retracted_at <= %(at)s and gone.received_at > unread.received_at
                    and (
                        gone.file_sha256 = unread.file_sha256 or gone.name_hash = unread.name_hash
                    )
            ),
            coalesce(newest.file_label, unread.file_label),
            coalesce(newest.reason_code, unread.reason_code),
            unread.status, unread.file_sha256,
            case when unread.file_sha256 = %(not_taken)s then unread.name_hash end
        from landing.batches as unread
        left join lateral (
            select attempt.batch_id, attempt.file_label, attempt.reason_code
            from landing.batches as attempt
            where attempt.source_id = unread.source_id and attempt.part = 'rest'
                and attempt.file_sha256 = unread.file_sha256
                and (
                    attempt.file_sha256 <> %(not_taken)s
                    or attempt.name_hash = unread.name_hash
                )
                and attempt.status in ('received', 'rejected') and attempt.received_at <= %(at)s
            order by attempt.received_at desc
            limit 1
        ) as newest on true
        where unread.received_at <= %(at)s
            and (
                unread.has_unread_stops
                or exists (
                    select from ledger.audit_events as dismissed
                    where dismissed.action = %(dismissed)s and dismissed.recorded_at > %(at)s
                        and (
                            dismissed.object_id = unread.batch_id::text
                            or dismissed.details -> 'attempts' ? unread.batch_id::text
                        )
                )
            )
            and not {is_dismissed("unread", "%(at)s")}
            and not exists (
                select from landing.batches as good
                where good.source_id = unread.source_id and good.part = 'rest'
                    and good.accepted_at <= %(at)s
                    and {HEARD}
                    and good.received_at > unread.received_at
                    and (
                        (
                            good.file_sha256 = unread.file_sha256
                            and unread.file_sha256 <> %(not_taken)s
                        )
                        or good.batch_id = unread.answered_by
                        or (
                            good.name_hash = unread.name_hash
                            and unread.reason_code is distinct from %(unheard)s
                            and (
                                (
                                    unread.file_sha256 = %(not_taken)s
                                    -- A query is asked anew; a file without a row says nothing.
                                    and (
                                        good.sent_at is null
                                        or exists (
                                            select from landing.batches as told
                                            where told.source_id = good.source_id
                                                and told.file_sha256 = good.file_sha256
                                                and told.part = 'rest' and told.rows_read > 0
                                        )
                                    )
                                )
                                or (
                                    unread.status = 'rejected'
                                    and unread.reason_code <> 'interrupted'
                                    and good.status <> 'reconfirmed'
                                    and good.rows_read >= greatest(unread.rows_read, 1)
                                )
                            )
                        )
                    )
            )
            and not exists (
                -- Of bytes that were taken back the stops are read when they are sent once more.
                select from landing.batches as taken_back
                inner join ledger.audit_events as ended
                    on ended.object_id = taken_back.batch_id::text
                where taken_back.source_id = unread.source_id
                    and taken_back.file_sha256 = unread.file_sha256
                    and taken_back.part = 'rest'
                    and taken_back.reason_code = %(taken_back)s
                    and taken_back.received_at > unread.received_at
                    and ended.action = 'reject' and ended.recorded_at <= %(at)s
            )
        order by unread.received_at
        """,
        {
            "at": known_as_of, "not_taken": NOT_TAKEN, "unheard": UNHEARD,
            "taken_back": TAKEN_BACK, "dismissed": DISMISSED,
        },
    ).fetchall()  # fmt: skip
    found: dict[tuple[object, ...], Unread] = {}
    for controller, source, batch, is_taken_back, label, code, status, *file in rows:
        if status == "received" and is_held(connection, f"ingest:{source}"):
            continue
        before = found.get((source, *file))
        found[source, *file] = Unread(
            controller,
            source,
            batch,
            is_taken_back or bool(before and before.is_answer_taken_back),
            label,
            code,
        )
    return list(found.values())


def silent_feeds(connection: Connection, known_as_of: datetime) -> dict[str, list[str]]:
    """Return by controller the sources whose objections could not all be heard at an instant.

    A stop to one joint controller binds all, so the silence of one's source does too.
    """
    sources = register(connection, "sources", known_as_of)
    received = last_received(connection, known_as_of)
    silent: dict[str, set[str]] = {}
    for feed in feeds(sources, received, known_as_of):
        if feed.is_overdue and feed.brings_stops:
            silent.setdefault(feed.controller_id, set()).add(feed.source_id)
    for unread in unread_deliveries(connection, known_as_of):
        silent.setdefault(unread.controller_id, set()).add(unread.source_id)
    reached: dict[str, set[str]] = {}
    for controller, found in silent.items():
        for joint in joint_controllers(connection, controller, known_as_of):
            reached.setdefault(joint, set()).update(found)
    return {controller: sorted(found) for controller, found in reached.items()}


def in_words(span: timedelta) -> str:
    """Return a span in the largest unit that says it exactly: `day`, `2 days`, `90 minutes`."""
    minutes = int(span.total_seconds() // 60)
    for unit, size in (("day", 1440), ("hour", 60)):
        if minutes >= size and minutes % size == 0:
            count = minutes // size
            return unit if count == 1 else f"{count} {unit}s"
    return f"{minutes} minutes"
