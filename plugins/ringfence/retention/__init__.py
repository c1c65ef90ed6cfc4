"""Delete what has outlived its period, and nothing that something else still needs.

plan → batches of rows, each committed with its count → files of lists → receipt, chained and signed

A run that was killed is taken up again: same receipt, same instant, counts added up from the audit
events. Stops are in ledgers that this module never touches, so they outlive the data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from ringfence import clock
from ringfence.audit import record
from ringfence.database import connect, held
from ringfence.keys import load_keys
from ringfence.kinds import NO_STOPS
from ringfence.ledger.checkpoints import write_checkpoint
from ringfence.ledger.roots import seal_receipt
from ringfence.retention.due import ROW_CATEGORIES, RowCategory
from ringfence.retention.list_files import clear, due_folders
from ringfence.retention.periods import Period, days, load_periods
from ringfence.settings import Settings

__all__ = ["CategoryPlan", "Receipt", "RetentionPlan", "apply", "load_periods", "plan"]

BATCH_ROWS = 10_000
ACTOR = "enforce_retention"
OnBatch = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class CategoryPlan:
    """Count what is due in one category, and what stays although its time is over."""

    category: str
    count_due: int
    count_kept: int
    why_kept: str


@dataclass(frozen=True, slots=True)
class RetentionPlan:
    """Hold what a run at this instant would delete."""

    planned_for: datetime
    categories: tuple[CategoryPlan, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """Prove what was deleted: counts by category."""

    receipt_id: UUID
    planned_for: datetime
    totals: dict[str, int]
    finished_at: datetime


def plan(settings: Settings) -> RetentionPlan:
    """Return per category what is due, what stays and why; changes nothing."""
    periods = load_periods()
    with connect(settings, name="retention plan", autocommit=True) as connection:
        now = clock.now(connection)
        found = [_plan_rows(connection, one, periods, now) for one in ROW_CATEGORIES]
        folders = due_folders(connection, now, days(periods, "list_file"))
        files = sum(len(folder.files(settings)) for folder in folders)
    return RetentionPlan(now, (*found, CategoryPlan("list_file", files, 0, "")))


def apply(
    settings: Settings, *, batch_rows: int = BATCH_ROWS, on_batch: OnBatch | None = None
) -> Receipt:
    """Delete everything that is due and return the receipt; safe to kill and to repeat.

    `on_batch` is told category and rows after each commit. Raises Busy while another run works.
    """
    periods = load_periods()
    with (
        connect(settings, name=ACTOR, autocommit=True) as connection,
        held(connection, "retention"),
    ):
        keys = load_keys(settings, connection)
        receipt_id, planned_for = _begin(connection)
        for category in ROW_CATEGORIES:
            for count in _delete_rows(
                settings, connection, category, periods, planned_for, receipt_id, batch_rows
            ):
                if on_batch:
                    on_batch(category.name, count)
        for folder in due_folders(connection, planned_for, days(periods, "list_file")):
            with connection.transaction():
                count = clear(connection, settings, folder)
                _record(connection, receipt_id, "list_file", count)
            if on_batch:
                on_batch("list_file", count)
        receipt = _finish(connection, receipt_id, planned_for)
        write_checkpoint(connection, settings, keys)
    return receipt


def _names(category: RowCategory, periods: tuple[Period, ...], now: datetime) -> dict[str, Any]:
    return {
        "now": now,
        "days": days(periods, category.name),
        "periods": Jsonb([one.as_row() for one in periods]),
        "gone": [],
        **NO_STOPS,
    }


def _plan_rows(
    connection: Connection, category: RowCategory, periods: tuple[Period, ...], now: datetime
) -> CategoryPlan:
    rows = connection.execute(
        sql.SQL("select kept, count(*) from ({}) as found group by kept order by 2 desc").format(
            sql.SQL(category.query)
        ),
        _names(category, periods, now),
    ).fetchall()
    kept = [(why, count) for why, count in rows if why]
    return CategoryPlan(
        category.name,
        sum(count for why, count in rows if not why),
        sum(count for _, count in kept),
        ", ".join(f"{count:,} {why}" for why, count in kept),
    )


def _begin(connection: Connection) -> tuple[UUID, datetime]:
    """Take up the run that was interrupted, if there is one; else begin a new one."""
    row = connection.execute(
        """
        select begun.object_id::uuid, (begun.details ->> 'planned_for')::timestamptz
        from ledger.audit_events as begun
        left join ledger.retention_receipts as receipts
            on begun.object_id = receipts.receipt_id::text
        where begun.action = 'retention_begin' and receipts.receipt_id is null
        order by begun.seq desc
        limit 1
        """
    ).fetchone()
    if row:
        return row[0], row[1]
    receipt_id, now = uuid4(), clock.now(connection)
    record(
        connection, ACTOR, "retention_begin", "retention", str(receipt_id),
        {"planned_for": now.isoformat()},
    )  # fmt: skip
    return receipt_id, now


def _record(connection: Connection, receipt_id: UUID, category: str, count: int) -> None:
    record(
        connection, ACTOR, "retention_delete", "retention", str(receipt_id),
        {"category": category, "count": count},
    )  # fmt: skip


def _delete_rows(
    settings: Settings,
    connection: Connection,
    category: RowCategory,
    periods: tuple[Period, ...],
    now: datetime,
    receipt_id: UUID,
    batch_rows: int,
) -> Iterator[int]:
    """Delete one category's due rows, batch by batch; yields each count after its commit."""
    columns = sql.SQL(", ").join(sql.Identifier(name) for name, _ in category.key)
    due = sql.SQL("select {} from ({}) as found where kept is null").format(
        columns, sql.SQL(category.query)
    )
    delete = sql.SQL("delete from {} as due where ({}) in (select * from unnest({})){}").format(
        sql.Identifier(*category.table.split(".")),
        columns,
        sql.SQL(", ").join(sql.SQL(f"%(key_{name})s::{kind}[]") for name, kind in category.key),
        sql.SQL(f" and {category.guard}" if category.guard else ""),
    )
    names = _names(category, periods, now)
    # The keys come over a session of their own: its cursor must outlive the commits of the batches.
    with (
        connect(settings, name=f"{ACTOR} due") as reading,
        reading.cursor(name="due") as cursor,
    ):
        # Without this Postgres plans for the first rows only: 100,000 of a million took 4 minutes.
        reading.execute("set cursor_tuple_fraction = 1")
        cursor.execute(due, names)
        while batch := list(islice(cursor, batch_rows)):
            keys = {
                f"key_{name}": list(values)
                for (name, _), values in zip(category.key, zip(*batch, strict=True), strict=True)
            }
            with connection.transaction():
                if category.first:
                    connection.execute(category.first, {**names, "gone": keys["key_record_id"]})
                count = connection.execute(delete, {**names, **keys}).rowcount
                _record(connection, receipt_id, category.name, count)
            yield count


def _finish(connection: Connection, receipt_id: UUID, planned_for: datetime) -> Receipt:
    """Add up what was deleted under this receipt, write it down and chain it."""
    totals = dict.fromkeys((*(one.name for one in ROW_CATEGORIES), "list_file"), 0)
    with connection.transaction():
        for category, count in connection.execute(
            """
            select details ->> 'category', sum((details ->> 'count')::bigint)::bigint
            from ledger.audit_events
            where action = 'retention_delete' and object_id = %s
            group by 1
            """,
            [str(receipt_id)],
        ):
            totals[category] = count
        row = connection.execute(
            """
            insert into ledger.retention_receipts (receipt_id, planned_for, totals, finished_at)
            values (%s, %s, %s, ledger.now())
            returning finished_at
            """,
            [receipt_id, planned_for, Jsonb(totals)],
        ).fetchone()
        if row is None:
            raise RuntimeError("the receipt was not written")
        seal_receipt(connection, receipt_id)
    return Receipt(receipt_id, planned_for, totals, row[0])
