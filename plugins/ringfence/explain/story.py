"""Turn rows into entries of the story: each with its own time, or with none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from ringfence.explain import sentences
from ringfence.explain.model import Entry, Row
from ringfence.explain.names import Names, reason_texts
from ringfence.explain.sentences import instant
from ringfence.kinds import STOPPING_DISPOSITIONS, STOPPING_EVENTS

NO_TIME = "time not known"


def in_one_line(entry: Entry) -> str:
    """Tell an entry as it is quoted elsewhere: its time, then its sentence."""
    return f"{margin(entry.at)}{'' if entry.at else ':'} {entry.sentence}"


def margin(at: datetime | None) -> str:
    """Return what stands before a sentence; never the acceptance for want of an event's time."""
    return instant(at) if at else NO_TIME


def merged(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield each entry once, however often its source delivered it; what was taken back, apart."""
    first: dict[object, Row] = {}
    for row in rows:
        key = row["batch_id"], row["id"]
        if not row["retracted_at"]:
            key = None, row["id"]
        if key in first:
            first[key]["count_deliveries"] += 1
        else:
            first[key] = row | {"count_deliveries": 1}
    yield from first.values()


def _consent(row: Row, names: Names) -> Entry:
    told = sentences.consent(row, names)
    is_stop = row["event_type"] in STOPPING_EVENTS and not row["retracted_at"]
    return Entry("consent", sentences.event_time(row), row["accepted_at"], told, row, is_stop)


def _suppression(row: Row, names: Names) -> Entry:
    told = sentences.suppression(row, names)
    is_stop = not row["retracted_at"]
    return Entry("stop", sentences.event_time(row), row["accepted_at"], told, row, is_stop)


def _attempt(row: Row, names: Names) -> Entry:
    told = sentences.attempt(row, names)
    is_stop = row["disposition"] in STOPPING_DISPOSITIONS and not row["retracted_at"]
    return Entry("call", sentences.attempt_time(row), row["accepted_at"], told, row, is_stop)


def _relation(row: Row, names: Names) -> Entry:
    told = sentences.relation(row, names)
    return Entry("customer", row["started_at"], row["accepted_at"], told, row)


TELLERS: dict[str, Callable[[Row, Names], Entry]] = {
    "consent events": _consent,
    "stops": _suppression,
    "call attempts": _attempt,
    "customer relations": _relation,
}


def lead(row: Row, names: Names) -> Entry:
    """Tell a lead at the time it was collected."""
    return Entry("lead", row["collected_at"], row["accepted_at"], sentences.lead(row, names), row)


def in_register(row: Row) -> Entry:
    """Tell an entry at its register's own date: when the person signed up is not in the copy."""
    told = sentences.in_register(row)
    return Entry("register", row["published_at"], row["accepted_at"], told, row)


def screened(row: Row) -> Entry:
    """Tell what a register said when we asked it."""
    return Entry("screening", row["screened_at"], row["screened_at"], sentences.screening(row), row)


def decided(row: Row) -> Entry:
    """Tell a verdict at the instant up to which it knew."""
    told = f"decided for calls on {row['call_date']}: {row['campaign_id']} {row['verdict'].upper()}"
    reasons = reason_texts()
    first = [reasons.get(code, (code, ""))[0] for code in row["reason_codes"][:1]]
    further = len(row["reason_codes"]) - 1
    told += f". {first[0]}" if first else f" on the ground of {sentences.ground(row['ground'])}"
    told += f" {further} further reason{'s' * (further > 1)}." if further > 0 else ""
    return Entry("decision", row["known_as_of"], row["known_as_of"], told, row)


def set_aside(row: Row) -> Entry:
    """Tell a row that nobody could use as it came; a stop in it has a time that cannot be read."""
    at = row["at"] if row["kind"] == "quarantined" else None
    return Entry("set aside", at, row["at"], sentences.set_aside(row), row)


_BEFORE_IT_LEFT = {
    "last_look": ", at the last look, before it left",
    "other_list": ", before it left: the number stands in another list of that day",
}
_AFTER_IT_LEFT = {
    "recall": "recalled from {what}: the row had left, and may have been dialled before",
    "erasure": "taken out of {what}",
}
_TOLD_BEFORE = frozenset({"prepared", "published", "superseded"})


def listed(row: Row) -> Iterator[Entry]:
    """Yield what became of the number's row on one list: left, never left, taken out when."""
    what = (
        f"the call list of {row['campaign_id']} for {row['call_date']}, edition {row['edition']}"
        f" (call_ref {row['call_ref']})"
    )
    why_before = _BEFORE_IT_LEFT.get(row["removed_for"])
    if why_before:
        yield _event(row, "removed_at", f"taken out of {what}{why_before}")
    elif row["published_at"]:
        valid = f"; valid until {instant(row['valid_until'])}"
        if row["status"] == "superseded":
            valid = f"; superseded {instant(row['status_at'])}"
        yield _event(row, "published_at", f"left with {what}{valid}")
    else:
        yield _event(row, "prepared_at", f"picked for {what}, which is {row['status']}")
    if row["removed_for"] and not why_before:
        yield _event(row, "removed_at", _AFTER_IT_LEFT[row["removed_for"]].format(what=what))
    if row["status"] not in _TOLD_BEFORE and not row["removed_for"]:
        why = f": {row['status_reason']}" if row["status_reason"] else ""
        yield _event(row, "status_at", f"{what} is {row['status']}{why}")


def _event(row: Row, column: str, sentence: str) -> Entry:
    return Entry("list", row[column], row[column], sentence, row)
