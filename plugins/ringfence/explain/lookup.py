"""Gather the story of one number, and write down who asked, under the subject's id alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime

import psycopg
from psycopg import Connection

from ringfence import clock
from ringfence.audit import record
from ringfence.counted import counted
from ringfence.database import connect
from ringfence.explain import queries, story, verdicts
from ringfence.explain.model import Entry, Explanation, Row
from ringfence.explain.names import Names
from ringfence.explain.number import Asked, read_asked
from ringfence.explain.queries import Lookup
from ringfence.explain.sealed import SetAside, find_set_aside
from ringfence.keys import load_keys
from ringfence.login_name import login_name
from ringfence.publish.last_look import is_stopped_since
from ringfence.settings import Settings

MOST_NAMED = 5  # deliveries turned away; the pages list them all
END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def explain(
    settings: Settings,
    number: str,
    country: str | None,
    *,
    call_date: date | None = None,
    actor: str | None = None,
) -> Explanation:
    """Explain one number, as it would be read from a file; `call_date` defaults to the last run's.

    `country` is needed for a number in national notation. Raises Misconfigured for what cannot be
    read as one number, unless something stands under that very cell.
    """
    with connect(settings, name="explain", autocommit=True) as connection:
        keys = load_keys(settings, connection)
        asked = read_asked(connection, keys, number, country)
        day = call_date or _last_day(connection)
        record(
            connection,
            actor=actor or login_name(),
            action="explain",
            object_kind="subject",
            object_id=str(asked.subject_id),
            details={"call_date": day.isoformat()},
        )
        ask = Lookup(connection, {"subjects": _ids(connection, asked), "day": day})
        aside = find_set_aside(connection, keys, asked)
        run = next(iter(ask.rows(queries.RUN)), None)
        marts = verdicts.in_marts(ask, run) if run else None
        # One instant for all that follows, however much is accepted meanwhile.
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            return _gather(ask, asked, day, run, marts, aside)


def _last_day(connection: Connection) -> date:
    row = connection.execute(queries.LAST_DAY).fetchone()
    return row[0] if row else clock.now(connection).astimezone(UTC).date()


def _ids(connection: Connection, asked: Asked) -> list[object]:
    """Return the subject's id and those it had under earlier keys."""
    rows = connection.execute(
        "select old_subject_id from ledger.subject_aliases where new_subject_id = %s",
        [asked.subject_id],
    ).fetchall()
    return [asked.subject_id, *(old for (old,) in rows)]


def _gather(
    ask: Lookup, asked: Asked, day: date, run: Row | None, marts: list[Row] | None, aside: SetAside
) -> Explanation:
    names = _names(ask.connection)
    frozen = ask.rows(queries.DECISIONS)
    lists = ask.rows(queries.LISTS)
    leads = ask.rows(queries.LEADS)
    reading = {
        "status": asked.point.status.value,
        "region": asked.point.region,
        "line_type": asked.point.line_type,
    }
    of_day = [row for row in lists if row["call_date"] == day]
    said = verdicts.Said(reading, frozen, leads, of_day)
    found = verdicts.of_day(ask, said, run, marts, names) if run else ()
    told: dict[str, list[Entry]] = {
        "leads": [story.lead(row, names) for row in story.merged(leads)],
        **{
            name: [tell(row, names) for row in story.merged(ask.ledger(name))]
            for name, tell in story.TELLERS.items()
        },
        "registers": [story.in_register(row) for row in ask.rows(queries.REGISTER_ENTRIES)],
        "screenings": [story.screened(row) for row in ask.rows(queries.SCREENINGS)],
        "decisions": [story.decided(row) for row in frozen],
        "lists": [entry for row in lists for entry in story.listed(row)],
        "rows set aside": [story.set_aside(row) for row in aside.rows],
    }
    entries = [entry for kind in told.values() for entry in kind]
    return Explanation(
        subject_id=asked.subject_id,
        reading=reading,
        call_date=day,
        run={"run_id": run["run_id"], "known_as_of": run["known_as_of"]} if run else None,
        is_person_stopped_since=bool(run and marts is not None and _is_stopped(ask, run, names)),
        is_candidate=any(one.of_edition is None for one in found),
        verdicts=found,
        no_more=verdicts.no_more(frozen, run, marts) if run else (),
        lists=tuple(of_day),
        story=tuple(sorted(entries, key=lambda one: one.at or one.known_at or END_OF_TIME)),
        searched={name: len(kind) for name, kind in told.items()} | {"lists": len(lists)},
        left_out=tuple(_left_out(ask.rows(queries.TURNED_AWAY), run, marts, aside)),
    )


def _is_stopped(ask: Lookup, run: Row, names: Names) -> bool:
    """Tell whether a publication would now leave this number out, for it or its person."""
    return any(
        is_stopped_since(ask.connection, ask.given["subjects"], run["known_as_of"], controller)
        for controller in sorted({*names.controllers, ""})
    )


def _left_out(
    turned_away: list[Row], run: Row | None, marts: list[Row] | None, aside: SetAside
) -> Iterator[str]:
    """Say what nobody could look into, so that silence is not taken for an answer."""
    yield from _turned_away([row for row in turned_away if not row["is_dismissed"]])
    if dismissed := sum(row["is_dismissed"] for row in turned_away):
        were = "unread delivery was" if dismissed == 1 else "unread deliveries were"
        yield (
            f"{dismissed:,} {were} dismissed by somebody who looked into it; the page of stops"
            " names who and why."
        )
    if aside.count_shut:
        rows = counted(aside.count_shut, "row")
        yield f"{rows} set aside could not be opened with the key of this home."
    if run and marts is None:
        yield (
            "The tables of that day's run are no longer there, or are being rebuilt: which proof"
            " belongs to which reason is not told, nor whether the number was still a candidate."
            " `./ringfence replay` rebuilds a past day."
        )


def _turned_away(rows: list[Row]) -> Iterator[str]:
    if not rows:
        return
    counts = Counter(
        f"{row['source_id']} of {row['received_at']:%Y-%m-%d}"
        f" ({str(row['reason_code']).replace('_', ' ')}"
        for row in rows
    )
    told = [f"{what}{f', {n} files' if n > 1 else ''})" for what, n in counts.items()]
    more = len(told) - MOST_NAMED
    yield (
        f"Deliveries that were turned away: {', '.join(told[:MOST_NAMED])}"
        f"{f' and {more} more' if more > 0 else ''}. The stops read in them are kept and were"
        " searched; their other rows stand only in the files themselves, until a mended file of"
        " the same name is taken in."
    )
    if unread := sum(bool(row["has_unread_stops"]) for row in rows):
        yield (
            f"{unread:,} of them could not be read to the end: what they say of this number,"
            " an objection perhaps, nobody knows."
        )


def _names(connection: Connection) -> Names:
    found: dict[str, list[Row]] = dict(connection.execute(queries.NAMES).fetchall())
    return Names(
        {one["controller_id"]: one.get("name") or one["controller_id"]
         for one in found.get("controllers", ())},
        {one["campaign_id"]: one.get("title") or one["campaign_id"]
         for one in found.get("campaigns", ())},
    )  # fmt: skip
