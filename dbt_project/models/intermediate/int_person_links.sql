-- Which persons were ever seen at a number, over all lead records that are known.
{{ config(post_hook="analyze {{ this }}") }}

with

contact_points as (
    select * from {{ ref('stg_contact_points') }}
),

final as (
    select distinct
        contact_points.subject_id,
        contact_points.person_ref
    from contact_points
)

select * from final
