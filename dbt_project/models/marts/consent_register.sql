{{ config(materialized="view") }}

with

consent_events as (
    select * from {{ ref('stg_consent_events') }}
),

stop_events as (
    select * from {{ ref('int_stop_events') }}
),

grants as (
    select distinct on (
        consent_events.subject_id, consent_events.controller_id, consent_events.purpose
    )
        consent_events.subject_id,
        consent_events.controller_id,
        consent_events.purpose,
        consent_events.event_id,
        consent_events.event_type,
        consent_events.event_at,
        consent_events.event_time_status,
        consent_events.expires_at,
        consent_events.source_id,
        consent_events.evidence_status
    from consent_events
    where consent_events.event_type in ('given', 'renewed')
    order by
        consent_events.subject_id asc,
        consent_events.controller_id asc,
        consent_events.purpose asc,
        consent_events.event_at desc nulls last,
        consent_events.event_id asc
),

stopped as (
    select
        grants.event_id,
        max(stop_events.lifted_after) as stopped_at
    from grants
    inner join stop_events
        on
            grants.subject_id = stop_events.subject_id
            and (
                stop_events.controller_id is null
                or grants.controller_id = stop_events.controller_id
            )
            and (stop_events.purpose is null or grants.purpose = stop_events.purpose)
    where {{ is_not_another_channel('stop_events.channel') }}
    group by grants.event_id
),

final as (
    select
        grants.subject_id,
        grants.controller_id,
        grants.purpose,
        grants.event_id,
        grants.event_type,
        grants.event_at,
        grants.event_time_status,
        grants.expires_at,
        grants.source_id,
        grants.evidence_status,
        stopped.stopped_at,
        coalesce(stopped.stopped_at < grants.event_at, stopped.event_id is null)
            as is_standing
    from grants
    left join stopped on grants.event_id = stopped.event_id
)

select * from final
