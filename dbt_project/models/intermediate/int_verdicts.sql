-- One row for each candidate: its one verdict, all its reasons in order of precedence, and the
-- decision's id. The id names what was decided and why, so it is the same tomorrow if nothing
-- changed: neither the day nor the run is part of it.
{{ config(post_hook="analyze {{ this }}") }}

with

facts as (
    select * from {{ ref('int_call_facts') }}
),

reasons as (
    select * from {{ ref('int_decision_reasons') }}
),

gathered as (
    select
        reasons.candidate_id,
        bool_or(reasons.verdict = 'blocked') as is_blocked,
        array_agg(reasons.reason_code order by reasons.precedence) as reason_codes,
        array_agg(reasons.evidence_id order by reasons.evidence_id)
            filter (where reasons.evidence_id is not null) as evidence_ids
    from reasons
    group by reasons.candidate_id
),

judged as (
    select
        facts.candidate_id,
        facts.subject_id,
        facts.campaign_id,
        case
            when gathered.is_blocked then 'blocked'
            when gathered.candidate_id is not null or facts.ground is null then 'undetermined'
            else 'callable'
        end as verdict,
        coalesce(gathered.reason_codes, '{}') as reason_codes,
        case
            when gathered.candidate_id is null
                then array_remove(array[facts.ground_evidence_id], null)
            else coalesce(gathered.evidence_ids, '{}')
        end as evidence_ids,
        case when gathered.candidate_id is null then facts.ground end as ground,
        case when gathered.candidate_id is null then facts.ground_evidence_id end
            as ground_evidence_id
    from facts
    left join gathered on facts.candidate_id = gathered.candidate_id
),

final as (
    select
        judged.*,
        judged.reason_codes[1] as first_reason_code,
        encode(
            substring(
                sha256(
                    convert_to(
                        concat_ws(
                            '|',
                            judged.subject_id,
                            judged.campaign_id,
                            judged.verdict,
                            array_to_string(judged.reason_codes, ','),
                            array_to_string(judged.evidence_ids, ',')
                        ),
                        'UTF8'
                    )
                ) from 1 for 16
            ),
            'hex'
        )::uuid as decision_id
    from judged
)

select * from final
