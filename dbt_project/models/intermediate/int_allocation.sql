-- One row for each candidate that nothing else stops, with the campaign that gets its number: of
-- one controller on one day the campaign of the highest priority (1), then of the lowest id.
{{ config(materialized="ephemeral") }}

with

facts as (
    select * from {{ ref('int_call_facts') }}
),

fact_reasons as (
    select * from {{ ref('int_fact_reasons') }}
),

final as (
    select
        facts.candidate_id,
        facts.campaign_id,
        first_value(facts.campaign_id) over (
            partition by facts.controller_id, facts.subject_id, facts.call_date
            order by facts.priority asc nulls last, facts.campaign_id asc
        ) as allocated_campaign_id
    from facts
    left join fact_reasons on facts.candidate_id = fact_reasons.candidate_id
    where fact_reasons.candidate_id is null
)

select * from final
