-- One row for each register that a law profile must be screened against, with how it stands
-- today: loaded at all, and fresh until the last call of the day may end. A profile that must be
-- screened and names no register gets a row without one, which is as good as never loaded.
with

law_profiles as (
    select * from {{ ref('int_law_windows') }}
),

policies as (
    select * from {{ ref('int_policies') }}
),

registers as (
    select * from {{ ref('registers') }}
),

snapshots as (
    select * from {{ ref('stg_register_snapshots') }}
),

bound as (
    select
        law_profiles.law_profile,
        law_profiles.call_date,
        law_profiles.call_ends_at,
        unnest(law_profiles.policy_ids) as policy_id
    from law_profiles
),

screening_policies as (
    select distinct
        bound.law_profile,
        -- Without a known zone the day ends nowhere on earth later than this.
        coalesce(
            bound.call_ends_at,
            (policies.call_date + 1)::timestamp at time zone 'Etc/GMT+12'
        ) as call_ends_at,
        policies.country_code,
        policies.audience,
        policies.line_type,
        policies.call_date
    from bound
    inner join policies
        on bound.policy_id = policies.policy_id and bound.call_date = policies.call_date
    where policies.is_screening
),

final as (
    select distinct on (screening_policies.law_profile, registers.register_id)
        screening_policies.law_profile,
        registers.register_id,
        snapshots.snapshot_id,
        coalesce(registers.against_consent = 'overrides_if_specific', false)
            as is_consent_before_register,
        coalesce(registers.listed_means <> 'nothing', true) as is_listing_blocking,
        coalesce(registers.absent_means <> 'nothing', true) as is_absence_blocking,
        coalesce(snapshots.count_entries = 0, true) as is_missing,
        coalesce(
            snapshots.published_at + registers.max_age_days * interval '1 day'
            < screening_policies.call_ends_at,
            true
        ) as is_stale,
        snapshots.published_at + registers.max_age_days * interval '1 day' as expires_at
    from screening_policies
    left join registers
        on
            screening_policies.country_code = registers.country_code
            and screening_policies.audience = registers.audience
            and registers.line_type in ('any', screening_policies.line_type)
            and screening_policies.call_date >= registers.valid_from
            and screening_policies.call_date
            <= coalesce(registers.valid_to, screening_policies.call_date)
    left join snapshots on registers.register_id = snapshots.register_id
    order by
        screening_policies.law_profile asc,
        registers.register_id asc,
        registers.max_age_days asc nulls first
)

select * from final
