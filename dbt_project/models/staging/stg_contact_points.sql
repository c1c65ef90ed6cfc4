with

contact_points as (
    select * from {{ source('landing', 'lead_contact_points') }}
),

batches as (
    select * from {{ ref('stg_batches') }}
),

aliases as (
    select * from {{ ref('stg_subject_aliases') }}
),

final as (
    select
        contact_points.record_id,
        contact_points.position,
        coalesce(aliases.new_subject_id, contact_points.subject_id) as subject_id,
        contact_points.person_ref,
        contact_points.number_status,
        coalesce(upper(contact_points.number_region), '') as number_region,
        contact_points.line_type
    from contact_points
    inner join batches on contact_points.batch_id = batches.batch_id
    left join aliases on contact_points.subject_id = aliases.old_subject_id
)

select * from final
