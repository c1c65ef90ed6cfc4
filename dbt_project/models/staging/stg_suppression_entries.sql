with

suppression_entries as (
    select * from {{ source('ledger', 'suppression_entries') }}
),

batches as (
    select * from {{ ref('stg_batches') }}
),

aliases as (
    select * from {{ ref('stg_subject_aliases') }}
),

final as (
    select
        suppression_entries.entry_id,
        suppression_entries.source_id,
        suppression_entries.controller_id,
        coalesce(aliases.new_subject_id, suppression_entries.subject_id) as subject_id,
        suppression_entries.person_ref,
        suppression_entries.scope,
        suppression_entries.purpose,
        lower(suppression_entries.channel) as channel,
        suppression_entries.kind,
        suppression_entries.event_at,
        suppression_entries.event_time_status,
        batches.accepted_at
    from suppression_entries
    inner join batches on suppression_entries.batch_id = batches.batch_id
    left join aliases on suppression_entries.subject_id = aliases.old_subject_id
)

select * from final
