with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'consent_annulled_by_register' as reason_code,
        facts.annulling_register_id as evidence_id,
        case
            when isfinite(facts.consents_annulled_until) then facts.consents_annulled_until
        end as evidence_at,
        null::text as detail
    from facts
    where
        facts.annulling_register_id is not null and facts.is_consent_annulled is not false
)

select * from final
