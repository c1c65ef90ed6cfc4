"""Carry one delivery from rows to an accepted or a rejected batch; its stops go first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection, sql

from ringfence import clock
from ringfence.audit import record
from ringfence.doors import check_incoming
from ringfence.errors import RejectedBatch
from ringfence.keys import Keys
from ringfence.landing import batches, incoming
from ringfence.landing.accept import accept_rest, set_repeats_aside
from ringfence.landing.accept_register import keep_each_entry_once
from ringfence.landing.accept_stops import (
    NewStops,
    StopCounts,
    accept_stops,
    holds_new_stops,
    resolve_call_refs,
)
from ringfence.landing.batches import TAKEN_BACK, BatchReport, Identity
from ringfence.landing.context import Context
from ringfence.landing.deliveries import Arrival
from ringfence.landing.emissions import emit
from ringfence.landing.hashed_answers import resolve_hashes
from ringfence.landing.ledger_rows import Part, share_knowledge
from ringfence.landing.sealed_cells import CellSeal
from ringfence.landing.sendings import Sending
from ringfence.landing.unmatched_rows import unmatched_rows
from ringfence.ledger.checkpoints import write_checkpoint
from ringfence.readers import NO_ROWS, Row
from ringfence.registers.official import holder_of, register_of
from ringfence.registers.sources import STOPS, Source, compile_map
from ringfence.settings import Settings
from ringfence.unforeseen import rejection_of

CHUNK_ROWS = 20_000
CHUNK_CHARACTERS = 16 * 1024 * 1024
"""Of text and sealed cells held at once: a row may have a thousand columns, or long ones."""
UNREAD_SHARE = 0.05  # as the suite of registers has it for numbers that cannot be read
DATES_AHEAD = timedelta(days=1)  # a date has no time zone


@dataclass
class Counts:
    """Count rows as they are read, and the stops among them that took effect."""

    read: int = 0
    landed: int = 0
    stops: StopCounts = field(default_factory=StopCounts)


@dataclass
class Chunk:
    """Hold the records of some rows, by table, until they are copied."""

    records: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    rows: int = 0
    characters: int = 0

    def add(self, table: str, values: tuple[Any, ...]) -> None:
        self.records[table].append(values)
        self.characters += sum(len(one) for one in values if isinstance(one, str | bytes))


class Loader:
    """Carry one delivery through its steps."""

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        keys: Keys,
        source: Source,
        arrival: Arrival,
        *,
        again: bool,
    ) -> None:
        self.settings = settings
        self.connection = connection
        self.keys = keys
        self.source = source
        self.arrival = arrival
        self.mapper = compile_map(source)
        self.kinds = tuple(source.emits)
        self.identity = Identity(
            source.source_id, arrival.sha256, arrival.published_at, source.mapping_sha256
        )
        self.sending = Sending(
            self.identity, batches.name_hash(keys, arrival.name), arrival.modified_at
        )
        self.counts = Counts()
        self.again = again
        self.has_stops = any(kind in STOPS for kind in self.kinds)
        self.is_read = False

    def load(self, progress: Callable[[int], None] | None) -> BatchReport:
        known = batches.accepted_rest(self.connection, self.identity)
        is_news = self._counts_when_sent() and not self.sending.is_heard(self.connection)
        if known and not is_news:
            return BatchReport(str(known), self.source.source_id, "already_accepted")
        retracted = batches.retracted_batch(self.connection, self.identity)
        is_taken_back = retracted is not None and not known and not self.again
        if is_taken_back and not (is_news and self.has_stops):
            return BatchReport(str(retracted), self.source.source_id, "already_retracted")
        is_known = known is not None or (
            self.source.register is None
            and batches.latest_accepted_content(self.connection, self.identity) is not None
        )
        if is_known and not self.has_stops:
            return self._reconfirm(self._open_rest())
        batch_id = self._open_rest()
        try:
            incoming.create(self.connection, batch_id, self._tables())
            fault = self._try_to_read(batch_id, progress)
            set_aside = self._quarantined(batch_id)
            if "call_attempts" in self.kinds:
                origin = f"{self.source.source_id}/{self.identity.file_sha256}"
                resolve_call_refs(self.connection, batch_id, origin)
            self._resolve_hashes(batch_id)
            self.counts.stops = self._accept_stops(batch_id)
            if fault:
                raise fault
            batches.stops_are_read(self.connection, batch_id)
            if is_taken_back:
                raise batches.taken_back(self.arrival.label)
            if is_known:
                report = self._reconfirm(batch_id)
            else:
                report = self._accept_rest(batch_id, set_aside)
        except RejectedBatch as rejection:
            report = self._reject(batch_id, rejection)
        report.count_stops = self.counts.stops.certain
        report.count_unmatched = self.counts.stops.unmatched
        write_checkpoint(self.connection, self.settings, self.keys)
        return report

    def _counts_when_sent(self) -> bool:
        """Tell whether known bytes say something when they are sent once more.

        Stops are said once more, whatever became of the rest; contracts are what was said last.
        """
        return self.has_stops or "customer_relations" in self.kinds

    def _open_rest(self) -> UUID:
        return batches.open_batch(
            self.connection,
            self.identity,
            self.source.controller,
            "rest",
            name_hash=self.sending.name_hash,
            label=self.arrival.label,
            modified_at=self.arrival.modified_at,
            may_stop=self.has_stops,
        )

    def _tables(self) -> tuple[str, ...]:
        return (*self.kinds, "contact_points") if "leads" in self.kinds else self.kinds

    def _try_to_read(
        self, batch_id: UUID, progress: Callable[[int], None] | None
    ) -> RejectedBatch | None:
        """Read what can be read; returns what is wrong with the file as a whole, if anything is."""
        fault: RejectedBatch | None = None
        try:
            self._read(batch_id, progress)
        except RejectedBatch as rejection:
            # Of a source that brings nothing but stops: nobody objected, and it says so.
            if rejection.code != NO_ROWS or not set(self.kinds) <= STOPS:
                fault = rejection
        except Exception as error:  # one odd file must not hold up its source for ever
            fault = rejection_of(error, self.arrival.label)
        self.is_read = fault is None
        return fault

    def _read(self, batch_id: UUID, progress: Callable[[int], None] | None) -> None:
        received = self.connection.execute(
            "select received_at from landing.batches where batch_id = %s", [batch_id]
        ).fetchone()
        context = Context(
            source_id=self.source.source_id,
            controller_id=self.source.controller,
            batch_id=batch_id,
            keys=self.keys,
            received_at=received[0] if received else clock.now(self.connection),
            zone=self.source.timezone,
            dates=self.source.dates,
        )
        rows = self.arrival.rows(self.mapper.columns_needed)
        is_over = False
        while not is_over:
            chunk = Chunk()
            try:
                is_over = self._fill(chunk, rows, context)
            finally:
                # What was read before a fault of the file may hold stops.
                for kind, records in chunk.records.items():
                    incoming.copy_rows(self.connection, batch_id, kind, records)
            if progress:
                progress(self.counts.read)

    def _fill(self, chunk: Chunk, rows: Iterator[Row], context: Context) -> bool:
        """Turn rows into records until the chunk is full; tells whether there are no more.

        A row is forgotten as soon as it is: of a wide file only what is mapped is held.
        """
        seal = CellSeal(self.keys, context.batch_id)
        while chunk.rows < CHUNK_ROWS and chunk.characters < CHUNK_CHARACTERS:
            row = next(rows, None)
            if row is None:
                return True
            self.counts.read += 1
            chunk.rows += 1
            emissions = self.mapper.emissions(row)
            outcome = emit(row.number, emissions, self.mapper.kept(row), context, row.fault)
            if row.fault and self.has_stops:
                outcome.unmatched.append(row.fault)
            for kind, values in outcome.records:
                chunk.add(kind, values)
            for values in unmatched_rows(self.keys, self.identity, row, outcome, seal):
                chunk.add("unmatched", values)
            if outcome.fault:
                chunk.add("faults", (row.number, outcome.fault, seal.close(row.cells)))
            else:
                self.counts.landed += 1
        return False

    def _accept_stops(self, batch_id: UUID) -> StopCounts:
        """Accept the stops that are new, and count them."""
        kinds = tuple(kind for kind in self.kinds if kind in STOPS)
        if not kinds:
            return StopCounts()
        new = NewStops(
            tuple(batches.accepted_stops(self.connection, self.identity)),
            tuple(self.sending.heard_stops(self.connection)),
        )
        if new.already and not holds_new_stops(self.connection, batch_id, kinds, new):
            return StopCounts()
        stops_id = batches.open_batch(
            self.connection, self.identity, self.source.controller, "stops", delivery_id=batch_id
        )
        return accept_stops(self.connection, self._part(stops_id, batch_id), kinds, new)

    def _part(self, batch_id: UUID, delivery_id: UUID) -> Part:
        return Part(
            batch_id=batch_id,
            delivery_id=delivery_id,
            source_id=self.source.source_id,
            controller_id=self.source.controller,
            published_at=self.identity.published_at,
            register_id=self.source.register,
        )

    def _accept_rest(self, batch_id: UUID, set_aside: int) -> BatchReport:
        """Accept the rows; `set_aside` of them were quarantined as they were read."""
        set_repeats_aside(self.connection, batch_id, self.kinds)
        self.counts.landed -= self._quarantined(batch_id) - set_aside
        if self.source.register is not None:
            self._check_register()
            keep_each_entry_once(self.connection, batch_id, self.source.register)
        for kind in self._tables():
            result = check_incoming(
                self.settings,
                kind,
                incoming.table(batch_id, kind),
                source_id=self.source.source_id,
                batch_id=batch_id,
                kind=kind,
            )
            if not result.is_passed:
                told = "; ".join(failure.message for failure in result.failures)
                raise RejectedBatch(
                    f"The door check of {kind} failed: {told}",
                    code="door_check_failed",
                    where=self.arrival.label,
                    remedy="the site's page on door checks shows which; mend the file or mapping",
                )
        entries = accept_rest(
            self.connection,
            self._part(batch_id, batch_id),
            self.kinds,
            rows_read=self.counts.read,
            rows_landed=self.counts.landed,
        )
        return BatchReport(
            str(batch_id),
            self.source.source_id,
            "accepted",
            self.counts.read,
            self.counts.landed,
            self.counts.read - self.counts.landed,
            entries=entries,
        )

    def _quarantined(self, batch_id: UUID) -> int:
        row = self.connection.execute(
            sql.SQL("select count(distinct row_number) from {}").format(
                incoming.identifier(batch_id, "faults")
            )
        ).fetchone()
        return int(row[0]) if row else 0

    def _resolve_hashes(self, batch_id: UUID) -> None:
        register = register_of(self.source.register)
        if register and register.key == "hash":
            resolve_hashes(self.connection, batch_id, register, self.source.controller)

    def _check_register(self) -> None:
        """Refuse a register without a credible date, older than the one in force, or damaged."""
        unread = self.counts.read - self.counts.landed
        if unread > UNREAD_SHARE * self.counts.read:
            raise RejectedBatch(
                f"{unread:,} of {self.counts.read:,} rows of this register cannot be read.",
                code="register_rows_unreadable",
                where=self.arrival.label,
                remedy="ask for the file again, or compare its layout with `format` and `columns`",
            )
        if self.identity.published_at is None:
            raise RejectedBatch(
                "A register needs the date it was published; none was found.",
                code="published_at_missing",
                where=self.arrival.label,
                remedy="declare delivery.published_at, or pass --published-at",
            )
        if self.identity.published_at > clock.now(self.connection) + DATES_AHEAD:
            raise RejectedBatch(
                "The date of this register lies in the future; it would shut out the next ones.",
                code="register_from_the_future",
                where=self.arrival.label,
                remedy="name the day it was published: in the file's name, or by --published-at",
            )
        row = self.connection.execute(
            "select max(snapshots.published_at) from ledger.register_snapshots as snapshots"
            " inner join landing.batches using (batch_id)"
            " where register_id = %s and %s in ('', controller_id)",
            [
                self.source.register,
                holder_of(self.source.register, self.source.controller),
            ],
        ).fetchone()
        if row and row[0] and row[0] > self.identity.published_at:
            raise RejectedBatch(
                "A newer snapshot of this register is already in force.",
                code="register_older_than_current",
                where=self.arrival.label,
                remedy="remove the old file; nothing has to be done if it was loaded before",
            )

    def _reconfirm(self, batch_id: UUID) -> BatchReport:
        """Renew freshness: the same bytes were published again, at a later date."""
        incoming.drop(self.connection, batch_id)
        with self.connection.transaction():
            share_knowledge(self.connection)
            self.connection.execute(
                "update landing.batches set status = 'reconfirmed', file_label = null,"
                " accepted_at = ledger.now()"
                " where batch_id = %s",
                [batch_id],
            )
        return BatchReport(str(batch_id), self.source.source_id, "reconfirmed")

    def _reject(self, batch_id: UUID, rejection: RejectedBatch) -> BatchReport:
        told = str(rejection)
        batches.reject_batch(
            self.connection,
            batch_id,
            rejection.code,
            told,
            rows_read=self.counts.read,
            has_unread_stops=self.has_stops and not self.is_read,
        )
        record(
            self.connection,
            actor=f"ingest {self.source.source_id}",
            action="reject",
            object_kind="batch",
            object_id=str(batch_id),
            details={"reason_code": rejection.code},
        )
        status = "already_retracted" if rejection.code == TAKEN_BACK else "rejected"
        if self.has_stops and not self.is_read and batches.was_dismissed(self.connection, batch_id):
            status = "dismissed"
        return BatchReport(
            str(batch_id),
            self.source.source_id,
            status,
            rows_read=self.counts.read,
            reason_code=rejection.code,
            reason=told,
        )
