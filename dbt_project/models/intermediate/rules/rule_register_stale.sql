with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'register_stale' as reason_code,
        facts.stale_register_id as evidence_id,
        null::timestamptz as evidence_at,
        facts.stale_registers as detail
    from facts
    where
        facts.stale_register_id is not null and facts.is_register_binding is not false
)

select * from final
