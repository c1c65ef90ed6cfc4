with

campaigns as (
    select * from {{ ref('stg_campaigns') }}
),

call_decisions as (
    select * from {{ ref('call_decisions') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

final as (
    select
        campaigns.campaign_id,
        run.call_date,
        run.known_as_of,
        count(call_decisions.candidate_id) as count_candidates,
        count(*) filter (where call_decisions.verdict = 'callable') as count_callable,
        count(*) filter (where call_decisions.verdict = 'blocked') as count_blocked,
        count(*) filter (where call_decisions.verdict = 'undetermined') as count_undetermined
    from campaigns
    cross join run
    left join call_decisions
        on
            campaigns.campaign_id = call_decisions.campaign_id
            and run.call_date = call_decisions.call_date
    group by campaigns.campaign_id, run.call_date, run.known_as_of
)

select * from final
