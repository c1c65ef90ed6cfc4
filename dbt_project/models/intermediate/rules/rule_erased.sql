with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'erased' as reason_code,
        facts.erased_evidence_id::text as evidence_id,
        facts.erased_at as evidence_at,
        null::text as detail
    from facts
    where
        facts.erased_evidence_id is not null
)

select * from final
