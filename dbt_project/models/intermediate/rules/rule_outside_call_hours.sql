with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'outside_call_hours' as reason_code,
        null::text as evidence_id,
        null::timestamptz as evidence_at,
        null::text as detail
    from facts
    where
        facts.is_policy_known is not false
        and facts.is_call_day is not false
        and facts.has_call_hours is not true
)

select * from final
