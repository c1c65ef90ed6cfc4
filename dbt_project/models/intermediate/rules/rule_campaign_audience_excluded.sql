with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'campaign_audience_excluded' as reason_code,
        null::text as evidence_id,
        null::timestamptz as evidence_at,
        facts.audience as detail
    from facts
    where
        facts.is_audience_in_campaign is not true
)

select * from final
