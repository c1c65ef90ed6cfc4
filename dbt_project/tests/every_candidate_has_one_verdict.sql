-- A candidate without a decision, a decision without a candidate: none may exist. What a verdict
-- needs to be borne out is a constraint of call_decisions.
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
)

select * from final
