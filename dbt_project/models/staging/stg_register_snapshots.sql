-- One row for each register and controller who loaded it: the latest snapshot of theirs, if that is
-- known and was not taken back. The entries of an older snapshot are gone, so an older one cannot
-- stand in for it. Equal bytes that were published again later (a reconfirmed batch) make the
-- snapshot as fresh as they are. A register that everybody shares has one snapshot in force: the
-- one that `is_newest`.
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
    select distinct on (register_snapshots.register_id, all_batches.controller_id)
        register_snapshots.register_id,
        all_batches.controller_id,
        register_snapshots.snapshot_id,
        register_snapshots.batch_id,
        register_snapshots.published_at,
        register_snapshots.count_entries,
        register_snapshots.seq
    from register_snapshots
    inner join all_batches on register_snapshots.batch_id = all_batches.batch_id
    cross join run
    where all_batches.accepted_at <= run.known_as_of
    order by
        register_snapshots.register_id asc,
        all_batches.controller_id asc,
        register_snapshots.seq desc
),

newest as (
    select
        latest.*,
        row_number() over (partition by latest.register_id order by latest.seq desc) = 1
            as is_newest
    from latest
),

known as (
    select
        newest.register_id,
        newest.controller_id,
        newest.is_newest,
        newest.snapshot_id,
        newest.count_entries,
        batches.source_id,
        batches.file_sha256,
        batches.accepted_at,
        least(newest.published_at, batches.accepted_at) as published_at
    from newest
    inner join batches on newest.batch_id = batches.batch_id
),

reconfirmed as (
    select
        known.snapshot_id,
        max(least(batches.published_at, batches.accepted_at)) as published_at
    from known
    inner join batches
        on
            known.source_id = batches.source_id
            and known.file_sha256 = batches.file_sha256
            and batches.status = 'reconfirmed'
    group by known.snapshot_id
),

final as (
    select
        known.register_id,
        known.controller_id,
        known.is_newest,
        known.snapshot_id,
        known.count_entries,
        known.source_id,
        known.file_sha256,
        known.accepted_at,
        greatest(known.published_at, reconfirmed.published_at) as published_at
    from known
    left join reconfirmed on known.snapshot_id = reconfirmed.snapshot_id
)

select * from final
