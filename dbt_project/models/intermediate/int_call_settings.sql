-- What the law and a campaign say together, once for each pair: few rows for millions of
-- candidates. A rule that asks only these costs nothing where none of them fires.
{{ config(post_hook="analyze {{ this }}") }}

with

campaigns as (
    select * from {{ ref('stg_campaigns') }}
),

campaign_countries as (
    select * from {{ ref('stg_campaign_countries') }}
),

law_profiles as (
    select * from {{ ref('int_law_windows') }}
),

law_sectors as (
    select * from {{ ref('int_law_sectors') }}
),

register_state as (
    select * from {{ ref('int_law_register_state') }}
),

silent_feeds as (
    select * from {{ ref('stg_silent_feeds') }}
),

abandoned_calls as (
    select * from {{ ref('int_abandoned_calls') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

-- A campaign may name the country whose law binds or the territory itself.
profile_countries as (
    select distinct
        law_profiles.law_profile,
        campaign_countries.campaign_id
    from law_profiles
    inner join campaign_countries
        on campaign_countries.country_code in (
            law_profiles.number_region, law_profiles.number_law_country
        )
),

paired as (
    select
        row_number() over (order by law_profiles.law_profile, campaigns.campaign_id)::integer
            as setting_id,
        law_profiles.*,
        campaigns.campaign_id,
        campaigns.controller_id,
        campaigns.priority,
        run.known_as_of,
        run.is_demo,
        -- The assessment must hold on the day of the call.
        coalesce(
            campaigns.legitimate_interest_id <> ''
            and campaigns.legitimate_interest_from <= law_profiles.call_date
            and campaigns.legitimate_interest_until >= law_profiles.call_date,
            false
        ) as is_legitimate_interest_assessed,
        campaigns.legitimate_interest_id,
        campaigns.is_special_category,
        silent_feeds.controller_id is not null as is_feed_stale,
        silent_feeds.source_ids as stale_feeds,
        campaigns.call_mode <> 'live_predictive' or coalesce(abandoned_calls.is_within_cap, false)
            as is_abandoned_share_kept,
        coalesce(abandoned_calls.share, 'not known') as abandoned_share,
        law_sectors.sector_override_ids,
        coalesce(law_sectors.sector_restriction, 'never') as sector_restriction,
        profile_countries.campaign_id is not null as is_country_in_campaign,
        -- A campaign may only narrow; who is not known is a consumer here too.
        campaigns.audiences = '[]'::jsonb
        or campaigns.audiences ? case
            when law_profiles.audience = 'unknown' then 'consumer'
            else law_profiles.audience
        end as is_audience_in_campaign,
        campaigns.call_mode in ('live_manual', 'live_predictive') as is_live,
        register_state.missing_register_id,
        register_state.stale_register_id,
        register_state.missing_registers,
        register_state.stale_registers,
        register_state.registers_expire_at,
        coalesce(register_state.is_consent_before_register, false) as is_consent_before_register,
        coalesce(register_state.is_young_consent_needed, false) as is_young_consent_needed,
        coalesce(register_state.is_customer_before_register, false) as is_customer_before_register
    from law_profiles
    cross join campaigns
    cross join run
    left join register_state
        on
            law_profiles.law_profile = register_state.law_profile
            and campaigns.controller_id = register_state.controller_id
    left join profile_countries
        on
            law_profiles.law_profile = profile_countries.law_profile
            and campaigns.campaign_id = profile_countries.campaign_id
    left join law_sectors
        on
            law_profiles.law_profile = law_sectors.law_profile
            and campaigns.sector = law_sectors.sector
    left join silent_feeds on campaigns.controller_id = silent_feeds.controller_id
    left join abandoned_calls
        on
            law_profiles.law_profile = abandoned_calls.law_profile
            and campaigns.campaign_id = abandoned_calls.campaign_id
),

-- Which grounds are open: the law of the country, of the sector and of the way to call.
final as (
    select
        paired.*,
        paired.is_live
        and paired.is_special_category is not true
        and paired.sector_restriction = 'none'
        and paired.is_legitimate_interest_open as is_interest_ground,
        paired.is_live
        and paired.is_special_category is not true
        and paired.sector_restriction in ('none', 'customer_only')
        and paired.is_open_to_customers as is_customer_ground,
        paired.is_live
        and paired.is_special_category is not true
        and paired.sector_restriction in ('none', 'customer_only', 'contract_only')
        and paired.is_open_to_contracts as is_contract_ground,
        paired.sector_restriction in ('none', 'consent_only') as is_consent_ground
    from paired
)

select * from final
