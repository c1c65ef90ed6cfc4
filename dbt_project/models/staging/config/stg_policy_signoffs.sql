with

config_versions as (
    select * from {{ ref('stg_config_versions') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

listed as (
    select jsonb_array_elements(config_versions.content) as signoff
    from config_versions
    where config_versions.kind = 'policy_signoffs'
),

final as (
    select distinct
        listed.signoff ->> 'country' as country_code,
        listed.signoff ->> 'audience' as audience,
        listed.signoff ->> 'line_type' as line_type,
        (listed.signoff ->> 'valid_from')::date as valid_from,
        listed.signoff ->> 'content' as content
    from listed
    cross join run
    where
        nullif(listed.signoff ->> 'signed_by', '') is not null
        and (listed.signoff ->> 'on')::date <= (run.known_as_of at time zone 'UTC')::date
        and (
            run.is_demo
            or coalesce(listed.signoff -> 'demo_only', 'false'::jsonb) = 'false'::jsonb
        )
)

select * from final
