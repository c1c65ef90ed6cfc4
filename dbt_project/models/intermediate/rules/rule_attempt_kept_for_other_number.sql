with

attempt_allocation as (
    select * from {{ ref('int_attempt_allocation') }}
),

final as (
    select
        attempt_allocation.candidate_id,
        'attempt_kept_for_other_number' as reason_code,
        null::text as evidence_id,
        null::timestamptz as evidence_at,
        null::text as detail
    from attempt_allocation
    where attempt_allocation.is_beyond_cap is not false
)

select * from final
