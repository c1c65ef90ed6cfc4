"""Read the fields of one row that several kinds of record share. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from ringfence.keys import Keys
from ringfence.landing.context import Context
from ringfence.landing.incoming import TABLES, columns
from ringfence.landing.times import EventTime, read_event_time
from ringfence.phones import ContactPoint, normalise_country, read_cell

Fields = dict[str, Any]
CLOCK_SKEW = timedelta(minutes=5)
RECORDS: dict[str, Fields] = {kind: dict.fromkeys(columns(kind)) for kind in TABLES}


@dataclass(slots=True)
class Outcome:
    """Collect what one row came to: records by kind, one fault, the kinds of its unmatched stops.

    `uncertain` are the subjects that a stop of the row only may mean.
    """

    records: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    fault: str | None = None
    unmatched: list[str] = field(default_factory=list)
    uncertain: set[UUID] = field(default_factory=set)

    def add(self, table: str, /, **values: Any) -> None:
        """Add a record; what is not given is null. The empty record sets the order of columns."""
        self.records.append((table, tuple((RECORDS[table] | values).values())))


def points_of(fields: Fields) -> tuple[ContactPoint, ...]:
    """Return every contact point of the row's phone cells, in order, each number once."""
    country = normalise_country(text(fields, "country"))
    cells = fields.get("phone") or []
    found: dict[Any, ContactPoint] = {}
    for cell in [cells] if isinstance(cells, str) else cells:
        for point in read_cell(cell, country):
            found.setdefault(point.e164 or (point.status, point.raw), point)
    return tuple(found.values())


def text(fields: Fields, name: str) -> str:
    """Return a field's text ('' when absent); the column map has stripped it."""
    return fields.get(name) or ""


def subject_of(point: ContactPoint, fields: Fields, keys: Keys) -> UUID:
    """Return the subject of a contact point, also of one that cannot be read."""
    if point.e164:
        return keys.subject_id(point.e164)
    return keys.unreadable_id(point.raw, normalise_country(text(fields, "country")))


def content_id(context: Context, kind: str, *content: Any) -> UUID:
    """Return an id that is equal for equal content from the same source, in any delivery."""
    told = json.dumps([context.source_id, kind, *content], default=str, ensure_ascii=False)
    return UUID(bytes=hashlib.sha256(told.encode()).digest()[:16])


def person_of(fields: Fields, context: Context) -> UUID | None:
    """Return the person a row is about, None if it has no id of one."""
    reference = text(fields, "person_ref")
    if reference:
        return context.keys.person_ref(context.controller_id, reference)
    own_id = text(fields, "source_record_id")
    if own_id:
        return context.keys.person_ref(context.controller_id, f"{context.source_id}\x1f{own_id}")
    return None


def event_time_of(fields: Fields, name: str, context: Context, *, is_stop: bool) -> EventTime:
    """Return a field's time as far as it can be trusted."""
    read = read_event_time(text(fields, name), context.zone, is_stop=is_stop, dates=context.dates)
    return trusted(read, context, is_stop=is_stop)


def trusted(read: EventTime, context: Context, *, is_stop: bool) -> EventTime:
    """Return the time as LAW.md 3 counts it: a stop with a bad time counts from its receipt."""
    if read.at is not None and read.at > context.received_at + CLOCK_SKEW:
        read = EventTime(None, "future")
    if is_stop and read.at is None and read.status != "absent":
        return EventTime(context.received_at, read.status)
    return read
