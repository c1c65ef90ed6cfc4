"""Find the rows of a list that is out which must not be called any more, and put them on record.

A stop reaches as far as the last look would; a ground that was taken back reaches the rows that
rest on it. Of several words the first that was received counts: it is the one that waits longest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from ringfence.kinds import NO_STOPS, ConsentEvent, Disposition, Suppression
from ringfence.lists_out import ListOut, lists_out
from ringfence.publish.delete_actions import GROUND
from ringfence.publish.facts import run_of
from ringfence.publish.last_look import (
    BY_WHICH_STOP,
    SINCE_THE_RUN,
    STOPPED_SUBJECTS,
    bound_controllers,
)
from ringfence.publish.taken_back import rows_on_taken_back

OBJECTION = "objection"
FAMILIES = {
    ConsentEvent.RESTRICTED: "restriction",
    Suppression.ERASURE: "restriction",
    ConsentEvent.REFUSED: "withdrawal",
    ConsentEvent.WITHDRAWN: "withdrawal",
    Suppression.WITHDRAWAL: "withdrawal",
    Disposition.REFUSED: "withdrawal",
}
"""The families of the seed of reasons, by the word of the stop; any other word is an objection."""


@dataclass(frozen=True, slots=True)
class RowToRecall:
    """Name a row that has to go, the delivery that says so, and since when that is known."""

    subject_id: UUID
    reason_family: str
    batch_id: UUID
    known_at: datetime


def rows_to_recall(connection: Connection, out: ListOut) -> list[RowToRecall]:
    """Return the rows still on a list that stops reach, or that have lost their ground."""
    run = run_of(connection, out.list_id)
    stopped = STOPPED_SUBJECTS.format(batches=SINCE_THE_RUN, told=BY_WHICH_STOP)
    found = connection.execute(
        f"""
        select distinct on (rows.subject_id)
            rows.subject_id, stopped.stop_word, batches.batch_id, batches.received_at
        from ledger.publication_rows as rows
        inner join ({stopped}) as stopped on rows.subject_id = stopped.subject_id
        inner join landing.batches as batches on stopped.stop_batch_id = batches.batch_id
        where rows.list_id = %(list)s and not exists (
            select from ledger.publication_removals as removals
            where removals.list_id = rows.list_id and removals.subject_id = rows.subject_id
        )
        order by rows.subject_id, batches.received_at, batches.batch_id, stopped.stop_word
        """,
        {
            "list": out.list_id, "known_as_of": run.known_as_of,
            "controllers": bound_controllers(connection, *out.controller_ids), **NO_STOPS,
        },
    ).fetchall()  # fmt: skip
    rows = {
        subject_id: RowToRecall(subject_id, FAMILIES.get(word, OBJECTION), batch_id, received_at)
        for subject_id, word, batch_id, received_at in found
    }
    groundless = rows_on_taken_back(connection, out.list_id, run, out.campaign_id)
    for subject_id, (batch_id, at) in groundless.items():
        rows.setdefault(subject_id, RowToRecall(subject_id, GROUND, batch_id, at))
    return list(rows.values())


def record_recall(connection: Connection, list_id: UUID, rows: Sequence[RowToRecall]) -> None:
    """Take the rows off the list, with why; the caller's transaction decides when it counts."""
    connection.cursor().executemany(
        """
        with at as materialized (
            select ledger.now() as now
        ),
        removed as (
            insert into ledger.publication_removals (list_id, subject_id, reason, removed_at)
            select %(list)s, %(subject)s, 'recall', now from at
        )
        insert into ledger.recalled_rows (
            list_id, subject_id, reason_family, batch_id, known_at, recalled_at
        )
        select %(list)s, %(subject)s, %(family)s, %(batch)s, %(known)s, now from at
        """,
        [
            {
                "list": list_id, "subject": row.subject_id, "family": row.reason_family,
                "batch": row.batch_id, "known": row.known_at,
            }
            for row in rows
        ],
    )  # fmt: skip


def count_recalled(connection: Connection, list_id: UUID) -> int:
    """Return how many rows of a list have been recalled since it left."""
    row = connection.execute(
        "select count(*) from ledger.recalled_rows where list_id = %s", [list_id]
    ).fetchone()
    return int(row[0]) if row else 0


def count_to_recall(connection: Connection, campaign_id: str | None = None) -> int:
    """Return how many rows of the lists that are out a recall would take out at this moment."""
    return sum(len(rows_to_recall(connection, out)) for out in lists_out(connection, campaign_id))
