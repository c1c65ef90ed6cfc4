{{ config(materialized="view") }}

with

decision_runs as (
    select * from {{ source('ledger', 'decision_runs') }}
),

decision_totals as (
    select * from {{ source('ledger', 'decision_totals') }}
),

final as (
    select
        decision_runs.run_id,
        decision_runs.mode,
        decision_runs.call_date,
        decision_runs.known_as_of,
        decision_runs.code_version,
        decision_totals.finished_at,
        (decision_totals.totals ->> 'count_candidates')::bigint as count_candidates,
        (decision_totals.totals ->> 'count_callable')::bigint as count_callable,
        (decision_totals.totals ->> 'count_blocked')::bigint as count_blocked,
        (decision_totals.totals ->> 'count_undetermined')::bigint as count_undetermined,
        (decision_totals.totals ->> 'count_changed')::bigint as count_changed
    from decision_runs
    left join decision_totals on decision_runs.run_id = decision_totals.run_id
)

select * from final
