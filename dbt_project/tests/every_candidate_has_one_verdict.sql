-- A candidate without a decision, a decision without a candidate, a verdict that its reasons do
-- not bear out, a callable row without ground, window or end: none may exist.
with

candidates as (
    select * from {{ ref('int_candidates') }}
),

call_decisions as (
    select * from {{ ref('call_decisions') }}
),

final as (
    select
        candidates.candidate_id,
        call_decisions.candidate_id as decided_candidate_id
    from candidates
    full outer join call_decisions on candidates.candidate_id = call_decisions.candidate_id
    where
        candidates.candidate_id is null
        or call_decisions.candidate_id is null
        or (
            (call_decisions.verdict = 'callable')
            is distinct from (
                call_decisions.first_reason_code is null
                and call_decisions.ground is not null
                and call_decisions.ground_evidence_id is not null
                and call_decisions.presenting_record_id is not null
                and not isempty(call_decisions.call_windows_utc)
                and upper(call_decisions.call_windows_utc) <= call_decisions.valid_until
                and call_decisions.valid_until is not null
                and call_decisions.timezone is not null
            )
        )
)

select * from final
