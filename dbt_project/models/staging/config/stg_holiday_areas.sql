-- Each country and each of its regions whose holidays are known, by each name an address may use,
-- with the years they are known for.
with

config_versions as (
    select * from {{ ref('stg_config_versions') }}
),

listed as (
    select jsonb_array_elements(config_versions.content) as country
    from config_versions
    where config_versions.kind = 'public_holidays'
),

countries as (
    select
        listed.country ->> 'country' as country_code,
        listed.country ->> 'country' as area,
        null::text as area_name,
        listed.country -> 'years' as years
    from listed
),

regions as (
    select
        listed.country ->> 'country' as country_code,
        regions.entry ->> 'region' as area,
        upper(names.area_name) as area_name,
        listed.country -> 'years' as years
    from listed
    cross join jsonb_array_elements(listed.country -> 'regions') as regions (entry)
    cross join jsonb_array_elements_text(regions.entry -> 'names') as names (area_name)
),

-- One name for two regions of a country says neither.
final as (
    select * from countries
    union all
    select
        regions.country_code,
        min(regions.area) as area,
        regions.area_name,
        regions.years
    from regions
    group by 1, 3, 4
    having count(distinct regions.area) = 1
)

select * from final
