-- Every lead record behind a candidate; int_presenting_leads picks the one that is presented.
{{ config(post_hook="analyze {{ this }}") }}

with

leads as (
    select * from {{ ref('int_leads') }}
),

campaigns as (
    select * from {{ ref('stg_campaigns') }}
),

campaign_sources as (
    select * from {{ ref('stg_campaign_sources') }}
),

sources as (
    select * from {{ ref('stg_sources') }}
),

us_states as (
    select * from {{ ref('us_states') }}
),

holiday_areas as (
    select * from {{ ref('stg_holiday_areas') }}
),

retention_periods as (
    select * from {{ ref('retention_periods') }}
),

callable_sources as (
    select
        campaigns.campaign_id,
        campaigns.controller_id,
        campaign_sources.source_id,
        campaign_sources.source_place,
        coalesce(sources.is_approved and sources.controller_id = campaigns.controller_id, false)
            as is_source_approved
    from campaigns
    inner join campaign_sources on campaigns.campaign_id = campaign_sources.campaign_id
    left join sources on campaign_sources.source_id = sources.source_id
),

modelled_states as (
    select us_states.state_code as state
    from us_states
    where us_states.is_modelled
    union
    select upper(us_states.state_name) as state
    from us_states
    where us_states.is_modelled
),

retention_defaults as (
    select min(retention_periods.days) as days
    from retention_periods
    where retention_periods.category = 'prospect' and retention_periods.country_code = '*'
),

final as (
    select
        leads.subject_id,
        callable_sources.campaign_id,
        callable_sources.controller_id,
        leads.record_id,
        leads.person_ref,
        leads.source_id,
        callable_sources.source_place,
        callable_sources.is_source_approved,
        leads.country,
        leads.address_country,
        leads.audience,
        -- A person in the United States may be under the law of a state; which one must be known.
        'US' not in (leads.number_region, leads.country, leads.address_country)
        or modelled_states.state is not null as is_state_known,
        -- The region counts only where the address says it by its code or its exact name.
        coalesce(holiday_areas.area, '') as holiday_region,
        leads.number_status,
        leads.number_region,
        leads.line_type,
        leads.accepted_at,
        leads.collected_at,
        coalesce(retention_periods.days, retention_defaults.days) as retention_days
    from leads
    inner join callable_sources on leads.source_id = callable_sources.source_id
    cross join retention_defaults
    left join retention_periods
        on
            leads.number_region = retention_periods.country_code
            and retention_periods.category = 'prospect'
    left join modelled_states on leads.state = modelled_states.state
    left join holiday_areas
        on
            leads.state = holiday_areas.area_name
            and coalesce(
                nullif(leads.address_country, ''), nullif(leads.country, ''), leads.number_region
            ) = holiday_areas.country_code
    where leads.campaign_id is null or leads.campaign_id = callable_sources.campaign_id
)

select * from final
