with

registers as (
    select * from {{ ref('registers') }}
),

snapshots as (
    select * from {{ ref('stg_register_snapshots') }}
),

screening as (
    select * from {{ ref('int_register_screening') }}
),

law_registers as (
    select * from {{ ref('int_law_registers') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

in_force as (
    select
        registers.register_id,
        min(registers.register_name) as register_name,
        string_agg(distinct registers.country_code, ',' order by registers.country_code)
            as country_codes,
        min(registers.max_age_days) as max_age_days
    from registers
    cross join run
    where
        registers.valid_from <= run.call_date
        and coalesce(registers.valid_to, run.call_date) >= run.call_date
    group by registers.register_id
),

needed as (
    select
        law_registers.register_id,
        bool_or(law_registers.is_missing or law_registers.is_stale) as is_short
    from law_registers
    group by law_registers.register_id
),

screened as (
    select
        screening.register_id,
        count(*) as count_candidates,
        count(*) filter (where screening.is_listed) as count_listed
    from screening
    group by screening.register_id
),

final as (
    select
        in_force.register_id,
        in_force.register_name,
        in_force.country_codes,
        in_force.max_age_days,
        snapshots.snapshot_id,
        snapshots.published_at,
        snapshots.accepted_at,
        snapshots.count_entries,
        snapshots.published_at + in_force.max_age_days * interval '1 day' as expires_at,
        needed.register_id is not null as is_needed_today,
        case
            when snapshots.snapshot_id is null then 'missing'
            when
                needed.is_short
                or (
                    snapshots.published_at + in_force.max_age_days * interval '1 day'
                    <= run.known_as_of
                )
                then 'stale'
            else 'fresh'
        end as state,
        coalesce(screened.count_candidates, 0) as count_candidates,
        coalesce(screened.count_listed, 0) as count_listed
    from in_force
    cross join run
    left join snapshots on in_force.register_id = snapshots.register_id
    left join needed on in_force.register_id = needed.register_id
    left join screened on in_force.register_id = screened.register_id
)

select * from final
