{{ config(materialized="view") }}

with

audit_events as (
    select * from {{ source('ledger', 'audit_events') }}
),

final as (
    select
        audit_events.seq as look_up_id,
        audit_events.recorded_at as looked_up_at,
        audit_events.actor,
        audit_events.object_id::uuid as subject_id,
        (audit_events.details ->> 'call_date')::date as call_date
    from audit_events
    where audit_events.action = 'explain'
)

select * from final
