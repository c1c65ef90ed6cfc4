with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'restricted' as reason_code,
        facts.restricted_evidence_id::text as evidence_id,
        facts.restricted_at as evidence_at,
        null::text as detail
    from facts
    where
        facts.restricted_evidence_id is not null
)

select * from final
