"""Tell which sources have fallen silent: nothing came for longer than their register says.

An empty delivery is a word, silence is none (LAW.md 3): nobody can tell a source without objections
from one that is broken. Where objections come from, silence therefore holds the lists back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

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


def last_received(connection: Connection) -> dict[str, datetime]:
    """Return by source when it last delivered anything that was accepted."""
    return dict(
        connection.execute(
            """
            select source_id, max(accepted_at)
            from landing.batches
            where status in ('accepted', 'reconfirmed')
            group by source_id
            """
        ).fetchall()
    )


def in_words(span: timedelta) -> str:
    """Return a span in the largest unit that says it exactly: `day`, `2 days`, `90 minutes`."""
    minutes = int(span.total_seconds() // 60)
    for unit, size in (("day", 1440), ("hour", 60)):
        if minutes >= size and minutes % size == 0:
            count = minutes // size
            return unit if count == 1 else f"{count} {unit}s"
    return f"{minutes} minutes"
