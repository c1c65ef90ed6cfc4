with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'abandoned_share_exceeded' as reason_code,
        null::text as evidence_id,
        null::timestamptz as evidence_at,
        facts.abandoned_share as detail
    from facts
    where
        facts.is_abandoned_share_kept is not true
)

select * from final
