with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'minor' as reason_code,
        coalesce(facts.minor_evidence_id, facts.minor_record_id)::text as evidence_id,
        facts.minor_at as evidence_at,
        null::text as detail
    from facts
    where
        facts.is_minor is not false or facts.minor_evidence_id is not null
)

select * from final
