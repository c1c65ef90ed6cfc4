with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'register_missing' as reason_code,
        facts.missing_register_id as evidence_id,
        null::timestamptz as evidence_at,
        facts.missing_registers as detail
    from facts
    where
        facts.missing_register_id is not null and facts.is_register_binding is not false
)

select * from final
