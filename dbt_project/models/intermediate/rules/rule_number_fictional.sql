with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'number_fictional' as reason_code,
        null::text as evidence_id,
        null::timestamptz as evidence_at,
        null::text as detail
    from facts
    where
        facts.number_status = 'fictional' and facts.is_demo is not true
)

select * from final
