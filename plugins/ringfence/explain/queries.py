"""Ask landing, the ledgers and the registers about one subject, by an index wherever one is."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from ringfence.audit import WHO
from ringfence.explain.model import Row
from ringfence.landing.batches import is_dismissed

BATCH = f"""
    batches.batch_id, batches.accepted_at, batches.retracted_at,
    whole.received_at, whole.status as delivery_status,
    whole.reason_code as delivery_reason_code,
    case when batches.retracted_at is not null then (
        select concat(
            ' by ' || told_by.actor, ', approved by ' || told_by.approved_by,
            ': ' || told_by.reason
        )
        from (
            select {WHO}, events.details ->> 'reason' as reason
            from ledger.audit_events as events
            where events.action = 'retract' and events.object_id = batches.batch_id::text
            order by events.seq desc limit 1
        ) as told_by
    ) end as retraction
"""
# The two parts of a delivery are batches of their own; `whole` is the one that holds the rest.
BROUGHT = """
    inner join landing.batches as batches on told.batch_id = batches.batch_id
    left join landing.batches as whole on batches.delivery_id = whole.batch_id
"""
LEADS = f"""
    select
        told.lead_id as id, told.source_id, told.controller_id, told.row_number, told.collected_at,
        told.audience, points.number_status, points.line_type, points.number_region,
        (
            select count(distinct others.subject_id) - 1
            from landing.lead_contact_points as others
            where others.record_id = told.record_id
        ) as count_other_numbers,
        {BATCH}
    from landing.lead_contact_points as points
    inner join landing.lead_records as told on points.record_id = told.record_id
    {BROUGHT}
    where points.subject_id = any(%(subjects)s)
    order by batches.accepted_at, told.row_number
"""
CONSENT_EVENTS = f"""
    select
        told.event_id as id, told.subject_id, told.source_id, told.controller_id, told.event_type,
        told.event_at, told.event_time_status, told.expires_at, told.purpose, told.channel,
        told.call_mode, told.notice_version, told.collection_context, told.evidence_status,
        {BATCH}
    from ledger.consent_events as told
    {BROUGHT}
    where {{condition}}
    order by told.seq
"""
SUPPRESSION_ENTRIES = f"""
    select
        told.entry_id as id, told.subject_id, told.source_id, told.controller_id, told.kind,
        told.event_at, told.event_time_status, told.scope, told.purpose, told.channel,
        by_hand.details ->> 'by' as asked_by, by_hand.details ->> 'reference' as reference,
        {BATCH}
    from ledger.suppression_entries as told
    {BROUGHT}
    left join ledger.audit_events as by_hand
        on told.source_id = 'operator'
            and by_hand.action = 'suppress' and by_hand.object_id = told.batch_id::text
    where {{condition}}
    order by told.seq
"""
CALL_ATTEMPTS = f"""
    select
        told.attempt_id as id, told.subject_id, told.source_id, told.controller_id,
        told.disposition, told.attempted_at, told.campaign_id, told.call_ref,
        {BATCH}
    from ledger.call_attempts as told
    {BROUGHT}
    where {{condition}}
    order by told.seq
"""
CUSTOMER_RELATIONS = f"""
    select
        told.relation_id as id, told.subject_id, told.source_id, told.controller_id, told.product,
        told.started_at, told.ended_at, told.last_purchase_at, told.inquiry_at,
        told.is_objection_offered,
        {BATCH}
    from ledger.customer_relations as told
    {BROUGHT}
    where {{condition}}
    order by told.seq
"""
LEDGERS = {
    "consent events": (CONSENT_EVENTS, "event_id"),
    "stops": (SUPPRESSION_ENTRIES, "entry_id"),
    "call attempts": (CALL_ATTEMPTS, "attempt_id"),
    "customer relations": (CUSTOMER_RELATIONS, "relation_id"),
}
# An entry keeps the snapshot in which it was first seen. The key begins with the register.
REGISTER_ENTRIES = """
    select
        entries.register_id, entries.controller_id, entries.is_listed, entries.is_revoking_all,
        entries.listed_at, entries.proof, entries.snapshot_id, snapshots.published_at,
        batches.accepted_at, newest.published_at as newest_published_at
    from (select distinct register_id from ledger.register_snapshots) as registers
    inner join landing.register_entries as entries
        on registers.register_id = entries.register_id and entries.subject_id = any(%(subjects)s)
    left join ledger.register_snapshots as snapshots using (snapshot_id)
    left join landing.batches as batches on snapshots.batch_id = batches.batch_id
    left join lateral (
        select max(all_of_it.published_at) as published_at
        from ledger.register_snapshots as all_of_it
        inner join landing.batches as theirs using (batch_id)
        where all_of_it.register_id = entries.register_id
            and entries.controller_id in ('', theirs.controller_id)
    ) as newest on true
    order by entries.register_id, entries.controller_id
"""
COPIES = """
    select
        snapshots.register_id, batches.controller_id, max(snapshots.published_at) as published_at
    from ledger.register_snapshots as snapshots
    inner join landing.batches as batches using (batch_id)
    where batches.accepted_at <= %(known_as_of)s
        and coalesce(batches.retracted_at > %(known_as_of)s, true)
    group by snapshots.register_id, batches.controller_id
    order by 3
"""
SCREENINGS = """
    select
        told.register_id, told.controller_id, told.is_listed, told.is_revoking_all,
        told.listed_at, told.proof, told.screened_at, snapshots.published_at
    from ledger.screenings as told
    left join ledger.register_snapshots as snapshots using (snapshot_id)
    where told.subject_id = any(%(subjects)s)
    order by told.seq
"""
LISTS = """
    select
        lists.campaign_id, lists.call_date, lists.edition, lists.list_id, current_lists.status,
        told.call_ref, told.decision_id, lists.run_id, lists.valid_until,
        current_lists.recorded_at as status_at,
        current_lists.reason as status_reason,
        published.recorded_at as published_at, lists.recorded_at as prepared_at,
        removed.reason as removed_for, removed.removed_at
    from ledger.publication_rows as told
    inner join ledger.publications as lists
        on told.list_id = lists.list_id and lists.status = 'prepared'
    inner join ledger.current_publications as current_lists
        on told.list_id = current_lists.list_id
    left join ledger.publications as published
        on told.list_id = published.list_id and published.status = 'published'
    left join lateral (
        select reason, removed_at from ledger.publication_removals as removals
        where removals.list_id = told.list_id and removals.subject_id = told.subject_id
        order by removed_at limit 1
    ) as removed on true
    where told.subject_id = any(%(subjects)s)
    order by lists.seq
"""
RUNS = "select run_id, known_as_of, seq, call_date, versions from ledger.decision_runs"
# `campaigns` has those alone that had a candidate.
RUN = f"""
    select runs.*, totals.totals -> 'campaigns' as campaigns
    from ({RUNS} where mode = 'daily' and call_date = %(day)s) as runs
    inner join ledger.decision_totals as totals using (run_id)
    order by runs.seq desc
    limit 1
"""
LAST_DAY = """
    select call_date
    from ledger.decision_runs
    inner join ledger.decision_totals using (run_id)
    where mode = 'daily'
    order by seq desc
    limit 1
"""
DECISIONS = """
    select
        told.campaign_id, told.verdict, told.ground, told.decision_id, told.call_date,
        told.reason_codes, told.evidence_ids, told.run_id, runs.known_as_of, runs.seq as run_seq
    from ledger.call_decisions as told
    inner join ledger.decision_runs as runs using (run_id)
    where told.subject_id = any(%(subjects)s)
    order by told.seq
"""
IN_MARTS = """
    select
        decisions.campaign_id, reasons.reason_code, reasons.evidence_id,
        to_jsonb(reasons) ->> 'detail' as detail,
        to_jsonb(decisions) ->> 'call_windows' as call_windows, decisions.timezone,
        to_jsonb(decisions) -> 'policy_ids' as policy_ids
    from marts.call_decisions as decisions
    left join marts.call_decision_reasons as reasons using (candidate_id)
    where decisions.subject_id = any(%(subjects)s) and decisions.run_id = %(run)s
"""
# Since when the register holds an entry word for word, at least.
ENTRY_SINCE = """
    select min(accepted_at) as accepted_at from ledger.config_versions
    where kind = 'campaigns' and content @> %(entry)s and accepted_at <= %(known_as_of)s
"""
MARTS_ARE_OF = "select exists (select from marts.call_decisions where run_id = %(run)s)"
SEALED = """
    select 'quarantined' as kind, told.batch_id, batches.delivery_id, told.row_number,
        told.reason_code, told.quarantined_at as at, null::timestamptz as due_at,
        null::timestamptz as resolved_at, batches.source_id, told.cells_encrypted
    from landing.quarantined_records as told
    inner join landing.batches as batches using (batch_id)
    where told.cells_encrypted is not null
    union all
    select 'unmatched', told.batch_id, batches.delivery_id, told.row_number, told.kind,
        told.received_at, told.due_at, told.resolved_at, batches.source_id, told.cells_encrypted
    from landing.unmatched_stops as told
    inner join landing.batches as batches using (batch_id)
    where told.cells_encrypted is not null
"""
# Turned away at its last attempt, and neither the same bytes nor a file of its name taken in since.
TURNED_AWAY = f"""
    select told.source_id, told.received_at, told.reason_code, told.has_unread_stops,
        {is_dismissed("told")} as is_dismissed
    from landing.batches as told
    where told.status = 'rejected' and told.part = 'rest' and not told.is_retried
        and not exists (
            select from landing.batches as good
            where good.source_id = told.source_id and good.part = 'rest'
                and good.accepted_at is not null
                and (
                    good.file_sha256 = told.file_sha256
                    or good.batch_id = told.answered_by
                    or good.name_hash = told.name_hash
                    and good.received_at > told.received_at
                    and good.rows_read >= told.rows_read
                )
        )
    order by told.received_at desc
"""
NAMES = """
    select kind, content from (
        select distinct on (kind) kind, content from ledger.config_versions
        where kind in ('campaigns', 'controllers')
        order by kind, seq desc
    ) as newest
"""


class Lookup:
    """Ask about one subject under all its ids; a row comes as a mapping of column to value."""

    def __init__(self, connection: Connection, given: Row) -> None:
        self.connection = connection
        self.given = given

    def rows(self, query: str, **more: Any) -> list[Row]:
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query.encode(), {**self.given, **more}).fetchall()

    def ledger(self, name: str, condition: str = "", **more: Any) -> list[Row]:
        query, _ = LEDGERS[name]
        where = condition or "told.subject_id = any(%(subjects)s)"
        return self.rows(query.format(condition=where), **more)
