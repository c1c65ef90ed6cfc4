-- The run this build is for: the latest of its mode. Every model asks it for the three times.
{#- A table of few rows: as a view it would keep every query on it from running in parallel. -#}
{{ config(materialized="refilled", post_hook="analyze {{ this }}") }}

with

decision_runs as (
    select * from {{ source('ledger', 'decision_runs') }}
),

clock as (
    select * from {{ source('ledger', 'clock') }}
),

final as (
    select
        decision_runs.run_id,
        decision_runs.call_date,
        decision_runs.further_call_dates,
        decision_runs.known_as_of,
        decision_runs.silent_feeds,
        decision_runs.proposed_overlays,
        coalesce(clock.mode = 'demo', false) as is_demo
    from decision_runs
    left join clock on clock.is_only_row
    where decision_runs.seq = (
        select max(latest.seq)
        from decision_runs as latest
        where latest.mode = '{{ target.name }}'
    )
)

select * from final
