{#- A view on the ledger: it has every day, without a replay. -#}
{{ config(materialized="view") }}

with

run_of_day as (
    select * from {{ ref('int_run_of_day') }}
),

final as (
    select
        campaigns.campaign_id,
        run_of_day.call_date,
        run_of_day.run_id,
        run_of_day.known_as_of,
        (campaigns.counts ->> 'count_candidates')::bigint as count_candidates,
        (campaigns.counts ->> 'count_callable')::bigint as count_callable,
        (campaigns.counts ->> 'count_blocked')::bigint as count_blocked,
        (campaigns.counts ->> 'count_undetermined')::bigint as count_undetermined
    from run_of_day
    cross join
        jsonb_each(run_of_day.totals -> 'campaigns') as campaigns (campaign_id, counts)
)

select * from final
