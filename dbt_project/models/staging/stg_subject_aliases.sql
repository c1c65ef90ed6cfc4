-- After a key rotation an old id has a new one; two rotations are two steps to the last.
{#- A table of few rows: as a view it would keep every query on it from running in parallel. -#}
{{ config(materialized="refilled", post_hook="analyze {{ this }}") }}

with recursive

aliases as (
    select * from {{ source('ledger', 'subject_aliases') }}
),

steps as (
    select
        aliases.old_subject_id,
        aliases.new_subject_id,
        1 as depth
    from aliases
    union all
    select
        steps.old_subject_id,
        aliases.new_subject_id,
        steps.depth + 1 as depth
    from steps
    inner join aliases on steps.new_subject_id = aliases.old_subject_id
    where steps.depth < 100
),

final as (
    select distinct on (steps.old_subject_id)
        steps.old_subject_id,
        steps.new_subject_id
    from steps
    order by steps.old_subject_id asc, steps.depth desc
)

select * from final
