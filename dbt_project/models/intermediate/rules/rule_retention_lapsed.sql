with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'retention_lapsed' as reason_code,
        null::text as evidence_id,
        facts.retention_ends_at as evidence_at,
        null::text as detail
    from facts
    where
        (facts.retention_ends_at >= coalesce(facts.day_ends_at, facts.known_as_of)) is not true
)

select * from final
