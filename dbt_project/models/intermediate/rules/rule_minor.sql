with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'minor' as reason_code,
        facts.minor_evidence_id::text as evidence_id,
        facts.minor_at as evidence_at,
        case when facts.minor_evidence_id is null then 'birth_date' else 'reported' end as detail
    from facts
    where
        facts.is_minor is not false or facts.minor_evidence_id is not null
)

select * from final
