with

lead_records as (
    select * from {{ source('landing', 'lead_records') }}
),

batches as (
    select * from {{ ref('stg_batches') }}
),

final as (
    select
        lead_records.record_id,
        lead_records.lead_id,
        lead_records.source_id,
        lead_records.controller_id,
        lead_records.person_ref,
        coalesce(upper(lead_records.country), '') as country,
        coalesce(upper(lead_records.address_country), '') as address_country,
        upper(trim(lead_records.region)) as state,
        lead_records.audience,
        lead_records.campaign_id,
        lead_records.collected_at,
        batches.accepted_at
    from lead_records
    inner join batches on lead_records.batch_id = batches.batch_id
)

select * from final
