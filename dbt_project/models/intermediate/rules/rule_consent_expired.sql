with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'consent_expired' as reason_code,
        facts.consent_event_id::text as evidence_id,
        facts.consent_effective_at as evidence_at,
        null::text as detail
    from facts
    where
        facts.ground is null
        and facts.is_law_settled is not false
        and facts.is_legitimate_interest_open is not true
        and facts.consent_standing = 'expired'
)

select * from final
