{#- A view on the ledger: it has every day, without a replay. -#}
{{ config(materialized="view") }}

with

run_of_day as (
    select * from {{ ref('int_run_of_day') }}
),

final as (
    select
        outcomes.source_id,
        run_of_day.call_date,
        run_of_day.run_id,
        outcomes.verdict,
        outcomes.first_reason_code,
        outcomes.count_candidate_leads
    from run_of_day
    cross join
        jsonb_to_recordset(run_of_day.totals -> 'sources') as outcomes (
            source_id text,
            verdict text,
            first_reason_code text,
            count_candidate_leads bigint
        )
)

select * from final
