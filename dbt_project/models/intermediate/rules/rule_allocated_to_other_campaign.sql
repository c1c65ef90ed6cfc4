with

allocation as (
    select * from {{ ref('int_allocation') }}
),

final as (
    select
        allocation.candidate_id,
        'allocated_to_other_campaign' as reason_code,
        allocation.allocated_campaign_id as evidence_id,
        null::timestamptz as evidence_at,
        null::text as detail
    from allocation
    where allocation.campaign_id is distinct from allocation.allocated_campaign_id
)

select * from final
