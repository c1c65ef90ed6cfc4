with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'sector_banned' as reason_code,
        facts.sector_override_ids as evidence_id,
        null::timestamptz as evidence_at,
        facts.sector_restriction as detail
    from facts
    where
        facts.sector_restriction is null
        or facts.sector_restriction not in (
            'none', 'consent_only', 'contract_only', 'customer_only'
        )
        or (facts.sector_restriction in ('contract_only', 'customer_only') and facts.ground is null)
)

select * from final
