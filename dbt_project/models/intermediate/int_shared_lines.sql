-- Numbers at which one source of a controller knows several persons. The ids of two sources cannot
-- be compared, so a number in two lists is no shared line by that alone.
{#- Refilled: the register of consents is a view on it and must not vanish in a run. -#}
{{ config(materialized="refilled", unlogged=false, post_hook="analyze {{ this }}") }}

with

contact_points as (
    select * from {{ ref('stg_contact_points') }}
),

lead_records as (
    select * from {{ ref('stg_lead_records') }}
),

seen_again as (
    select contact_points.subject_id
    from contact_points
    group by contact_points.subject_id
    having count(*) > 1
),

persons_by_source as (
    select
        contact_points.subject_id,
        lead_records.controller_id,
        count(distinct contact_points.person_ref) as count_persons
    from seen_again
    inner join contact_points on seen_again.subject_id = contact_points.subject_id
    inner join lead_records on contact_points.record_id = lead_records.record_id
    group by
        contact_points.subject_id,
        lead_records.controller_id,
        lead_records.source_id
),

final as (
    select distinct
        persons_by_source.subject_id,
        persons_by_source.controller_id
    from persons_by_source
    where persons_by_source.count_persons > 1
)

select * from final
