with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'attempt_cap_reached' as reason_code,
        facts.last_attempt_id::text as evidence_id,
        facts.last_attempt_at as evidence_at,
        concat_ws(
            ' ', facts.count_attempts, 'of', facts.max_attempts, 'calls in',
            facts.attempts_window_days, 'days'
        ) as detail
    from facts
    where
        facts.is_policy_known is not false
        and (facts.count_attempts < facts.max_attempts) is not true
)

select * from final
