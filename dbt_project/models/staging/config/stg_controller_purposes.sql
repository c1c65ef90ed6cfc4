with

config_versions as (
    select * from {{ ref('stg_config_versions') }}
),

listed as (
    select jsonb_array_elements(config_versions.content) as controller
    from config_versions
    where config_versions.kind = 'controllers'
),

final as (
    select distinct
        listed.controller ->> 'controller_id' as controller_id,
        purposes.entry ->> 'purpose' as purpose
    from listed
    cross join jsonb_array_elements(listed.controller -> 'purposes') as purposes (entry)
)

select * from final
