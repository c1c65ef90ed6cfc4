with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'consent_missing' as reason_code,
        null::text as evidence_id,
        null::timestamptz as evidence_at,
        facts.consent_shortfall as detail
    from facts
    where
        facts.ground is null
        and facts.is_law_settled is not false
        and facts.is_legitimate_interest_open is not true
        and coalesce(facts.consent_standing, 'missing') not in (
            'expired', 'evidence_missing', 'purpose_mismatch', 'controller_mismatch'
        )
)

select * from final
