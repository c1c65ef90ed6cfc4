-- One row for each number of a person under age, and the controller that knows it. Whoever else is
-- on the line, it is not called until the last of them is of age.
{{ config(post_hook="analyze {{ this }}") }}

with

minors as (
    select * from {{ ref('stg_minors') }}
),

person_links as (
    select * from {{ ref('int_person_links') }}
),

final as (
    select
        person_links.subject_id,
        minors.controller_id,
        max(minors.adult_on) as adult_on
    from minors
    inner join person_links on minors.person_ref = person_links.person_ref
    group by person_links.subject_id, minors.controller_id
)

select * from final
