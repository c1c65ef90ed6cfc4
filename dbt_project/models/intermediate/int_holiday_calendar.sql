-- One row for each area and call date whose holidays are known: whether the day is one, and whether
-- the next is. An area or a year without a row is not known, which counts as a holiday.
{{ config(post_hook="analyze {{ this }}") }}

with

areas as (
    select * from {{ ref('stg_holiday_areas') }}
),

holidays as (
    select * from {{ ref('stg_public_holidays') }}
),

call_dates as (
    select * from {{ ref('stg_call_dates') }}
),

known as (
    select distinct
        areas.area,
        call_dates.call_date
    from areas
    cross join call_dates
    where
        areas.years @> to_jsonb(extract(year from call_dates.call_date)::integer)
        and areas.years @> to_jsonb(extract(year from call_dates.call_date + 1)::integer)
),

final as (
    select
        known.area,
        known.call_date,
        today.holiday_date is not null as is_holiday,
        today.holiday_name,
        tomorrow.holiday_date is not null as is_day_before_holiday
    from known
    left join holidays as today
        on known.area = today.area and known.call_date = today.holiday_date
    left join holidays as tomorrow
        on known.area = tomorrow.area and known.call_date + 1 = tomorrow.holiday_date
)

select * from final
