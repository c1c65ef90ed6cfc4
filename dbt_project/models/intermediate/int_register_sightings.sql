-- One row for each number that a register which annuls consents was ever seen to list, and the
-- controller it was seen by ('' for a register that everybody shares): up to which instant its
-- consents may have been given before. A copy's date is a day, and the last place on earth to end
-- it does so 36 hours after its midnight in UTC; what came in earlier had been said by then.
{{ config(post_hook="analyze {{ this }}") }}

with

law_registers as (
    select * from {{ ref('int_law_registers') }}
),

register_entries as (
    select * from {{ source('landing', 'register_entries') }}
),

screenings as (
    select * from {{ source('ledger', 'screenings') }}
),

register_snapshots as (
    select * from {{ source('ledger', 'register_snapshots') }}
),

batches as (
    select * from {{ source('landing', 'batches') }}
),

aliases as (
    select * from {{ ref('stg_subject_aliases') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

annulling_registers as (
    select distinct
        law_registers.register_id,
        law_registers.holder_id
    from law_registers
    where law_registers.is_annulling
),

-- The register comes first in both keys: the entries of all others are not touched.
seen as (
    select
        screenings.register_id,
        screenings.controller_id,
        screenings.subject_id,
        screenings.snapshot_id,
        screenings.is_revoking_all,
        screenings.listed_at
    from annulling_registers
    cross join run
    inner join screenings
        on
            annulling_registers.register_id = screenings.register_id
            and annulling_registers.holder_id = screenings.controller_id
    where screenings.is_listed and screenings.screened_at <= run.known_as_of
    {%- if target.name != 'replay' %}
    union all
    select
        register_entries.register_id,
        register_entries.controller_id,
        register_entries.subject_id,
        register_entries.snapshot_id,
        register_entries.is_revoking_all,
        register_entries.listed_at
    from annulling_registers
    inner join register_entries
        on
            annulling_registers.register_id = register_entries.register_id
            and annulling_registers.holder_id = register_entries.controller_id
    where register_entries.is_listed
    {%- endif %}
),

final as (
    select
        seen.register_id,
        seen.controller_id,
        coalesce(aliases.new_subject_id, seen.subject_id) as subject_id,
        max(
            coalesce(
                least(
                    batches.accepted_at, register_snapshots.published_at + interval '36 hours'
                ),
                'infinity'
            )
        ) as seen_listed_at,
        max(coalesce(seen.listed_at, 'infinity')) filter (
            where seen.is_revoking_all is not false
        ) as revoked_all_at
    from seen
    left join register_snapshots on seen.snapshot_id = register_snapshots.snapshot_id
    left join batches on register_snapshots.batch_id = batches.batch_id
    left join aliases on seen.subject_id = aliases.old_subject_id
    group by
        seen.register_id,
        seen.controller_id,
        coalesce(aliases.new_subject_id, seen.subject_id)
)

select * from final
