with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'consent_withdrawn' as reason_code,
        facts.withdrawn_evidence_id::text as evidence_id,
        facts.withdrawn_at as evidence_at,
        null::text as detail
    from facts
    where
        facts.withdrawn_evidence_id is not null
)

select * from final
