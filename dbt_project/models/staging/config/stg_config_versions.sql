-- The registers as they stood at `known_as_of`: the latest accepted version of each kind.
with

config_versions as (
    select * from {{ source('ledger', 'config_versions') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

final as (
    select distinct on (config_versions.kind)
        config_versions.kind,
        config_versions.sha256,
        config_versions.content,
        config_versions.accepted_at
    from config_versions
    cross join run
    where config_versions.accepted_at <= run.known_as_of
    order by config_versions.kind asc, config_versions.seq desc
)

select * from final
