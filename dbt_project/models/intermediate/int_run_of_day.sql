-- The run that each day's figures stand on: its last daily one that ended well.
{{ config(materialized="ephemeral") }}

with

decision_runs as (
    select * from {{ source('ledger', 'decision_runs') }}
),

decision_totals as (
    select * from {{ source('ledger', 'decision_totals') }}
),

final as (
    select distinct on (decision_runs.call_date)
        decision_runs.call_date,
        decision_runs.run_id,
        decision_runs.known_as_of,
        decision_totals.totals
    from decision_runs
    inner join decision_totals on decision_runs.run_id = decision_totals.run_id
    where decision_runs.mode = 'daily'
    order by decision_runs.call_date asc, decision_runs.seq desc
)

select * from final
