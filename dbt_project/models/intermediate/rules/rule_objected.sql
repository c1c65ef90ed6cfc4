with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'objected' as reason_code,
        facts.objected_evidence_id::text as evidence_id,
        facts.objected_at as evidence_at,
        null::text as detail
    from facts
    where
        facts.objected_evidence_id is not null
)

select * from final
