"""Take a source's deliveries from file to accepted batch; the same for scheduler and shell.

Order of events: copy aside → read and COPY to incoming (committed chunk by chunk) → accept the
stops → door check → accept the rest, or reject it. A crash anywhere leaves a `received` batch that
the source's next run sweeps and repeats; stops that were accepted stay accepted.
"""

from __future__ import annotations

import errno
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Connection, sql

from ringfence import clock
from ringfence.audit import record
from ringfence.database import connect, held
from ringfence.doors import check_incoming
from ringfence.errors import Misconfigured, Refusal, RejectedBatch
from ringfence.keys import Keys, load_keys
from ringfence.landing import batches, incoming
from ringfence.landing.accept import (
    KINDS_WITH_STOPS,
    Part,
    accept_rest,
    accept_stops,
    set_repeats_aside,
)
from ringfence.landing.batches import BatchReport, Identity
from ringfence.landing.deliveries import Arrival, Resolve, arrivals
from ringfence.landing.emissions import Context, emit
from ringfence.landing.sealed_cells import CellSeal
from ringfence.ledger.checkpoints import write_checkpoint
from ringfence.readers import Row
from ringfence.registers.sources import Source, compile_map, load_sources
from ringfence.settings import Settings, connection_url

CHUNK_ROWS = 20_000


@dataclass
class Counts:
    """Count rows as they are read, and the stops among them that took effect."""

    read: int = 0
    landed: int = 0
    stops: int = 0


def find_source(settings: Settings, source_id: str, mode: str) -> Source:
    """Return one valid source; raises Misconfigured with the faults of its own file."""
    sources, faults = load_sources(settings.registers, mode=mode)
    for source in sources:
        if source.source_id == source_id:
            return source
    own = [fault for fault in faults if fault.file.stem == source_id]
    if own:
        raise Misconfigured(
            "\n".join(f"{fault.file.name}:{fault.line}: {fault.message}" for fault in own),
            remedy="mend the lines named, then `./ringfence sources check`",
        )
    raise Misconfigured(
        f"There is no source `{source_id}`.",
        where=str(settings.registers / "sources"),
        remedy="`./ringfence sources check` lists them; `sources propose FILE` writes a new one",
    )


def ingest_source(
    settings: Settings,
    source_id: str,
    *,
    published_at: datetime | None = None,
    progress: Callable[[int], None] | None = None,
    resolve: Resolve = connection_url,
) -> list[BatchReport]:
    """Ingest every delivery that waits for a source, oldest first; one report each.

    `published_at` is an operator's word on the files' date and wins over file name and sidecar.
    A rejected delivery is a report with `status='rejected'`, not an exception.
    """
    with connect(settings, name=f"ingest {source_id}", autocommit=True) as connection:
        source = find_source(settings, source_id, clock.mode(connection))
        keys = load_keys(settings, connection)
        with held(connection, f"ingest:{source_id}"):
            batches.sweep(connection, source_id)
            reports = []
            for arrival in arrivals(settings, source, published_at, resolve):
                loader = Loader(settings, connection, keys, source, arrival)
                reports.append(_safely(loader, progress))
                arrival.close()
            return reports


def _safely(loader: Loader, progress: Callable[[int], None] | None) -> BatchReport:
    """Run one delivery; what the machine does to us becomes a sentence, not a traceback."""
    try:
        return loader.load(progress)
    except psycopg.errors.DiskFull:
        raise _disk_full() from None
    except psycopg.OperationalError:
        raise Refusal(
            "Postgres went away while the delivery was loading; nothing of it was accepted.",
            where=loader.source.source_id,
            remedy="start Postgres and run this again; it begins anew by itself",
        ) from None
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise _disk_full() from None
        raise


def _disk_full() -> Refusal:
    return Refusal(
        "The disk is full; nothing of the delivery was accepted.",
        remedy="make room and run this again; it begins anew by itself",
    )


class Loader:
    """Carry one delivery through its steps."""

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        keys: Keys,
        source: Source,
        arrival: Arrival,
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
        self.counts = Counts()

    def load(self, progress: Callable[[int], None] | None) -> BatchReport:
        known = batches.accepted_batch(self.connection, self.identity, "rest")
        if known:
            return BatchReport(str(known), self.source.source_id, "already_accepted")
        if self.source.register is None and batches.latest_accepted_content(
            self.connection, self.identity
        ):
            return self._reconfirm()
        batch_id = batches.open_batch(
            self.connection, self.identity, self.source.controller, "rest", None
        )
        try:
            incoming.create(self.connection, batch_id, self._tables())
            fault: RejectedBatch | None = None
            try:
                self._read(batch_id, progress)
            except RejectedBatch as rejection:
                fault = rejection
            self.counts.stops = self._accept_stops(batch_id)
            if fault:
                raise fault
            report = self._accept_rest(batch_id)
        except RejectedBatch as rejection:
            report = self._reject(batch_id, rejection)
        report.count_stops = self.counts.stops
        write_checkpoint(self.connection, self.settings, self.keys)
        return report

    def _tables(self) -> tuple[str, ...]:
        return (*self.kinds, "contact_points") if "leads" in self.kinds else self.kinds

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
        )
        rows = self.arrival.rows(self.mapper.columns_needed)
        fault: RejectedBatch | None = None
        chunk: list[Row] = []
        while not fault:
            chunk.clear()
            try:
                chunk.extend(islice(rows, CHUNK_ROWS))
            except RejectedBatch as rejection:
                fault = rejection  # what was read before it may hold stops
            if not chunk:
                break
            self._copy_chunk(chunk, context)
            if progress:
                progress(self.counts.read)
        if fault:
            raise fault

    def _copy_chunk(self, chunk: list[Row], context: Context) -> None:
        """Turn rows into records and COPY them, one table after the other."""
        seal = CellSeal(self.keys, context.batch_id)
        records: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for row in chunk:
            self.counts.read += 1
            if row.fault:
                records["faults"].append((row.number, row.fault, seal.close(row.cells)))
                continue
            outcome = emit(row.number, self.mapper.emissions(row), self.mapper.kept(row), context)
            for kind, values in outcome.records:
                records[kind].append(values)
            for number, kind in enumerate(outcome.unmatched):
                stop_id = UUID(
                    bytes=self.keys.derive(
                        "unmatched", f"{self.identity.file_sha256}/{row.number}/{number}".encode()
                    )[:16]
                )
                records["unmatched"].append((stop_id, row.number, kind, seal.close(row.cells)))
            if outcome.fault:
                records["faults"].append((row.number, outcome.fault, seal.close(row.cells)))
            else:
                self.counts.landed += 1
        for kind, rows in records.items():
            incoming.copy_rows(self.connection, context.batch_id, kind, rows)

    def _accept_stops(self, batch_id: UUID) -> int:
        kinds = tuple(kind for kind in self.kinds if kind in KINDS_WITH_STOPS)
        if not kinds or batches.accepted_batch(self.connection, self.identity, "stops"):
            return 0
        stops_id = batches.open_batch(
            self.connection, self.identity, self.source.controller, "stops", batch_id
        )
        return accept_stops(self.connection, self._part(stops_id, batch_id), kinds)

    def _part(self, batch_id: UUID, delivery_id: UUID) -> Part:
        return Part(
            batch_id=batch_id,
            delivery_id=delivery_id,
            source_id=self.source.source_id,
            controller_id=self.source.controller,
            published_at=self.identity.published_at,
            register_id=self.source.register,
        )

    def _accept_rest(self, batch_id: UUID) -> BatchReport:
        before = self._quarantined(batch_id)
        set_repeats_aside(self.connection, batch_id, self.kinds)
        self.counts.landed -= self._quarantined(batch_id) - before
        self._check_register(batch_id)
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

    def _check_register(self, batch_id: UUID) -> None:
        """Refuse a register without a date, or older than the snapshot that is in force."""
        if self.source.register is None:
            return
        if self.identity.published_at is None:
            raise RejectedBatch(
                "A register needs the date it was published; none was found.",
                code="published_at_missing",
                where=self.arrival.label,
                remedy="declare delivery.published_at, or pass --published-at",
            )
        row = self.connection.execute(
            "select max(published_at) from ledger.register_snapshots where register_id = %s",
            [self.source.register],
        ).fetchone()
        if row and row[0] and row[0] > self.identity.published_at:
            raise RejectedBatch(
                "A newer snapshot of this register is already in force.",
                code="register_older_than_current",
                where=self.arrival.label,
                remedy="remove the old file; nothing has to be done if it was loaded before",
            )

    def _reconfirm(self) -> BatchReport:
        """Renew freshness: the same bytes were published again, at a later date."""
        batch_id = batches.open_batch(
            self.connection, self.identity, self.source.controller, "rest", None
        )
        with self.connection.transaction():
            self.connection.execute(
                "select pg_advisory_xact_lock_shared(hashtextextended('knowledge', 0))"
            )
            self.connection.execute(
                "update landing.batches set status = 'reconfirmed', accepted_at = ledger.now()"
                " where batch_id = %s",
                [batch_id],
            )
        return BatchReport(str(batch_id), self.source.source_id, "reconfirmed")

    def _reject(self, batch_id: UUID, rejection: RejectedBatch) -> BatchReport:
        batches.reject_batch(
            self.connection,
            batch_id,
            rejection.code,
            str(rejection),
            rows_read=self.counts.read,
        )
        record(
            self.connection,
            actor=f"ingest {self.source.source_id}",
            action="reject",
            object_kind="batch",
            object_id=str(batch_id),
            details={"reason_code": rejection.code},
        )
        return BatchReport(
            str(batch_id),
            self.source.source_id,
            "rejected",
            rows_read=self.counts.read,
            reason_code=rejection.code,
            reason=str(rejection),
        )


def sources_in_order(settings: Settings, mode: str) -> Iterator[Source]:
    """Yield the valid sources, stops and registers before leads."""
    sources, _ = load_sources(settings.registers, mode=mode)
    yield from sorted(sources, key=lambda source: ("leads" in source.emits, source.source_id))
