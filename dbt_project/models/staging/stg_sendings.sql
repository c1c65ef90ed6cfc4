with

batches as (
    select * from {{ source('landing', 'batches') }}
),

known_batches as (
    select * from {{ ref('stg_batches') }}
),

-- A file that lies there is read again after a rejection or with another mapping: it was sent when
-- it first came, by its name and its own time. A query is sent whenever it is asked.
sendings as (
    select
        batches.batch_id,
        batches.source_id,
        batches.file_sha256,
        case
            when batches.file_modified_at is null then batches.received_at
            else min(batches.received_at) over (
                partition by
                    batches.source_id,
                    batches.file_sha256,
                    batches.name_hash,
                    batches.file_modified_at
            )
        end as sent_at
    from batches
    where batches.part = 'rest'
),

final as (
    select
        sendings.source_id,
        sendings.file_sha256,
        max(sendings.sent_at) as last_sent_at
    from sendings
    inner join known_batches on sendings.batch_id = known_batches.batch_id
    group by sendings.source_id, sendings.file_sha256
)

select * from final
