with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'policy_unreviewed' as reason_code,
        facts.policy_id as evidence_id,
        null::timestamptz as evidence_at,
        facts.policy_shortfall as detail
    from facts
    where
        facts.is_policy_known is not false and facts.is_policy_reviewed is not true
)

select * from final
