"""Ask per category what has outlived its period: one query each, that also says what must stay.

Each returns the keys of a row and `kept`, null where nothing keeps it. Times are measured against
one instant, `%(now)s`, so that an interrupted run can be taken up again and finds the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass

# What keeps a lead past its time: a list that is being dialled, or a dispute (LAW.md 9).
LEAD_IS_LISTED = """
    exists (
        select
        from landing.lead_contact_points as points
        inner join ledger.publication_rows as listed on points.subject_id = listed.subject_id
        inner join ledger.current_publications as lists on listed.list_id = lists.list_id
        where
            points.record_id = {record}
            and lists.status in ('prepared', 'published') and lists.valid_until > %(now)s
    )
"""
LEAD_IS_RESTRICTED = """
    exists (
        select
        from landing.lead_contact_points as points
        inner join ledger.consent_events as disputes on points.subject_id = disputes.subject_id
        where
            points.record_id = {record} and disputes.event_type = 'restricted'
            and not exists (
                select
                from ledger.consent_events as settled
                where
                    settled.subject_id = disputes.subject_id and settled.event_type = 'given'
                    and settled.seq > disputes.seq
            )
    )
"""
KEPT = f"""
    case
        when {LEAD_IS_LISTED.format(record="past.record_id")} then 'on a list that is valid'
        when {LEAD_IS_RESTRICTED.format(record="past.record_id")} then 'restricted by the person'
    end
"""
# A lead with all its versions: counted from the newest one's collection, else from first receipt.
LEADS = """
    records as (
        select
            lead_records.record_id, lead_records.lead_id, lead_records.source_id,
            lead_records.controller_id, lead_records.collected_at, batches.accepted_at,
            min(batches.accepted_at) over lead as first_known_at,
            first_value(batches.accepted_at) over newest as newest_at,
            first_value(lead_records.collected_at) over newest as newest_collected_at
        from landing.lead_records
        inner join landing.batches on lead_records.batch_id = batches.batch_id
        where batches.retracted_at is null
        window
            lead as (partition by lead_records.lead_id),
            newest as (
                partition by lead_records.lead_id
                order by batches.accepted_at desc, lead_records.record_id
            )
    )
"""
PROSPECT = f"""
    with {LEADS},
    periods as (
        select * from jsonb_to_recordset(%(periods)s) as p (
            category text, country_code text, days integer
        )
        where category = 'prospect'
    ),
    outlived as (
        select
            records.record_id, records.controller_id,
            coalesce(records.newest_collected_at, records.first_known_at) as counted_from,
            (
                select min(coalesce(own.days, general.days))
                from landing.lead_contact_points as points
                inner join periods as general on general.country_code = '*'
                left join periods as own on points.number_region = own.country_code
                where points.record_id = records.record_id
            ) as days
        from records
        where
            coalesce(records.newest_collected_at, records.first_known_at)
            < %(now)s - (select min(days) from periods) * interval '1 day'
    ),
    renewed as (
        select
            outlived.record_id,
            max(consents.event_at) as consent_at,
            max(coalesce(relations.ended_at, 'infinity')) filter (
                where relations.seq is not null
            ) as customer_until,
            max(greatest(relations.last_purchase_at, relations.inquiry_at)) as heard_at
        from outlived
        inner join landing.lead_contact_points as points using (record_id)
        left join ledger.consent_events as consents
            on points.subject_id = consents.subject_id
            and outlived.controller_id = consents.controller_id
            and consents.event_type in ('given', 'renewed')
            and not exists (
                select from landing.batches
                where batches.batch_id = consents.batch_id and batches.retracted_at is not null
            )
        left join ledger.customer_relations as relations
            on points.subject_id = relations.subject_id
            and outlived.controller_id = relations.controller_id
        group by outlived.record_id
    ),
    past as (
        select outlived.record_id
        from outlived
        inner join renewed using (record_id)
        where
            greatest(
                outlived.counted_from, renewed.consent_at, renewed.customer_until,
                renewed.heard_at
            ) + outlived.days * interval '1 day' < %(now)s
    )
    select past.record_id, {KEPT} as kept from past
"""
NOT_INFORMED = f"""
    with {LEADS},
    sources as (
        select source ->> 'source_id' as source_id
        from (
            select content from ledger.config_versions
            where kind = 'sources' and accepted_at <= %(now)s
            order by seq desc limit 1
        ) as newest
        cross join jsonb_array_elements(newest.content) as source
        where source ->> 'obtained' <> 'from_person'
    ),
    past as (
        select records.*
        from records
        inner join sources using (source_id)
        where records.first_known_at < %(now)s - %(days)s * interval '1 day'
    )
    select
        past.record_id,
        case
            when exists (
                select
                from landing.lead_contact_points as points
                inner join ledger.call_attempts as attempts
                    on points.subject_id = attempts.subject_id
                where
                    points.record_id = past.record_id
                    and attempts.controller_id = past.controller_id
                    and attempts.attempted_at >= past.first_known_at
            ) then 'informed in a call'
            when exists (
                select
                from landing.lead_contact_points as points
                inner join ledger.consent_events as consents
                    on points.subject_id = consents.subject_id
                where
                    points.record_id = past.record_id
                    and consents.controller_id = past.controller_id
                    and consents.event_type in ('given', 'renewed')
                    and consents.notice_version is not null
            ) then 'informed by a notice'
            else {KEPT}
        end as kept
    from past
"""
# Where the newest version has no date of collection, the oldest one tells since when it is known.
SUPERSEDED_VERSION = f"""
    with {LEADS},
    past as (
        select records.*
        from records
        where
            records.accepted_at < records.newest_at
            and records.newest_at < %(now)s - %(days)s * interval '1 day'
    )
    select
        past.record_id,
        case
            when past.newest_collected_at is null and past.accepted_at = past.first_known_at
                then 'tells since when the lead is known'
            else {KEPT}
        end as kept
    from past
"""
RETRACTED_BATCH = f"""
    with past as (
        select lead_records.record_id
        from landing.lead_records
        inner join landing.batches on lead_records.batch_id = batches.batch_id
        where batches.retracted_at < %(now)s - %(days)s * interval '1 day'
    )
    select past.record_id, {KEPT} as kept from past
"""
# A stop on one number of a person binds the others: which numbers were one person's stays known
# for as long as that person has another lead here, or a stop. Nor may a line of two pass for the
# other's alone, as long as that one has a lead. `link` names the row asked about.
LINK_MATTERS = """
    exists (
        select
        from landing.lead_contact_points as others
        where
            (others.person_ref = link.person_ref or others.subject_id = link.subject_id)
            and others.record_id <> all(%(gone)s::uuid[])
    )
    or exists (
        select
        from ledger.consent_events as stops
        where stops.person_ref = link.person_ref and stops.event_type <> all(%(grants)s)
    )
    or exists (
        select
        from ledger.suppression_entries as stops
        where stops.person_ref = link.person_ref
    )
    or exists (
        select
        from landing.person_numbers as numbers
        cross join lateral (
            select numbers.subject_id
            union all
            select new_subject_id from ledger.subject_aliases
            where old_subject_id = numbers.subject_id
            union all
            select old_subject_id from ledger.subject_aliases
            where new_subject_id = numbers.subject_id
        ) as known
        where numbers.person_ref = link.person_ref and (
            exists (
                select from ledger.consent_events as stops
                where stops.subject_id = known.subject_id and stops.event_type <> all(%(grants)s)
            )
            or exists (
                select from ledger.suppression_entries as stops
                where stops.subject_id = known.subject_id
            )
            or exists (
                select from ledger.call_attempts as stops
                where stops.subject_id = known.subject_id
                    and stops.disposition <> all(%(quiet)s)
            )
        )
    )
"""
KEEP_LINKS = f"""
    insert into landing.person_links (controller_id, person_ref, subject_id, batch_id)
    select leads.controller_id, link.person_ref, link.subject_id, link.batch_id
    from landing.lead_contact_points as link
    inner join landing.lead_records as leads on link.record_id = leads.record_id
    inner join landing.batches on link.batch_id = batches.batch_id
    where
        link.record_id = any(%(gone)s::uuid[])
        and batches.retracted_at is null
        and ({LINK_MATTERS})
    on conflict do nothing
"""
PERSON_LINK = f"""
    select
        link.person_ref, link.subject_id, link.batch_id,
        case
            when batches.retracted_at is null and ({LINK_MATTERS})
                then 'of a person with a lead or a stop, or of a line in use'
        end as kept
    from landing.person_links as link
    inner join landing.batches on link.batch_id = batches.batch_id
    where
        batches.retracted_at is null
        or batches.retracted_at < %(now)s - %(days)s * interval '1 day'
"""
QUARANTINED_RECORD = """
    select batch_id, row_number, null::text as kept
    from landing.quarantined_records
    where quarantined_at < %(now)s - %(days)s * interval '1 day'
"""


@dataclass(frozen=True, slots=True)
class RowCategory:
    """Say which rows of one table can fall due, and the types of their key.

    `guard` is looked at again in the very statement that deletes; `first` runs just before it and
    saves what must outlive the rows `%(gone)s`.
    """

    name: str
    query: str
    table: str
    key: tuple[tuple[str, str], ...]
    guard: str = ""
    first: str = ""


_LEAD = ("landing.lead_records", (("record_id", "uuid"),))
# A list may have left since the plan.
_NOT_LISTED = f"not {LEAD_IS_LISTED.format(record='due.record_id')}"
_LEAD_GOES = (*_LEAD, _NOT_LISTED, KEEP_LINKS)
ROW_CATEGORIES = (
    RowCategory("prospect", PROSPECT, *_LEAD_GOES),
    RowCategory("not_informed", NOT_INFORMED, *_LEAD_GOES),
    RowCategory("superseded_version", SUPERSEDED_VERSION, *_LEAD_GOES),
    RowCategory("retracted_batch", RETRACTED_BATCH, *_LEAD_GOES),
    RowCategory(
        "person_link",
        PERSON_LINK,
        "landing.person_links",
        (("person_ref", "uuid"), ("subject_id", "uuid"), ("batch_id", "uuid")),
    ),
    RowCategory(
        "quarantined_record",
        QUARANTINED_RECORD,
        "landing.quarantined_records",
        (("batch_id", "uuid"), ("row_number", "bigint")),
    ),
)
