"""Keep the batch rows: identity, attempts, rejection, and what a crash left behind."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from ringfence import clock
from ringfence.counted import counted
from ringfence.errors import RejectedBatch
from ringfence.keys import Keys
from ringfence.landing import incoming

NOT_TAKEN = ""
"""Stands for the hash of what could not be copied aside."""

TAKEN_BACK = "already_retracted"
UNHEARD = "file_not_matched"
"""The code of what lies in a folder of objections and is read by nobody."""
NAME_IT = "put the file itself there, by a name that `delivery.pattern` fits"
"""What to do about it."""

HEARD = """
    (
        good.status in ('accepted', 'reconfirmed')
        or good.retracted_at > %(at)s
        or (
            good.status = 'retracted'
            and not exists (
                select from landing.batches as stops
                where stops.source_id = good.source_id and stops.file_sha256 = good.file_sha256
                    and stops.part = 'stops' and stops.retracted_at <= %(at)s
            )
        )
    )
"""
"""Of a delivery `good`: its bytes were read, and their stops are not taken back at an instant."""

_IN_FORCE = """
    (
        batches.status = 'accepted'
        or (
            batches.status = 'reconfirmed'
            and exists (
                select from landing.batches as landed
                where landed.source_id = batches.source_id
                    and landed.file_sha256 = batches.file_sha256
                    and landed.mapping_sha256 = batches.mapping_sha256
                    and landed.part = 'rest' and landed.status = 'accepted'
            )
        )
    )
"""
"""Of a delivery: its rows count. One that was only sent once more counts with the rows it names."""


DISMISSED = "dismiss_unread_stops"
"""The action of somebody who looked into an unread delivery and found nobody stopped in it."""


def is_dismissed(of: str, at: str = "'infinity'") -> str:
    """Return the condition that a word was given by an instant about the bytes of a batch `of`.

    It counts for every attempt at these bytes of that source. Of what was never copied aside
    nobody knows the bytes: it counts for what came under that name until then.
    """
    return f"""
        exists (
            select from ledger.audit_events as word
            inner join landing.batches as looked_at on word.object_id = looked_at.batch_id::text
            where word.action = '{DISMISSED}' and word.recorded_at <= {at}
                and looked_at.source_id = {of}.source_id
                and (
                    looked_at.batch_id = {of}.batch_id
                    or (
                        looked_at.file_sha256 = {of}.file_sha256
                        and (
                            {of}.file_sha256 <> '{NOT_TAKEN}'
                            or (
                                looked_at.name_hash = {of}.name_hash
                                and looked_at.received_at > {of}.received_at
                            )
                        )
                    )
                )
        )
    """


@dataclass(frozen=True)
class Identity:
    """Name a delivery: the same four facts are the same delivery, whoever brings it."""

    source_id: str
    file_sha256: str
    published_at: datetime | None
    mapping_sha256: str

    def batch_id(self, part: str, attempt: int) -> UUID:
        told = json.dumps(
            [
                self.source_id,
                self.file_sha256,
                self.published_at.isoformat() if self.published_at else None,
                self.mapping_sha256,
                part,
                attempt,
            ]
        )
        return UUID(bytes=hashlib.sha256(told.encode()).digest()[:16])


def name_hash(keys: Keys, name: str) -> bytes:
    """Return what tells a later delivery of a name; the name itself may be about somebody."""
    return keys.derive("delivery name", os.fsencode(name))


@dataclass
class BatchReport:
    """Tell what one delivery came to; counts and codes only, fit for a log or an XCom."""

    batch_id: str
    source_id: str
    status: str
    rows_read: int = 0
    rows_landed: int = 0
    rows_quarantined: int = 0
    count_stops: int = 0
    count_unmatched: int = 0
    entries: dict[str, int] = field(default_factory=dict)
    reason_code: str | None = None
    reason: str | None = None


def accepted_rest(connection: Connection, identity: Identity) -> UUID | None:
    """Return the accepted batch of this identity, its stops apart."""
    row = connection.execute(
        f"""
        select batch_id from landing.batches
        where source_id = %s and file_sha256 = %s and mapping_sha256 = %s
            and published_at is not distinct from %s and part = 'rest'
            and {_IN_FORCE}
        order by accepted_at limit 1
        """,
        [
            identity.source_id,
            identity.file_sha256,
            identity.mapping_sha256,
            identity.published_at,
        ],
    ).fetchone()
    return row[0] if row else None


def accepted_stops(connection: Connection, identity: Identity) -> list[UUID]:
    """Return every part in which stops of these bytes, read in this way, were accepted.

    They are several when an attempt broke off after some of them, or when they were said again.
    """
    rows = connection.execute(
        """
        select batch_id from landing.batches
        where source_id = %s and file_sha256 = %s and mapping_sha256 = %s
            and part = 'stops' and status = 'accepted'
        """,
        [identity.source_id, identity.file_sha256, identity.mapping_sha256],
    ).fetchall()
    return [batch_id for (batch_id,) in rows]


def retracted_batch(connection: Connection, identity: Identity) -> UUID | None:
    """Return the batch of these bytes that was taken back, whatever the mapping was then."""
    row = connection.execute(
        """
        select batch_id from landing.batches
        where source_id = %s and file_sha256 = %s and part = 'rest' and status = 'retracted'
        order by retracted_at desc limit 1
        """,
        [identity.source_id, identity.file_sha256],
    ).fetchone()
    return row[0] if row else None


def taken_back(label: str) -> RejectedBatch:
    """Return why bytes that are sent once more stay out: their leads and grants were retracted."""
    return RejectedBatch(
        "These bytes were taken back; what is sent once more of them is their stops alone.",
        code=TAKEN_BACK,
        where=label,
        remedy="nothing, or `./ringfence ingest SOURCE --again` to land the rest once more",
    )


def latest_accepted_content(connection: Connection, identity: Identity) -> UUID | None:
    """Return the source's newest accepted `rest`, if it is these same bytes published earlier."""
    row = connection.execute(
        f"""
        select batch_id, file_sha256, mapping_sha256, published_at
        from landing.batches
        where source_id = %s and part = 'rest' and {_IN_FORCE}
        order by accepted_at desc limit 1
        """,
        [identity.source_id],
    ).fetchone()
    if not row or row[1:3] != (identity.file_sha256, identity.mapping_sha256):
        return None
    is_later = identity.published_at and row[3] and identity.published_at > row[3]
    return row[0] if is_later else None


def open_batch(
    connection: Connection,
    identity: Identity,
    controller_id: str,
    part: str,
    *,
    delivery_id: UUID | None = None,
    name_hash: bytes | None = None,
    label: str | None = None,
    modified_at: datetime | None = None,
    may_stop: bool = False,
) -> UUID:
    """Insert a `received` row for the next attempt at this part and return its batch id.

    An earlier attempt at the same file that was rejected is marked as retried, whatever the mapping
    was then: it stays on record, and only the last one is counted.

    `label` is the file's name as it may stand in a message.
    `delivery_id` is the batch id of the `rest` that a `stops` part was split from, `modified_at`
    the file's own time; it was not sent later than it is received. Of one that `may_stop` nothing
    is known until it is read: lists wait if nobody goes on reading it.
    """
    row = connection.execute(
        "select count(*) from landing.batches where source_id = %s and file_sha256 = %s"
        " and mapping_sha256 = %s and published_at is not distinct from %s and part = %s",
        [
            identity.source_id,
            identity.file_sha256,
            identity.mapping_sha256,
            identity.published_at,
            part,
        ],
    ).fetchone()
    batch_id = identity.batch_id(part, int(row[0]) if row else 0)
    with connection.transaction():
        connection.execute(
            "update landing.batches set is_retried = true where source_id = %(source)s"
            " and file_sha256 = %(sha256)s and part = %(part)s and status = 'rejected'"
            " and not is_retried"
            " and (file_sha256 <> %(not_taken)s or name_hash is not distinct from %(name)s)",
            {
                "source": identity.source_id, "sha256": identity.file_sha256, "part": part,
                "not_taken": NOT_TAKEN, "name": name_hash,
            },
        )  # fmt: skip
        now = clock.now(connection)
        connection.execute(
            """
            insert into landing.batches (
                batch_id, delivery_id, part, source_id, controller_id, file_sha256, mapping_sha256,
                published_at, name_hash, file_modified_at, sent_at, has_unread_stops, status,
                received_at, file_label
            )
            values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'received', %s, %s)
            """,
            [
                batch_id, delivery_id or batch_id, part, identity.source_id, controller_id,
                identity.file_sha256, identity.mapping_sha256, identity.published_at, name_hash,
                modified_at, min(modified_at, now) if modified_at else None, may_stop, now,
                label,
            ],
        )  # fmt: skip
        connection.execute(
            "update landing.batches set has_unread_stops = false"
            f" where batch_id = %s and has_unread_stops and {is_dismissed('batches')}",
            [batch_id],
        )
    return batch_id


def reject_batch(
    connection: Connection,
    batch_id: UUID,
    code: str,
    reason: str,
    *,
    rows_read: int = 0,
    has_unread_stops: bool = False,
) -> None:
    """Mark a batch rejected and drop what was waiting; its row stays as the record of it."""
    with connection.transaction():
        incoming.drop(connection, batch_id)
        connection.execute(
            f"""
            update landing.batches
            set status = 'rejected', reason_code = %s, reason = %s, rows_read = %s,
                has_unread_stops = %s and not {is_dismissed("batches")}
            where batch_id = %s and status = 'received'
            """,
            [code, reason, rows_read, has_unread_stops, batch_id],
        )


def was_dismissed(connection: Connection, batch_id: UUID) -> bool:
    """Tell whether somebody looked into the bytes of a batch and found nobody stopped in them."""
    row = connection.execute(
        f"select {is_dismissed('batches')} from landing.batches where batch_id = %s", [batch_id]
    ).fetchone()
    return bool(row and row[0])


def stops_are_read(connection: Connection, batch_id: UUID) -> None:
    """Note that a delivery was read to its end and every stop in it has been accepted."""
    connection.execute(
        "update landing.batches set has_unread_stops = false where batch_id = %s", [batch_id]
    )


def sweep(connection: Connection, source_id: str) -> int:
    """Reject what an interrupted run left as `received`; the caller holds the source's lock.

    Whether its stops had been read by then stays as it is.
    """
    left = connection.execute(
        "select batch_id, has_unread_stops from landing.batches"
        " where source_id = %s and status = 'received'",
        [source_id],
    ).fetchall()
    for batch_id, has_unread_stops in left:
        reject_batch(
            connection,
            batch_id,
            "interrupted",
            "The run that was loading it ended.",
            has_unread_stops=has_unread_stops,
        )
    return len(left)


def summary_of_batches(reports: list[BatchReport]) -> str:
    """Say in a few words what a source's deliveries came to."""
    if not reports:
        return "nothing waits"
    return "; ".join(_one(report) for report in reports)


def _one(report: BatchReport) -> str:
    if report.status == "already_accepted":
        return "already accepted"
    stops = _stops(report)
    if report.status == TAKEN_BACK:
        return f"was retracted; `ingest --again` would land it once more{stops}"
    if report.status == "dismissed":
        return f"dismissed ({report.reason_code}), and still lies there; nobody waits for it{stops}"
    if report.status == "rejected":
        what, *rest = (report.reason or "no reason told").splitlines()
        more = "; ".join(" ".join(line.split()) for line in rest)
        told = f"{what} ({more})" if more else what
        return f"REJECTED ({report.reason_code}): {told}{stops or ', 0 stops'} kept"
    quarantined = f", {report.rows_quarantined:,} quarantined" if report.rows_quarantined else ""
    return (
        f"{report.status}: {report.rows_landed:,} of {counted(report.rows_read, 'row')}"
        f"{quarantined}{stops}"
    )


def _stops(report: BatchReport) -> str:
    told = ""
    if count := report.count_stops:
        told += f", {counted(count, 'stop')}"
    if count := report.count_unmatched:
        told += f", {count:,} unmatched {'stop waits' if count == 1 else 'stops wait'} for you"
    return told
