with

facts as (
    select * from {{ ref('int_call_facts') }}
),

reasons as (
    select * from {{ ref('int_decision_reasons') }}
),

final as (
    select
        facts.candidate_id,
        facts.subject_id,
        facts.campaign_id,
        facts.call_date,
        reasons.reason_code,
        reasons.family,
        reasons.precedence,
        reasons.verdict,
        reasons.evidence_id,
        reasons.evidence_at,
        reasons.detail
    from facts
    inner join reasons on facts.candidate_id = reasons.candidate_id
)

select * from final
