"""Turn one row of text into typed records, or say why it cannot be used. Pure.

A row emits what its source's YAML says. A stop in a row counts even when the rest of the row is
faulty; a stop whose number cannot be read becomes an unmatched stop, a task with a deadline.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from uuid import UUID

from ringfence.kinds import (
    CONSENT_EVENTS,
    DISPOSITIONS,
    QUIET_DISPOSITIONS,
    STOPPING_EVENTS,
    SUPPRESSIONS,
    ConsentEvent,
    Disposition,
    Suppression,
)
from ringfence.landing.context import Context
from ringfence.landing.fields import (
    Fields,
    Outcome,
    content_id,
    event_time_of,
    person_of,
    points_of,
    subject_of,
    text,
)
from ringfence.landing.flags import flag, flaw, merit
from ringfence.landing.incoming import TABLES, columns
from ringfence.landing.relations import customer_relation
from ringfence.landing.times import read_date, read_event_time, read_time
from ringfence.phones import ContactPoint, NumberStatus, normalise_country
from ringfence.phones.elsewhere import readings_elsewhere

AUDIENCES = {"generic_company", "named_contact", "sole_trader_or_partnership", "consumer"}
STAYS = {kind: columns(kind).index("is_stop") for kind in TABLES if "is_stop" in columns(kind)} | {
    "customer_relations": columns("customer_relations").index("ended_at")
}
"""Of the kinds whose records may survive a fault of their row: the column that says so."""


def emit(
    row_number: int,
    emissions: Iterator[tuple[str, Fields]],
    kept: Fields,
    context: Context,
    row_fault: str | None = None,
) -> Outcome:
    """Return the outcome of one row; a fault withdraws all but stops and the end of a contract.

    `row_fault` is the reader's: of what could be read of such a row, they still count.
    """
    outcome = Outcome(fault=row_fault)
    for kind, fields in emissions:
        if kind == "leads":
            fault = _lead(outcome, row_number, fields, context, kept=kept)
        else:
            fault = WRITERS[kind](outcome, row_number, fields, context)
        outcome.fault = outcome.fault or fault
    if outcome.fault:
        outcome.records = [
            (kind, values)
            for kind, values in outcome.records
            if kind in STAYS and values[STAYS[kind]]
        ]
    return outcome


def _lead(
    outcome: Outcome, row_number: int, fields: Fields, context: Context, *, kept: Fields
) -> str | None:
    source_record_id = text(fields, "source_record_id")
    if not source_record_id:
        return "record_id_missing"
    points = points_of(fields)
    if not points:
        return "number_missing"
    lead_id = content_id(context, "lead", source_record_id)
    record_id = UUID(bytes=hashlib.sha256(context.batch_id.bytes + lead_id.bytes).digest()[:16])
    person_ref = person_of(fields, context)
    audience = text(fields, "audience").lower()
    collected = read_event_time(
        text(fields, "collected_at"), context.zone, is_stop=False, dates=context.dates
    )
    plain = {
        name: text(fields, name) or None
        for name in (
            "title", "first_name", "last_name", "company", "email", "postcode", "city", "region",
            "language",
        )
    }  # fmt: skip
    outcome.add(
        "leads",
        row_number=row_number, record_id=record_id, lead_id=lead_id, person_ref=person_ref,
        source_record_id=source_record_id, **plain,
        country=normalise_country(text(fields, "country")),
        address_country=normalise_country(text(fields, "address_country")),
        audience=audience if audience in AUDIENCES else "unknown",
        birth_date=read_date(text(fields, "birth_date"), context.dates),
        campaign_id=text(fields, "campaign") or None,
        collected_at=collected.at, kept=json.dumps(kept, ensure_ascii=False) if kept else "{}",
    )  # fmt: skip
    for position, point in enumerate(points, start=1):
        outcome.add(
            "contact_points",
            row_number=row_number, record_id=record_id,
            subject_id=subject_of(point, fields, context.keys), person_ref=person_ref,
            position=position, number_status=point.status.value, e164=point.e164, raw=point.raw,
            number_region=point.region, line_type=point.line_type,
        )  # fmt: skip
    return None


def _stopped_subjects(
    outcome: Outcome, fields: Fields, context: Context, kind: str
) -> Iterator[UUID]:
    """Yield every subject a stop reaches: all readings of an uncertain cell, not only one.

    A number that cannot exist was meant to be another one, perhaps of another country: whoever it
    may mean is stopped, and somebody has to look.
    """
    points = points_of(fields)
    certain = {subject_of(one, fields, context.keys) for one in points if _is_certain(one)}
    yield from sorted(certain)
    for point in points:
        if not _is_certain(point):
            readings = point.readings or readings_elsewhere(point.raw)
            own = subject_of(point, fields, context.keys)
            possible = {own, *map(context.keys.subject_id, readings)} - certain
            outcome.uncertain |= possible
            yield from sorted(possible)
    if not points or not all(map(_is_certain, points)):
        outcome.unmatched.append(kind)


def _is_certain(point: ContactPoint) -> bool:
    return point.e164 is not None and point.status != NumberStatus.invalid


def _consent_event(
    outcome: Outcome, row_number: int, fields: Fields, context: Context
) -> str | None:
    original = text(fields, "event_type")
    event_type = original.lower()
    if event_type not in CONSENT_EVENTS:
        event_type = ConsentEvent.UNREADABLE
    is_stop = event_type in STOPPING_EVENTS
    told = {
        name: text(fields, name) or None
        for name in (
            "purpose", "call_mode", "channel", "notice_version", "collection_context",
            "collection_method", "collector", "verified_channel", "evidence_status", "evidence_ref",
        )
    }  # fmt: skip
    expires = read_time(text(fields, "expires_at"), context.zone, is_stop=True, dates=context.dates)
    if is_stop:
        subjects = list(_stopped_subjects(outcome, fields, context, "consent_events"))
    else:
        subjects = [subject_of(point, fields, context.keys) for point in points_of(fields)]
        if not subjects:
            return "number_missing"
        if text(fields, "expires_at") and expires.at is None:
            return "expiry_unreadable"
    time = event_time_of(fields, "event_at", context, is_stop=is_stop)
    when = text(fields, "event_at")
    for subject_id in dict.fromkeys(subjects):
        outcome.add(
            "consent_events",
            row_number=row_number, is_stop=is_stop,
            event_id=content_id(context, "consent", subject_id, original, when, told),
            subject_id=subject_id, person_ref=person_of(fields, context), event_type=event_type,
            event_at=time.at, event_time_status=time.status, expires_at=expires.at, **told,
            recording_notice_given=merit(text(fields, "recording_notice_given")),
            is_pre_ticked=flaw(text(fields, "pre_ticked")),
            is_bundled=flaw(text(fields, "bundled")),
            event_at_original=when or None, event_type_original=original or None,
        )  # fmt: skip
    return None


def _suppression(outcome: Outcome, row_number: int, fields: Fields, context: Context) -> str | None:
    original = text(fields, "kind")
    kind = original.lower() if original.lower() in SUPPRESSIONS else Suppression.OBJECTION
    scope = text(fields, "scope").lower()
    purpose = text(fields, "purpose") or None
    if scope not in {"controller", "purpose", "all"}:
        scope = "purpose" if purpose else "controller"
    if scope == "purpose" and not purpose:
        scope = "controller"
    when = text(fields, "event_at")
    time = event_time_of(fields, "event_at", context, is_stop=True)
    channel = text(fields, "channel") or None
    for subject_id in dict.fromkeys(_stopped_subjects(outcome, fields, context, "suppression")):
        outcome.add(
            "suppression",
            row_number=row_number, is_stop=True,
            entry_id=content_id(
                context, "suppression", subject_id, original, when, scope, purpose, channel
            ),
            subject_id=subject_id, person_ref=person_of(fields, context), scope=scope,
            purpose=purpose, channel=channel, kind=kind, event_at=time.at,
            event_time_status=time.status, event_at_original=when or None,
            kind_original=original or None,
        )  # fmt: skip
    return None


def _call_attempt(
    outcome: Outcome, row_number: int, fields: Fields, context: Context
) -> str | None:
    original = text(fields, "disposition")
    disposition = original.lower()
    if disposition not in DISPOSITIONS:
        disposition = Disposition.UNREADABLE
    is_stop = disposition not in QUIET_DISPOSITIONS
    call_ref = text(fields, "call_ref").upper() or None  # base32, which diallers may change
    subjects = _called_subjects(outcome, fields, context, is_stop=is_stop)
    if not subjects:
        return "number_missing"
    when = text(fields, "attempted_at")
    time = event_time_of(fields, "attempted_at", context, is_stop=is_stop)
    if time.at is None and not is_stop:
        return "attempt_time_unusable"
    for subject_id, is_uncertain in subjects.items():
        outcome.add(
            "call_attempts",
            row_number=row_number, is_stop=is_stop, is_uncertain=is_uncertain,
            attempt_id=content_id(context, "attempt", subject_id, call_ref, when, original),
            subject_id=subject_id, campaign_id=text(fields, "campaign") or None, call_ref=call_ref,
            attempted_at=time.at or context.received_at, event_time_status=time.status,
            disposition=disposition, is_abandoned=flaw(text(fields, "abandoned")),
            attempted_at_original=when or None, disposition_original=original or None,
        )  # fmt: skip
    return None


def _called_subjects(
    outcome: Outcome, fields: Fields, context: Context, *, is_stop: bool
) -> dict[UUID | None, bool]:
    """Return the subjects of an attempt; None is the one its call_ref names, found in accept.py.

    A stop reaches both whom the call_ref names and whom the phone cells do: they may disagree.
    Each tells whether it is uncertain: a number that only another country has, until the call_ref
    is known to be somebody's; and None, where no number of the cells is certain.
    """
    points = points_of(fields)
    if not text(fields, "call_ref"):
        if is_stop:
            found = _stopped_subjects(outcome, fields, context, "call_attempts")
        else:
            found = (subject_of(point, fields, context.keys) for point in points)
        return dict.fromkeys(found, False)
    certain = {point.e164: False for point in points if point.e164 and _is_certain(point)}
    if not is_stop:
        return {context.keys.subject_id(one): False for one in certain} or {None: False}
    numbers = certain | {one: False for point in points for one in point.readings}
    for point in points:
        if not _is_certain(point) and not point.readings:
            for number in (point.e164, *readings_elsewhere(point.raw)):
                if number:
                    numbers.setdefault(number, True)
    subjects: dict[UUID | None, bool] = {
        context.keys.subject_id(number): is_uncertain for number, is_uncertain in numbers.items()
    }
    return subjects | {None: not certain}


def _register_entry(
    outcome: Outcome, row_number: int, fields: Fields, context: Context
) -> str | None:
    """Add what a register says of a number; a source that maps no `is_listed` only lists."""
    is_listed = flag(text(fields, "is_listed")) if "is_listed" in fields else True
    if is_listed is None:
        return "register_result_unreadable"
    told = {
        "row_number": row_number, "is_listed": is_listed,
        "is_revoking_all": flag(text(fields, "flag")), "proof": text(fields, "proof") or None,
        # A bare day may have been its last minute: a consent must be younger.
        "listed_at": read_event_time(text(fields, "listed_at"), context.zone, is_stop=False).at,
    }  # fmt: skip
    if asked := text(fields, "hash").lower():
        outcome.add("register", **told, asked_hash=asked)
        return None
    points = points_of(fields)
    if not points:
        return "number_missing"
    for point in points:
        if point.readings:
            return "number_ambiguous"  # an id of no number would screen nobody
        if point.status in {NumberStatus.mangled, NumberStatus.no_country}:
            return f"number_{point.status.value}"
        read = {"number_status": point.status.value, "number_region": point.region}
        subject_id = subject_of(point, fields, context.keys)
        outcome.add("register", **told, **read, subject_id=subject_id, e164=point.e164)
        for reading in point.readings if is_listed else ():
            subject_id = context.keys.subject_id(reading)
            outcome.add("register", **told, **read, subject_id=subject_id, e164=reading)
    return None


WRITERS: dict[str, Callable[[Outcome, int, Fields, Context], str | None]] = {
    "consent_events": _consent_event,
    "suppression": _suppression,
    "call_attempts": _call_attempt,
    "customer_relations": customer_relation,
    "register": _register_entry,
}
