-- One row for each register that a law profile must be screened against, and each controller, with
-- how it stands: loaded at all, and fresh until the last call of the day may end. A profile that
-- must be screened and names no register gets a row without one, as good as never loaded. A
-- register that is asked number by number answers one controller; all others are everybody's.
with

law_profiles as (
    select * from {{ ref('int_law_windows') }}
),

policies as (
    select * from {{ ref('int_policies') }}
),

campaigns as (
    select * from {{ ref('stg_campaigns') }}
),

registers as (
    select * from {{ ref('stg_registers') }}
),

snapshots as (
    select * from {{ ref('stg_register_snapshots') }}
),

bound as (
    select
        law_profiles.law_profile,
        law_profiles.call_date,
        law_profiles.call_ends_at,
        law_profiles.timezone,
        unnest(law_profiles.policy_ids) as policy_id
    from law_profiles
),

screening_policies as (
    select distinct
        bound.law_profile,
        bound.timezone,
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

controllers as (
    select distinct campaigns.controller_id
    from campaigns
),

named as (
    select
        screening_policies.law_profile,
        screening_policies.timezone,
        screening_policies.call_ends_at,
        controllers.controller_id,
        registers.*,
        case when registers.is_asked then controllers.controller_id else '' end as holder_id,
        array_position(
            array[
                'overrides_if_specific', 'valid_n_days', 'annuls_earlier_if_flag', 'annuls_earlier'
            ],
            registers.against_consent
        ) as leniency
    from screening_policies
    cross join controllers
    left join registers
        on
            screening_policies.country_code = registers.country_code
            and screening_policies.audience = registers.audience
            and registers.line_type in ('any', screening_policies.line_type)
            and screening_policies.call_date >= registers.valid_from
            and screening_policies.call_date
            <= coalesce(registers.valid_to, screening_policies.call_date)
),

stood as (
    select
        named.*,
        snapshots.snapshot_id,
        (snapshots.count_entries > 0 and named.is_matched_by_number) is not true as is_missing,
        {{ fresh_until('named', 'snapshots.published_at', 'named.timezone') }} as expires_at
    from named
    left join snapshots
        on
            named.register_id = snapshots.register_id
            and case
                when named.is_asked then named.controller_id = snapshots.controller_id
                else snapshots.is_newest
            end
),

-- Where several laws of one profile name one register, the strictest reading of each binds.
final as (
    select
        stood.law_profile,
        stood.controller_id,
        stood.register_id,
        max(stood.holder_id) as holder_id,
        max(stood.snapshot_id::text)::uuid as snapshot_id,
        bool_and(coalesce(stood.leniency = 1, false)) as is_consent_first,
        bool_and(coalesce(stood.leniency <= 2, false)) as is_young_consent_first,
        bool_and(coalesce(stood.leniency <= 4, false)) as is_later_consent_free,
        bool_or(coalesce(stood.leniency in (3, 4), false)) as is_annulling,
        bool_or(coalesce(stood.leniency = 4, false)) as is_annulling_unflagged,
        bool_and(coalesce(stood.is_customer_first, false)) as is_customer_first,
        bool_or(coalesce(stood.is_asked, true)) as is_asked,
        bool_or(coalesce(stood.is_listing_blocking, true)) as is_listing_blocking,
        bool_or(coalesce(stood.is_absence_blocking, true)) as is_absence_blocking,
        bool_or(stood.is_missing) as is_missing,
        bool_or((stood.expires_at >= stood.call_ends_at) is not true) as is_stale,
        min(stood.expires_at) as expires_at
    from stood
    group by stood.law_profile, stood.controller_id, stood.register_id
)

select * from final
