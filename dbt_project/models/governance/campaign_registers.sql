-- Candidates outside the campaign's countries are left out: no register opens or closes them.
with

facts as (
    select * from {{ ref('int_call_facts') }}
),

law_profiles as (
    select * from {{ ref('int_law_profiles') }}
),

law_registers as (
    select * from {{ ref('int_law_registers') }}
),

snapshots as (
    select * from {{ ref('stg_register_snapshots') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

profiles as (
    select
        facts.campaign_id,
        facts.controller_id,
        facts.law_profile_id,
        count(*) as count_candidates
    from facts
    where facts.is_country_in_campaign
    group by facts.campaign_id, facts.controller_id, facts.law_profile_id
),

needed as (
    select
        profiles.campaign_id,
        coalesce(law_registers.register_id, 'none declared') as register_id,
        bool_or(law_registers.is_missing) as is_missing,
        bool_or(law_registers.is_stale) as is_stale,
        max(law_registers.snapshot_id::text)::uuid as snapshot_id,
        sum(profiles.count_candidates)::bigint as count_candidates
    from profiles
    inner join law_profiles on profiles.law_profile_id = law_profiles.law_profile_id
    inner join law_registers
        on
            law_profiles.law_profile = law_registers.law_profile
            and profiles.controller_id = law_registers.controller_id
    group by profiles.campaign_id, coalesce(law_registers.register_id, 'none declared')
),

final as (
    select
        run.run_id,
        needed.campaign_id,
        needed.register_id,
        case
            when needed.is_missing then 'missing'
            when needed.is_stale then 'stale'
            else 'fresh'
        end as state,
        needed.count_candidates,
        snapshots.snapshot_id,
        snapshots.file_sha256,
        snapshots.published_at,
        snapshots.count_entries
    from needed
    cross join run
    left join snapshots on needed.snapshot_id = snapshots.snapshot_id
)

select * from final
