-- One row for each candidate that gets its number today and whose person may be short of calls:
-- which place it has among the person's rows of the day, and how many calls the cap leaves them.
{{ config(materialized="ephemeral") }}

with

allocation as (
    select * from {{ ref('int_allocation') }}
),

person_attempts as (
    select * from {{ ref('int_person_attempts') }}
),

facts as (
    select * from {{ ref('int_call_facts') }}
),

placed as (
    select
        allocation.candidate_id,
        row_number() over (
            partition by person_attempts.person_ref, facts.controller_id, facts.call_date
            order by facts.priority asc nulls last, facts.campaign_id asc, facts.subject_id asc
        ) as place,
        facts.max_attempts - person_attempts.count_attempts as count_left
    from allocation
    inner join person_attempts on allocation.candidate_id = person_attempts.candidate_id
    inner join facts on allocation.candidate_id = facts.candidate_id
    where allocation.campaign_id = allocation.allocated_campaign_id
),

final as (
    select
        placed.candidate_id,
        bool_or((placed.place <= placed.count_left) is not true) as is_beyond_cap
    from placed
    group by placed.candidate_id
)

select * from final
