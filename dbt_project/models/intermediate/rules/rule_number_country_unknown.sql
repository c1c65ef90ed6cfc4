with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'number_country_unknown' as reason_code,
        null::text as evidence_id,
        null::timestamptz as evidence_at,
        null::text as detail
    from facts
    where
        coalesce(facts.number_status, 'no_country') = 'no_country'
        or coalesce(facts.number_region, '') = ''
)

select * from final
