with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'suppressed_internally' as reason_code,
        facts.suppressed_evidence_id::text as evidence_id,
        facts.suppressed_at as evidence_at,
        null::text as detail
    from facts
    where
        facts.suppressed_evidence_id is not null
)

select * from final
