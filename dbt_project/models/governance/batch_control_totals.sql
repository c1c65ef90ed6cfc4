{{ config(materialized="view") }}

with

batches as (
    select * from {{ source('landing', 'batches') }}
),

accepted_files as (
    select distinct
        batches.source_id,
        batches.file_sha256
    from batches
    where batches.part = 'rest' and batches.status in ('accepted', 'reconfirmed')
),

final as (
    select
        batches.batch_id,
        batches.delivery_id,
        batches.part,
        batches.source_id,
        batches.controller_id,
        batches.status,
        batches.is_retried,
        batches.status = 'rejected' and accepted_files.file_sha256 is not null
            as is_accepted_otherwise,
        batches.reason_code,
        batches.published_at,
        batches.received_at,
        batches.accepted_at,
        batches.retracted_at,
        batches.rows_read,
        batches.rows_landed,
        batches.rows_quarantined,
        batches.part = 'stops'
        or batches.status not in ('accepted', 'reconfirmed')
        or batches.rows_read = batches.rows_landed + batches.rows_quarantined as is_balanced
    from batches
    left join accepted_files
        on
            batches.source_id = accepted_files.source_id
            and batches.file_sha256 = accepted_files.file_sha256
)

select * from final
