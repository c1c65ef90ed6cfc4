{#- A view on what landed: it is true between the builds. -#}
{{ config(materialized="view") }}

with

quarantined_records as (
    select * from {{ source('landing', 'quarantined_records') }}
),

batches as (
    select * from {{ source('landing', 'batches') }}
),

counted as (
    select
        quarantined_records.batch_id,
        quarantined_records.reason_code,
        count(*) as count_rows
    from quarantined_records
    group by quarantined_records.batch_id, quarantined_records.reason_code
),

final as (
    select
        batches.source_id,
        counted.batch_id,
        batches.controller_id,
        batches.status,
        batches.received_at,
        batches.rows_read,
        counted.reason_code,
        counted.count_rows
    from counted
    inner join batches on counted.batch_id = batches.batch_id
)

select * from final
