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
        joint.controller_id as joint_controller_id
    from listed
    cross join
        jsonb_array_elements_text(
            coalesce(listed.controller -> 'joint_with', '[]'::jsonb)
        ) as joint (controller_id)
)

select * from final
