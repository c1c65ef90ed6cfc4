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
    select
        listed.controller ->> 'controller_id' as controller_id,
        notices.entry ->> 'version' as notice_version,
        min((notices.entry ->> 'from')::date) as valid_from
    from listed
    cross join jsonb_array_elements(listed.controller -> 'notices') as notices (entry)
    group by 1, 2
)

select * from final
