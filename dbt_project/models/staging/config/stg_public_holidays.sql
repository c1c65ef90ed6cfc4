-- Each public holiday of each country and region. A country stands for somebody in it whose region
-- nobody knows: it keeps every day that any of its regions keeps.
with

config_versions as (
    select * from {{ ref('stg_config_versions') }}
),

listed as (
    select jsonb_array_elements(config_versions.content) as country
    from config_versions
    where config_versions.kind = 'public_holidays'
),

days as (
    select
        listed.country ->> 'country' as country_code,
        listed.country -> 'regions' as regions,
        (days.entry ->> 'on')::date as holiday_date,
        days.entry ->> 'name' as holiday_name,
        days.entry -> 'regions' as kept_in
    from listed
    cross join jsonb_array_elements(listed.country -> 'days') as days (entry)
),

final as (
    select
        days.country_code as area,
        days.holiday_date,
        days.holiday_name
    from days
    union all
    select
        regions.entry ->> 'region' as area,
        days.holiday_date,
        days.holiday_name
    from days
    cross join jsonb_array_elements(days.regions) as regions (entry)
    where days.kept_in = 'null'::jsonb or days.kept_in ? (regions.entry ->> 'region')
)

select * from final
