-- A register that answers single controllers has a row for each of them.
with

registers as (
    select * from {{ ref('stg_registers') }}
),

campaigns as (
    select * from {{ ref('stg_campaigns') }}
),

territories as (
    select * from {{ ref('territories') }}
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

controllers as (
    select distinct campaigns.controller_id
    from campaigns
),

named as (
    select
        registers.*,
        territories.timezone_west as timezone,
        coalesce(controllers.controller_id, '') as holder_id
    from registers
    cross join run
    left join territories on registers.country_code = territories.region
    left join controllers on registers.is_asked
    where
        registers.valid_from <= run.call_date
        and coalesce(registers.valid_to, run.call_date) >= run.call_date
),

stood as (
    select
        named.register_id,
        named.holder_id,
        named.register_name,
        named.country_code,
        named.fresh_rule,
        snapshots.snapshot_id,
        snapshots.published_at,
        snapshots.accepted_at,
        snapshots.count_entries,
        {{ fresh_until('named', 'snapshots.published_at', 'named.timezone') }} as expires_at
    from named
    left join snapshots
        on
            named.register_id = snapshots.register_id
            and case
                when named.is_asked then named.holder_id = snapshots.controller_id
                else snapshots.is_newest
            end
),

in_force as (
    select
        stood.register_id,
        stood.holder_id,
        min(stood.register_name) as register_name,
        string_agg(distinct stood.country_code, ',' order by stood.country_code) as country_codes,
        string_agg(distinct stood.fresh_rule, ' ' order by stood.fresh_rule) as fresh_rules,
        max(stood.snapshot_id::text)::uuid as snapshot_id,
        max(stood.published_at) as published_at,
        max(stood.accepted_at) as accepted_at,
        max(stood.count_entries) as count_entries,
        -- A rule nobody knows ends it at once.
        case
            when bool_and(stood.expires_at is not null) then min(stood.expires_at)
            else max(stood.published_at)
        end as expires_at
    from stood
    group by stood.register_id, stood.holder_id
),

needed as (
    select
        law_registers.register_id,
        law_registers.holder_id,
        bool_or(law_registers.is_missing or law_registers.is_stale) as is_short
    from law_registers
    group by law_registers.register_id, law_registers.holder_id
),

screened as (
    select
        screening.register_id,
        screening.holder_id,
        count(*) as count_candidates,
        count(*) filter (where screening.is_listed) as count_listed,
        count(*) filter (where screening.is_unknown) as count_unasked
    from screening
    group by screening.register_id, screening.holder_id
),

final as (
    select
        in_force.register_id,
        nullif(in_force.holder_id, '') as controller_id,
        in_force.register_name,
        in_force.country_codes,
        in_force.fresh_rules,
        in_force.snapshot_id,
        in_force.published_at,
        in_force.accepted_at,
        in_force.count_entries,
        in_force.expires_at,
        screened.register_id is not null as is_needed_today,
        case
            when in_force.snapshot_id is null then 'missing'
            when
                (screened.register_id is not null and needed.is_short)
                or in_force.expires_at <= run.known_as_of
                then 'stale'
            else 'fresh'
        end as state,
        coalesce(screened.count_candidates, 0) as count_candidates,
        coalesce(screened.count_listed, 0) as count_listed,
        coalesce(screened.count_unasked, 0) as count_unasked
    from in_force
    cross join run
    left join needed
        on
            in_force.register_id = needed.register_id
            and in_force.holder_id = needed.holder_id
    left join screened
        on
            in_force.register_id = screened.register_id
            and in_force.holder_id = screened.holder_id
)

select * from final
