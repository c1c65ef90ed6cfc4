{#- A table of few rows: as a view it would keep every query on it from running in parallel. -#}
{{ config(materialized="refilled", post_hook="analyze {{ this }}") }}

with

batches as (
    select * from {{ source('landing', 'batches') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

final as (
    select
        batches.batch_id,
        batches.source_id,
        batches.controller_id,
        batches.part,
        batches.status,
        batches.file_sha256,
        batches.published_at,
        batches.accepted_at
    from batches
    cross join run
    where
        batches.accepted_at <= run.known_as_of
        and (batches.retracted_at is null or batches.retracted_at > run.known_as_of)
)

select * from final
