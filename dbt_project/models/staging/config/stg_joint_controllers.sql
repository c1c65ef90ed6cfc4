-- The same set as `ringfence.registers.in_force.joint_controllers`.
with

all_versions as (
    select * from {{ source('ledger', 'config_versions') }}
),

config_versions as (
    select * from {{ ref('stg_config_versions') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

listed as (
    select jsonb_array_elements(config_versions.content) as controller
    from config_versions
    where config_versions.kind = 'controllers'
),

ever_listed as (
    select jsonb_array_elements(all_versions.content) as controller
    from all_versions
    cross join run
    where all_versions.kind = 'controllers' and all_versions.accepted_at <= run.known_as_of
),

-- An id that ever stood for the same name is the same controller, registered anew.
named as (
    select distinct
        ever_listed.controller ->> 'controller_id' as controller_id,
        lower(
            regexp_replace(trim(ever_listed.controller ->> 'name'), '\s+', ' ', 'g')
        ) as controller_name
    from ever_listed
    where ever_listed.controller ->> 'name' <> ''
),

answering as (
    select
        listed.controller ->> 'controller_id' as controller_id,
        joint.controller_id as joint_controller_id
    from listed
    cross join
        jsonb_array_elements_text(
            coalesce(listed.controller -> 'joint_with', '[]'::jsonb)
            || jsonb_build_array(listed.controller ->> 'controller_id')
        ) as joint (controller_id)
),

known_under as (
    select
        answering.controller_id,
        answering.joint_controller_id
    from answering
    union distinct
    select
        answering.controller_id,
        others.controller_id as joint_controller_id
    from answering
    inner join named on answering.joint_controller_id = named.controller_id
    inner join named as others on named.controller_name = others.controller_name
),

final as (
    select
        known_under.controller_id,
        known_under.joint_controller_id
    from known_under
    where known_under.controller_id <> known_under.joint_controller_id
)

select * from final
