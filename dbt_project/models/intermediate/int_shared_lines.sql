-- Numbers at which one source of a controller knows several persons, whether by their leads or by
-- what they consented to. The ids of two sources cannot be compared, so a number in two lists is no
-- shared line by that alone.
{#- Refilled: the register of consents is a view on it and must not vanish in a run. -#}
{{ config(materialized="refilled", unlogged=false, post_hook="analyze {{ this }}") }}

with

contact_points as (
    select * from {{ ref('stg_contact_points') }}
),

lead_records as (
    select * from {{ ref('stg_lead_records') }}
),

person_links as (
    select * from {{ ref('stg_person_links') }}
),

consent_events as (
    select * from {{ ref('stg_consent_events') }}
),

-- Persons of leads, of leads that retention deleted, and of a consent log.
sightings as {{ inlined() }} (
    select
        contact_points.subject_id,
        contact_points.person_ref,
        lead_records.controller_id,
        lead_records.source_id
    from contact_points
    inner join lead_records on contact_points.record_id = lead_records.record_id
    union all
    select
        person_links.subject_id,
        person_links.person_ref,
        person_links.controller_id,
        person_links.source_id
    from person_links
    union all
    select
        consent_events.subject_id,
        consent_events.person_ref,
        consent_events.controller_id,
        consent_events.source_id
    from consent_events
    where consent_events.person_ref is not null
),

persons as (
    select distinct
        sightings.subject_id,
        sightings.person_ref,
        sightings.controller_id,
        sightings.source_id
    from sightings
),

persons_by_source as (
    select
        persons.subject_id,
        persons.controller_id,
        count(*) as count_persons
    from persons
    group by persons.subject_id, persons.controller_id, persons.source_id
),

final as (
    select distinct
        persons_by_source.subject_id,
        persons_by_source.controller_id
    from persons_by_source
    where persons_by_source.count_persons > 1
)

select * from final
