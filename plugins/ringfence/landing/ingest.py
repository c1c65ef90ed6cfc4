"""Take a source's deliveries from file to accepted batch; the same for scheduler and shell.

Order of events: copy aside → read and COPY to incoming (committed chunk by chunk) → accept the
stops → door check → accept the rest, or reject it. A crash anywhere leaves a `received` batch that
the source's next run sweeps and repeats; stops that were accepted stay accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import psycopg
from psycopg import Connection

from ringfence import clock
from ringfence.database import connect, held
from ringfence.errors import MachineFault, Misconfigured, RejectedBatch
from ringfence.keys import Keys, load_keys
from ringfence.landing import batches
from ringfence.landing.batches import BatchReport, Identity, name_hash
from ringfence.landing.deliveries import Resolve, Waiting, arrivals
from ringfence.landing.loader import Loader
from ringfence.landing.unheard import report_unheard
from ringfence.registers.load import load_registers
from ringfence.registers.sources import STOPS, Source
from ringfence.registers.yaml_marks import Fault
from ringfence.settings import Settings, connection_url
from ringfence.unforeseen import is_no_room, no_room, rejection_of


def _find(
    source_id: str, sources: Iterable[Source], faults: Iterable[Fault], settings: Settings
) -> Source:
    """Return one valid source; raises Misconfigured with the faults of its own file."""
    for source in sources:
        if source.source_id == source_id:
            return source
    file = settings.registers / "sources" / f"{source_id}.yml"
    own = [fault for fault in faults if fault.file == file]
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
    again: bool = False,
) -> list[BatchReport]:
    """Ingest every delivery that waits for a source, oldest first; one report each.

    `published_at` is an operator's word on the files' date and wins over file name and sidecar.
    A rejected delivery is a report with `status='rejected'`, not an exception. What was retracted
    stays out unless an operator says `again`.
    """
    with connect(settings, name=f"ingest {source_id}", autocommit=True) as connection:
        registers, faults = load_registers(settings.registers, clock.mode(connection))
        source = _find(source_id, registers.sources, faults, settings)
        keys = load_keys(settings, connection)
        with held(connection, f"ingest:{source_id}"):
            batches.sweep(connection, source_id)
            reports = []
            for waiting in arrivals(settings, source, published_at, resolve):
                try:
                    arrival = waiting.take()
                except Exception as error:  # one odd file must not hold up the others
                    rejection = rejection_of(error, waiting.label)
                    reports.append(_not_taken(connection, keys, source, waiting, rejection))
                    continue
                loader = Loader(settings, connection, keys, source, arrival, again=again)
                reports.append(_safely(loader, progress))
                arrival.close()
            if STOPS & set(source.emits):
                reports += report_unheard(settings, connection, keys, source, registers.sources)
            return reports


def _not_taken(
    connection: Connection, keys: Keys, source: Source, waiting: Waiting, rejection: RejectedBatch
) -> BatchReport:
    """Record a file or query that could not be copied aside; its bytes are not known.

    Of a source of stops it holds the lists back, unless it is simply not there any more.
    """
    batch_id = batches.open_batch(
        connection,
        Identity(source.source_id, batches.NOT_TAKEN, None, source.mapping_sha256),
        source.controller,
        "rest",
        name_hash=name_hash(keys, waiting.name),
        label=waiting.label,
    )
    batches.reject_batch(
        connection,
        batch_id,
        rejection.code,
        str(rejection),
        has_unread_stops=bool(STOPS & set(source.emits)) and rejection.code != "file_vanished",
    )
    return BatchReport(
        str(batch_id),
        source.source_id,
        "rejected",
        reason_code=rejection.code,
        reason=str(rejection),
    )


def _safely(loader: Loader, progress: Callable[[int], None] | None) -> BatchReport:
    """Run one delivery; what the machine does to us becomes a sentence, not a traceback."""
    try:
        return loader.load(progress)
    except psycopg.errors.DiskFull:
        raise no_room(f"the disk of Postgres, source {loader.source.source_id}") from None
    except psycopg.OperationalError:
        raise MachineFault(
            "Postgres went away while the delivery was loading; nothing of it was accepted.",
            where=loader.source.source_id,
            remedy="start Postgres and run this again; it begins anew by itself",
        ) from None
    except OSError as error:
        if is_no_room(error):
            raise no_room(loader.source.source_id) from None
        raise


def sources_in_order(settings: Settings, mode: str) -> Iterator[Source]:
    """Yield the valid sources, stops and registers before leads."""
    registers, _ = load_registers(settings.registers, mode)
    yield from sorted(
        registers.sources, key=lambda source: ("leads" in source.emits, source.source_id)
    )
