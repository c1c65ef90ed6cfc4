with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'campaign_country_excluded' as reason_code,
        null::text as evidence_id,
        null::timestamptz as evidence_at,
        null::text as detail
    from facts
    where
        facts.is_country_in_campaign is not true and coalesce(facts.number_region, '') <> ''
)

select * from final
