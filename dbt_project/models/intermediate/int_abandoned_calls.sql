-- One row for each law profile and predictive campaign: which share of the calls that reached
-- somebody its controller dropped on the day before, and whether the strictest cap was kept. A day
-- is the campaign's own; calls of campaigns that are dialled by hand are left out: they drop none.
{{ config(post_hook="analyze {{ this }}") }}

with

campaigns as (
    select * from {{ ref('stg_campaigns') }}
),

laws as (
    select * from {{ ref('int_laws') }}
),

caps as (
    select * from {{ ref('abandoned_call_caps') }}
),

sources as (
    select * from {{ ref('stg_sources') }}
),

call_attempts as (
    select * from {{ ref('stg_call_attempts') }}
),

call_dates as (
    select * from {{ ref('stg_call_dates') }}
),

predictive as (
    select
        campaigns.campaign_id,
        campaigns.controller_id,
        call_dates.call_date,
        (call_dates.call_date - 1)::timestamp at time zone campaigns.timezone as day_starts_at,
        call_dates.call_date::timestamp at time zone campaigns.timezone as day_ends_at
    from campaigns
    cross join call_dates
    where campaigns.call_mode = 'live_predictive'
),

-- Where the dialler does not say which calls it dropped, all that reached nobody may be.
counted as (
    select
        predictive.campaign_id,
        predictive.call_date,
        count(distinct call_attempts.attempt_id) filter (
            where coalesce(call_attempts.is_abandoned, call_attempts.disposition = 'no_contact')
        ) as count_abandoned,
        count(distinct call_attempts.attempt_id) filter (
            where
            call_attempts.is_abandoned is not true
            and call_attempts.disposition not in ('no_contact', 'unreadable')
        ) as count_answered
    from predictive
    left join call_attempts
        on
            predictive.controller_id = call_attempts.controller_id
            and predictive.day_starts_at <= call_attempts.attempted_at
            and predictive.day_ends_at > call_attempts.attempted_at
            and not exists (
                select from campaigns
                where
                    campaigns.campaign_id = call_attempts.campaign_id
                    and campaigns.call_mode = 'live_manual'
            )
    group by predictive.campaign_id, predictive.call_date
),

-- Without a source of calls nobody will ever know; with one, no calls are none dropped.
reported as (
    select distinct sources.controller_id
    from sources
    where sources.is_reporting_calls
),

profile_caps as (
    select
        laws.law_profile,
        laws.call_date,
        case
            when bool_and(coalesce(own.cap_percent, usual.cap_percent) is not null)
                then min(coalesce(own.cap_percent, usual.cap_percent))
        end as cap_percent
    from laws
    left join caps as own on laws.law_country = own.country_code
    left join caps as usual on usual.country_code = '*'
    group by laws.law_profile, laws.call_date
),

final as (
    select
        profile_caps.law_profile,
        predictive.campaign_id,
        coalesce(
            reported.controller_id is not null
            and counted.count_abandoned * 100
            <= profile_caps.cap_percent * (counted.count_abandoned + counted.count_answered),
            false
        ) as is_within_cap,
        case
            when reported.controller_id is null then 'no source of calls'
            else
                concat(
                    counted.count_abandoned,
                    ' of ',
                    counted.count_abandoned + counted.count_answered,
                    ', cap ',
                    profile_caps.cap_percent,
                    ' percent'
                )
        end as share
    from profile_caps
    inner join predictive on profile_caps.call_date = predictive.call_date
    inner join counted
        on
            predictive.campaign_id = counted.campaign_id
            and predictive.call_date = counted.call_date
    left join reported on predictive.controller_id = reported.controller_id
)

select * from final
