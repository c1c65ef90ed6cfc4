with

call_decisions as (
    select * from {{ ref('call_decisions') }}
),

final as (
    select
        call_decisions.campaign_id,
        call_decisions.call_date,
        call_decisions.first_reason_code,
        call_decisions.verdict,
        count(*) as count_candidates
    from call_decisions
    where call_decisions.verdict <> 'callable'
    group by
        call_decisions.campaign_id,
        call_decisions.call_date,
        call_decisions.first_reason_code,
        call_decisions.verdict
)

select * from final
