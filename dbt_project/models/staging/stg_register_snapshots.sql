-- One row for each register: its latest snapshot, if that is known and was not taken back.
-- The entries of an older snapshot are gone, so an older one cannot stand in for it. Equal bytes
-- that were published again later (a reconfirmed batch) make the snapshot as fresh as they are.
with

register_snapshots as (
    select * from {{ source('ledger', 'register_snapshots') }}
),

all_batches as (
    select * from {{ source('landing', 'batches') }}
),

batches as (
    select * from {{ ref('stg_batches') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

latest as (
    select distinct on (register_snapshots.register_id)
        register_snapshots.register_id,
        register_snapshots.snapshot_id,
        register_snapshots.batch_id,
        register_snapshots.published_at,
        register_snapshots.count_entries
    from register_snapshots
    inner join all_batches on register_snapshots.batch_id = all_batches.batch_id
    cross join run
    where all_batches.accepted_at <= run.known_as_of
    order by register_snapshots.register_id asc, register_snapshots.seq desc
),

known as (
    select
        latest.register_id,
        latest.snapshot_id,
        latest.count_entries,
        batches.source_id,
        batches.file_sha256,
        batches.accepted_at,
        least(latest.published_at, batches.accepted_at) as published_at
    from latest
    inner join batches on latest.batch_id = batches.batch_id
),

reconfirmed as (
    select
        known.register_id,
        max(least(batches.published_at, batches.accepted_at)) as published_at
    from known
    inner join batches
        on
            known.source_id = batches.source_id
            and known.file_sha256 = batches.file_sha256
            and batches.status = 'reconfirmed'
    group by known.register_id
),

final as (
    select
        known.register_id,
        known.snapshot_id,
        known.count_entries,
        known.source_id,
        known.file_sha256,
        known.accepted_at,
        greatest(known.published_at, reconfirmed.published_at) as published_at
    from known
    left join reconfirmed on known.register_id = reconfirmed.register_id
)

select * from final
