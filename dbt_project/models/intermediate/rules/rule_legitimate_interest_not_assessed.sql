with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'legitimate_interest_not_assessed' as reason_code,
        null::text as evidence_id,
        null::timestamptz as evidence_at,
        null::text as detail
    from facts
    where
        facts.ground is null
        and facts.is_law_settled is not false
        and facts.is_legitimate_interest_open
)

select * from final
