with

facts as (
    select * from {{ ref('int_call_facts') }}
),

verdicts as (
    select * from {{ ref('int_verdicts') }}
),

final as (
    select
        facts.candidate_id,
        verdicts.decision_id,
        facts.subject_id,
        facts.campaign_id,
        facts.controller_id,
        facts.call_date,
        facts.known_as_of,
        facts.run_id,
        verdicts.verdict,
        verdicts.first_reason_code,
        verdicts.reason_codes,
        verdicts.evidence_ids,
        verdicts.ground,
        verdicts.ground_evidence_id,
        facts.presenting_record_id,
        facts.country_code,
        facts.audience,
        facts.number_region,
        facts.line_type,
        facts.call_start_local,
        facts.call_end_local,
        facts.timezone,
        facts.valid_until
    from facts
    inner join verdicts on facts.candidate_id = verdicts.candidate_id
)

select * from final
