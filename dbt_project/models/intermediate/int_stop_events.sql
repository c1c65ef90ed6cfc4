-- Every known stop in one shape. `counts_from` is the earliest instant at which it binds and
-- `lifted_after` the instant a later consent must be younger than: the end of the day for a date
-- without a time, the acceptance for a time that is missing or cannot be trusted.
{#- A view, not ephemeral: who asks twice must not pay for five million rows kept aside. -#}
{{ config(materialized="view") }}

with

consent_events as (
    select * from {{ ref('stg_consent_events') }}
),

suppression_entries as (
    select * from {{ ref('stg_suppression_entries') }}
),

call_attempts as (
    select * from {{ ref('stg_call_attempts') }}
),

stops as (
    select
        consent_events.event_id as evidence_id,
        consent_events.source_id,
        case consent_events.event_type
            when 'refused' then 'consent_refused'
            when 'withdrawn' then 'consent_withdrawn'
            when 'restricted' then 'restricted'
            else 'objected'
        end as reason_code,
        consent_events.subject_id,
        consent_events.person_ref,
        consent_events.controller_id,
        consent_events.purpose,
        consent_events.channel,
        consent_events.event_at,
        consent_events.event_time_status,
        consent_events.accepted_at,
        consent_events.event_type in ('refused', 'withdrawn', 'objected', 'unreadable')
            as is_liftable
    from consent_events
    where consent_events.event_type not in ('given', 'renewed')
    union all
    select
        suppression_entries.entry_id as evidence_id,
        suppression_entries.source_id,
        case suppression_entries.kind
            when 'erasure' then 'erased'
            else 'suppressed_internally'
        end as reason_code,
        suppression_entries.subject_id,
        suppression_entries.person_ref,
        case when suppression_entries.scope <> 'all' then suppression_entries.controller_id end
            as controller_id,
        case when suppression_entries.scope = 'purpose' then suppression_entries.purpose end
            as purpose,
        suppression_entries.channel,
        suppression_entries.event_at,
        suppression_entries.event_time_status,
        suppression_entries.accepted_at,
        suppression_entries.kind in ('objection', 'withdrawal') as is_liftable
    from suppression_entries
    union all
    select
        call_attempts.attempt_id as evidence_id,
        call_attempts.source_id,
        case call_attempts.disposition
            when 'refused' then 'consent_refused'
            when 'objected' then 'objected'
            when 'unreadable' then 'objected'
            when 'minor' then 'minor'
            else 'suppressed_internally'
        end as reason_code,
        call_attempts.subject_id,
        null::uuid as person_ref,
        call_attempts.controller_id,
        null as purpose,
        null as channel,
        call_attempts.attempted_at as event_at,
        call_attempts.event_time_status,
        call_attempts.accepted_at,
        call_attempts.disposition in ('refused', 'objected', 'unreadable') as is_liftable
    from call_attempts
    where call_attempts.disposition not in ('no_contact', 'answered', 'callback_requested')
),

final as (
    select
        stops.*,
        case
            when stops.event_time_status in ('ok', 'date_only')
                then coalesce(stops.event_at, stops.accepted_at)
            else stops.accepted_at
        end as counts_from,
        case stops.event_time_status
            when 'ok' then coalesce(stops.event_at, stops.accepted_at)
            when 'date_only'
                -- A day has up to 25 hours.
                then coalesce(stops.event_at + interval '25 hours', stops.accepted_at)
            else stops.accepted_at
        end as lifted_after
    from stops
)

select * from final
