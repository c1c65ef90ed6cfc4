with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'policy_missing' as reason_code,
        null::text as evidence_id,
        null::timestamptz as evidence_at,
        facts.policy_shortfall as detail
    from facts
    where
        facts.is_policy_known is not true
)

select * from final
