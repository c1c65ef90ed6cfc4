-- One row for each number and campaign of the day. Where the leads behind it disagree, the
-- reading that allows less wins.
{{ config(post_hook="analyze {{ this }}") }}

with

candidate_leads as (
    select * from {{ ref('int_candidate_leads') }}
),

call_dates as (
    select * from {{ ref('stg_call_dates') }}
),

merged as (
    select
        candidate_leads.subject_id,
        candidate_leads.campaign_id,
        candidate_leads.controller_id,
        coalesce(
            min(candidate_leads.number_status) filter (
                where candidate_leads.number_status <> 'valid'
            ),
            min(candidate_leads.number_status)
        ) as number_status,
        min(candidate_leads.number_region) as number_region,
        case
            when bool_and(candidate_leads.line_type = 'fixed') then 'fixed'
            else
                min(candidate_leads.line_type) filter (where candidate_leads.line_type <> 'fixed')
        end as line_type,
        case
            when min(candidate_leads.audience) = max(candidate_leads.audience)
                then min(candidate_leads.audience)
            else 'unknown'
        end as audience,
        coalesce(min(nullif(candidate_leads.country, '')), '') as country_first,
        max(candidate_leads.country) as country_last,
        coalesce(min(nullif(candidate_leads.address_country, '')), '') as address_country_first,
        max(candidate_leads.address_country) as address_country_last,
        case
            when min(candidate_leads.holiday_region) = max(candidate_leads.holiday_region)
                then min(candidate_leads.holiday_region)
            else ''
        end as holiday_region,
        bool_and(candidate_leads.is_state_known) as is_state_known,
        bool_or(candidate_leads.is_source_approved) as is_source_approved,
        count(*) as count_leads,
        -- These three are the presenting lead's where there is only one.
        (array_agg(candidate_leads.record_id))[1] as any_record_id,
        min(candidate_leads.collected_at) as collected_at,
        min(candidate_leads.retention_days) as retention_days
    from candidate_leads
    group by 1, 2, 3
),

-- The id of a candidate names the number, the campaign and the day, nothing else. Few law profiles
-- stand for millions of candidates: the law is looked up once for each.
final as (
    select
        md5(
            concat_ws('|', merged.subject_id, merged.campaign_id, call_dates.call_date)
        )::uuid as candidate_id,
        merged.*,
        call_dates.call_date,
        concat_ws(
            '|',
            call_dates.call_date,
            merged.number_region,
            merged.country_first,
            merged.country_last,
            merged.address_country_first,
            merged.address_country_last,
            merged.audience,
            merged.line_type,
            merged.holiday_region
        ) as law_profile
    from merged
    cross join call_dates
)

select * from final
