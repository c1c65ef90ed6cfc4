"""Explain why a number was, or was not, callable on a day: verdicts, reasons, evidence, lists.

Every look is written to ledger.audit_events under the subject's id. The number is read, turned into
its id and forgotten; it stands in no result.
"""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from datetime import UTC, date
from typing import Any
from uuid import UUID

from psycopg import Connection, sql
from psycopg.rows import dict_row

from ringfence import clock
from ringfence.audit import record
from ringfence.database import connect
from ringfence.errors import Misconfigured
from ringfence.explanation import Decision, Explanation, Reason, Row
from ringfence.keys import Keys, load_keys
from ringfence.phones import normalise_country, read_cell
from ringfence.settings import Settings

LEADS = """
    select leads.source_id, leads.batch_id, leads.row_number, batches.status,
        leads.controller_id, leads.collected_at, batches.accepted_at
    from landing.lead_contact_points as points
    inner join landing.lead_records as leads using (record_id)
    inner join landing.batches as batches on leads.batch_id = batches.batch_id
    where points.subject_id = any(%(subjects)s)
    order by batches.accepted_at, leads.row_number
"""
CONSENT_EVENTS = """
    select event_type, event_at, purpose, channel, call_mode, evidence_status, events.source_id,
        events.controller_id, batches.accepted_at, batches.retracted_at, event_id
    from ledger.consent_events as events
    inner join landing.batches as batches using (batch_id)
    where {}
    order by batches.accepted_at, events.seq
"""
SUPPRESSION_ENTRIES = """
    select kind, event_at, scope, purpose, channel, entries.source_id, entries.controller_id,
        batches.accepted_at, batches.retracted_at, entry_id
    from ledger.suppression_entries as entries
    inner join landing.batches as batches using (batch_id)
    where {}
    order by batches.accepted_at, entries.seq
"""
CALL_ATTEMPTS = """
    select disposition, attempted_at, campaign_id, call_ref, attempts.source_id,
        batches.accepted_at, batches.retracted_at, attempt_id
    from ledger.call_attempts as attempts
    inner join landing.batches as batches using (batch_id)
    where {}
    order by batches.accepted_at, attempts.seq
"""
CUSTOMER_RELATIONS = """
    select product, started_at, ended_at, last_purchase_at, inquiry_at, relations.source_id,
        relations.controller_id, batches.accepted_at, batches.retracted_at, relation_id
    from ledger.customer_relations as relations
    inner join landing.batches as batches using (batch_id)
    where {}
    order by batches.accepted_at, relations.seq
"""
REGISTERS = """
    select distinct on (screenings.register_id)
        screenings.register_id, case when is_listed then 'listed' else 'not listed' end as result,
        screened_at, snapshot_id
    from ledger.screenings
    where subject_id = any(%(subjects)s) and screened_at <= %(known_as_of)s
    order by screenings.register_id, seq desc
"""
LISTS = """
    select lists.campaign_id, lists.edition, lists.status, lists.list_id, rows.call_ref,
        lists.valid_until, (
            select string_agg(removals.reason, ', ' order by removals.removed_at)
            from ledger.publication_removals as removals
            where removals.list_id = rows.list_id and removals.subject_id = rows.subject_id
        ) as removed
    from ledger.publication_rows as rows
    inner join ledger.current_publications as lists using (list_id)
    where rows.subject_id = any(%(subjects)s) and lists.call_date = %(day)s
    order by lists.campaign_id, lists.edition
"""
RUN = """
    select run_id, known_as_of, seq
    from ledger.decision_runs
    inner join ledger.decision_totals using (run_id)
    where mode = 'daily' and call_date = %(day)s
    order by seq desc
    limit 1
"""
# The ledger keeps a row only where a decision changed: the last one up to the day's run stands.
DECISIONS = """
    select distinct on (decisions.subject_id, decisions.campaign_id)
        decisions.campaign_id, decisions.verdict, decisions.ground, decisions.decision_id,
        decisions.call_date, decisions.reason_codes, decisions.evidence_ids
    from ledger.call_decisions as decisions
    inner join ledger.decision_runs as runs using (run_id)
    where decisions.subject_id = any(%(subjects)s) and runs.seq <= %(run_seq)s
    order by decisions.subject_id, decisions.campaign_id, decisions.seq desc
"""
OF_SUBJECT = sql.SQL("subject_id = any(%(subjects)s)")


def explain(
    settings: Settings,
    number: str,
    country: str | None,
    *,
    call_date: date | None = None,
    actor: str | None = None,
) -> Explanation:
    """Explain one number, as it would be read from a file; `call_date` defaults to the last run's.

    `country` is needed for a number in national notation. Raises Misconfigured for an empty cell.
    """
    with connect(settings, name="explain", autocommit=True) as connection:
        found = _read(load_keys(settings, connection), number, country)
        day = call_date or _last_day(connection)
        for subject_id in found:
            record(
                connection,
                actor=actor or getpass.getuser(),
                action="explain",
                object_kind="subject",
                object_id=str(subject_id),
                details={"call_date": day.isoformat()},
            )
        return _gather(connection, found, day)


def _read(keys: Keys, number: str, country: str | None) -> dict[UUID, Row]:
    """Return every subject the cell can be read as, the way landing reads it."""
    home = normalise_country(country or "")
    found = {}
    for point in read_cell(number, home):
        subject_id = (
            keys.subject_id(point.e164) if point.e164 else keys.unreadable_id(point.raw, home)
        )
        found[subject_id] = {
            "status": str(point.status), "region": point.region, "line_type": point.line_type,
        }  # fmt: skip
    if not found:
        raise Misconfigured("No number was given.", remedy="type it at the prompt")
    return found


def _last_day(connection: Connection) -> date:
    row = connection.execute(
        "select call_date from ledger.decision_runs inner join ledger.decision_totals"
        " using (run_id) where mode = 'daily' order by seq desc limit 1"
    ).fetchone()
    return row[0] if row else clock.now(connection).astimezone(UTC).date()


class Lookup:
    """Ask about one set of subjects; every row comes as a mapping of column to value."""

    def __init__(self, connection: Connection, subjects: Iterable[UUID], day: date) -> None:
        self.connection = connection
        aliases = connection.execute(
            "select old_subject_id from ledger.subject_aliases where new_subject_id = any(%s)",
            [list(subjects)],
        ).fetchall()
        self.given: Row = {"subjects": [*subjects, *(old for (old,) in aliases)], "day": day}

    def rows(
        self, query: str, condition: sql.Composable = OF_SUBJECT, **more: Any
    ) -> tuple[Row, ...]:
        filled = sql.SQL(query).format(condition)
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return tuple(cursor.execute(filled, {**self.given, **more}).fetchall())


def _gather(connection: Connection, found: dict[UUID, Row], day: date) -> Explanation:
    ask = Lookup(connection, found, day)
    run = next(iter(ask.rows(RUN)), None)
    decisions = ask.rows(DECISIONS, run_seq=run["seq"]) if run else ()
    known_as_of = run["known_as_of"] if run else clock.now(connection)
    sentences = _sentences(connection)
    evidence = _evidence(ask, decisions)
    return Explanation(
        subject_ids=tuple(found),
        readings=tuple(found.values()),
        call_date=day,
        run={"run_id": run["run_id"], "known_as_of": known_as_of} if run else None,
        decisions=tuple(_decision(row, sentences, evidence) for row in decisions),
        lists=ask.rows(LISTS),
        leads=ask.rows(LEADS),
        consent_events=ask.rows(CONSENT_EVENTS),
        suppression_entries=ask.rows(SUPPRESSION_ENTRIES),
        call_attempts=ask.rows(CALL_ATTEMPTS),
        customer_relations=ask.rows(CUSTOMER_RELATIONS),
        registers=ask.rows(REGISTERS, known_as_of=known_as_of),
    )


def _evidence(ask: Lookup, decisions: Iterable[Row]) -> dict[str, Row]:
    """Return the ledger entries that the decisions name, by id; they may be of another number."""
    ids = sorted({str(one) for row in decisions for one in row["evidence_ids"]})
    found: dict[str, Row] = {}
    for query, id_column in (
        (CONSENT_EVENTS, "event_id"),
        (SUPPRESSION_ENTRIES, "entry_id"),
        (CALL_ATTEMPTS, "attempt_id"),
        (CUSTOMER_RELATIONS, "relation_id"),
    ):
        condition = sql.SQL("{}::text = any(%(ids)s)").format(sql.Identifier(id_column))
        for row in ask.rows(query, condition, ids=ids) if ids else ():
            found.setdefault(str(row[id_column]), row)
    return found


def _decision(
    row: Row, sentences: dict[str, tuple[str, str]], evidence: dict[str, Row]
) -> Decision:
    return Decision(
        campaign_id=row["campaign_id"],
        verdict=row["verdict"],
        ground=row["ground"],
        decision_id=row["decision_id"],
        decided_on=row["call_date"],
        reasons=tuple(Reason(code, *sentences.get(code, ("", ""))) for code in row["reason_codes"]),
        evidence=tuple(evidence.get(str(one), {"id": str(one)}) for one in row["evidence_ids"]),
    )


def _sentences(connection: Connection) -> dict[str, tuple[str, str]]:
    """Return sentence and citation of each reason code, as the decisions were built with."""
    exists = connection.execute("select to_regclass('staging.reason_codes') is not null").fetchone()
    if not exists or not exists[0]:
        return {}
    rows = connection.execute("select reason_code, sentence, citation from staging.reason_codes")
    return {code: (sentence, citation) for code, sentence, citation in rows}
