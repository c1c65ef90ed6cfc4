-- A period of n days is n full days after the one on which the person refused: it must be over when
-- the callee's day begins. That is 25 hours before its end, where the clocks go back.
with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'consent_refused' as reason_code,
        facts.refused_evidence_id::text as evidence_id,
        facts.refused_at as evidence_at,
        null::text as detail
    from facts
    where
        facts.refused_evidence_id is not null
        and (
            facts.refused_at + facts.after_refusal_days * interval '1 day'
            < facts.day_ends_at - interval '25 hours'
        ) is not true
)

select * from final
