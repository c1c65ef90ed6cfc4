-- The days this build decides for: the run's own, and others that a comparison asks about.
with

run as (
    select * from {{ ref('stg_run') }}
),

final as (
    select run.call_date
    from run
    union
    select unnest(run.further_call_dates) as call_date
    from run
)

select * from final
