-- Which persons were ever seen at a number, over all lead records that are known, and what
-- retention left of those that it deleted.
{{ config(post_hook="analyze {{ this }}") }}

with

contact_points as (
    select * from {{ ref('stg_contact_points') }}
),

person_links as (
    select * from {{ ref('stg_person_links') }}
),

final as (
    select
        contact_points.subject_id,
        contact_points.person_ref
    from contact_points
    union distinct
    select
        person_links.subject_id,
        person_links.person_ref
    from person_links
)

select * from final
