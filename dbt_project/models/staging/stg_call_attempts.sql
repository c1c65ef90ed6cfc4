with

call_attempts as (
    select * from {{ source('ledger', 'call_attempts') }}
),

batches as (
    select * from {{ ref('stg_batches') }}
),

aliases as (
    select * from {{ ref('stg_subject_aliases') }}
),

final as (
    select
        call_attempts.attempt_id,
        call_attempts.source_id,
        call_attempts.controller_id,
        coalesce(aliases.new_subject_id, call_attempts.subject_id) as subject_id,
        call_attempts.campaign_id,
        call_attempts.call_ref,
        call_attempts.attempted_at,
        -- Of a row from before it was kept nobody knows.
        coalesce(call_attempts.event_time_status, 'absent') as event_time_status,
        call_attempts.disposition,
        call_attempts.is_abandoned,
        batches.accepted_at
    from call_attempts
    inner join batches on call_attempts.batch_id = batches.batch_id
    left join aliases on call_attempts.subject_id = aliases.old_subject_id
)

select * from final
