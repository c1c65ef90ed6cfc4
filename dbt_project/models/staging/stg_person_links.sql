with

person_links as (
    select * from {{ source('landing', 'person_links') }}
),

batches as (
    select * from {{ ref('stg_batches') }}
),

aliases as (
    select * from {{ ref('stg_subject_aliases') }}
),

final as (
    select
        coalesce(aliases.new_subject_id, person_links.subject_id) as subject_id,
        person_links.person_ref,
        person_links.controller_id,
        batches.source_id
    from person_links
    inner join batches on person_links.batch_id = batches.batch_id
    left join aliases on person_links.subject_id = aliases.old_subject_id
)

select * from final
