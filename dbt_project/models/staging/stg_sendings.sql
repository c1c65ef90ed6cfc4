with

batches as (
    select * from {{ source('landing', 'batches') }}
),

known_batches as (
    select * from {{ ref('stg_batches') }}
),

-- Bytes are as new as the latest date they were published under, and the latest time a file of them
-- was written. A file that lies there, is read with another mapping or gets another name has the
-- time it had. A query is sent whenever it is asked.
final as (
    select
        batches.source_id,
        batches.file_sha256,
        max(batches.published_at) as last_published_at,
        max(coalesce(batches.sent_at, batches.received_at)) as last_sent_at
    from batches
    inner join known_batches on batches.batch_id = known_batches.batch_id
    where batches.part = 'rest'
    group by batches.source_id, batches.file_sha256
)

select * from final
