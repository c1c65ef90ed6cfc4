with

config_versions as (
    select * from {{ ref('stg_config_versions') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

listed as (
    select jsonb_array_elements(config_versions.content) as source
    from config_versions
    where config_versions.kind = 'sources'
),

final as (
    select
        listed.source ->> 'source_id' as source_id,
        listed.source ->> 'controller' as controller_id,
        listed.source ->> 'obtained' as obtained,
        listed.source ->> 'register' as register_id,
        (listed.source ->> 'expected_every')::numeric as expected_every_seconds,
        coalesce(
            nullif(listed.source #>> '{approved,by}', '') is not null
            and (listed.source #>> '{approved,on}')::date <= run.call_date,
            false
        ) as is_approved,
        coalesce(listed.source ->> 'obtained' = 'from_person', false) as is_from_person
    from listed
    cross join run
)

select * from final
