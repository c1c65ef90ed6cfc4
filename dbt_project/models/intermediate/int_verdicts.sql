-- One row for each candidate: its one verdict, all its reasons in order of precedence, and the
-- decision's id. The id names what was decided and why, so it is the same tomorrow if nothing
-- changed: neither the day nor the run is part of it.
{{ config(materialized="ephemeral") }}

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
        array_agg(reasons.evidence_id order by reasons.precedence) filter (
            where reasons.evidence_id is not null
        ) as evidence_ids
    from reasons
    group by reasons.candidate_id
),

judged as (
    select
        facts.*,
        case
            when gathered.is_blocked then 'blocked'
            when gathered.candidate_id is not null or facts.ground is null then 'undetermined'
            else 'callable'
        end as verdict,
        coalesce(gathered.reason_codes, '{}') as reason_codes,
        coalesce(gathered.evidence_ids, '{}') as reason_evidence_ids,
        case
            when gathered.candidate_id is not null then null
            when facts.ground = 'consent' then facts.consent_event_id::text
            when facts.ground = 'customer' then facts.customer_relation_id::text
            when facts.ground = 'legitimate_interest' then facts.legitimate_interest_id
        end as ground_evidence_id
    from facts
    left join gathered on facts.candidate_id = gathered.candidate_id
),

named as (
    select
        judged.*,
        judged.reason_codes[1] as first_reason_code,
        case when judged.verdict = 'callable' then judged.ground end as verdict_ground,
        array_remove(judged.reason_evidence_ids || judged.ground_evidence_id, null)
            as evidence_ids
    from judged
),

final as (
    select
        named.*,
        encode(
            substring(
                sha256(
                    convert_to(
                        concat_ws(
                            '|',
                            named.subject_id,
                            named.campaign_id,
                            named.verdict,
                            array_to_string(named.reason_codes, ','),
                            array_to_string(named.evidence_ids, ',')
                        ),
                        'UTF8'
                    )
                ) from 1 for 16
            ),
            'hex'
        )::uuid as decision_id
    from named
)

select * from final
