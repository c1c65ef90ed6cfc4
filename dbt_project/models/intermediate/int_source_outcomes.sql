-- What came of the numbers of each source, by verdict and first reason. A number that several
-- sources or campaigns hold counts once for each.
with

candidate_leads as (
    select * from {{ ref('int_candidate_leads') }}
),

call_decisions as (
    select * from {{ ref('call_decisions') }}
),

reason_codes as (
    select * from {{ ref('reason_codes') }}
),

number_faults as (
    select array_agg(reason_codes.reason_code) as reason_codes
    from reason_codes
    where reason_codes.family = 'number'
),

final as (
    select
        candidate_leads.source_id,
        call_decisions.verdict,
        call_decisions.first_reason_code,
        count(*) as count_candidate_leads,
        count(*) filter (where not call_decisions.reason_codes && number_faults.reason_codes)
            as count_valid_numbers
    from candidate_leads
    cross join number_faults
    inner join call_decisions
        on
            candidate_leads.subject_id = call_decisions.subject_id
            and candidate_leads.campaign_id = call_decisions.campaign_id
    group by
        candidate_leads.source_id,
        call_decisions.verdict,
        call_decisions.first_reason_code
)

select * from final
