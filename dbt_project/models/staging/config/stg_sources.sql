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
        coalesce(listed.source -> 'emits' ? 'call_attempts', false) as is_reporting_calls,
        -- Bought consent is proven by a sample of its evidence, as large as the dossier says.
        coalesce(
            (listed.source #>> '{dossier,sample_rate}')::numeric > 0
            and (listed.source #>> '{dossier,verified}')::numeric
            >= (listed.source #>> '{dossier,sample_rate}')::numeric
            * (listed.source #>> '{dossier,of}')::numeric
            and (listed.source #>> '{dossier,on}')::date <= run.call_date,
            false
        ) as is_dossier_complete,
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
