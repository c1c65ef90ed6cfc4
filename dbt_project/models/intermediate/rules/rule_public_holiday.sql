with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'public_holiday' as reason_code,
        null::text as evidence_id,
        null::timestamptz as evidence_at,
        facts.public_holidays as detail
    from facts
    where
        facts.is_policy_known is not false
        and facts.is_public_holiday is not false
)

select * from final
