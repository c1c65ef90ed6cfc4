{{ config(materialized="view") }}

with

batches as (
    select * from {{ source('landing', 'batches') }}
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
)

select * from final
