-- The run this build is for: the latest of its mode. Every model asks it for the three times.
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
        decision_runs.known_as_of,
        exists (select from clock where clock.mode = 'demo') as is_demo
    from decision_runs
    where decision_runs.seq = (
        select max(latest.seq)
        from decision_runs as latest
        where latest.mode = '{{ target.name }}'
    )
)

select * from final
