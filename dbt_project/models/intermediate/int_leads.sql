-- One row for each number of each lead: the newest known record of a lead wins, then the lowest
-- id; within one record the first place a number stands at.
{{ config(materialized="ephemeral") }}

with

lead_records as (
    select * from {{ ref('stg_lead_records') }}
),

contact_points as (
    select * from {{ ref('stg_contact_points') }}
),

newest_records as (
    select distinct on (lead_records.lead_id)
        lead_records.*,
        min(lead_records.accepted_at) over newest_first as first_known_at
    from lead_records
    window
        newest_first as (
            partition by lead_records.lead_id
            order by lead_records.accepted_at desc, lead_records.record_id asc
            rows between unbounded preceding and unbounded following
        )
    order by
        lead_records.lead_id asc,
        lead_records.accepted_at desc,
        lead_records.record_id asc
),

final as (
    select
        newest_records.record_id,
        contact_points.subject_id,
        contact_points.person_ref,
        newest_records.source_id,
        newest_records.campaign_id,
        newest_records.country,
        newest_records.address_country,
        newest_records.state,
        newest_records.audience,
        newest_records.accepted_at,
        coalesce(newest_records.collected_at, newest_records.first_known_at) as collected_at,
        contact_points.number_status,
        contact_points.number_region,
        contact_points.line_type
    from newest_records
    inner join contact_points on newest_records.record_id = contact_points.record_id
)

select * from final
