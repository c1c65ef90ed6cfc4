-- Every reason that stops a candidate, with what proves it. All are kept, not only the first.
{{ config(post_hook="analyze {{ this }}") }}

with

fact_reasons as (
    select * from {{ ref('int_fact_reasons') }}
),

allocated as (
    select * from {{ ref('rule_allocated_to_other_campaign') }}
),

kept_for_other_number as (
    select * from {{ ref('rule_attempt_kept_for_other_number') }}
),

reason_codes as (
    select * from {{ ref('reason_codes') }}
),

found as (
    select * from fact_reasons
    union all
    select * from allocated
    union all
    select * from kept_for_other_number
),

-- A code that the table of codes does not hold still blocks, and comes first.
final as (
    select
        found.candidate_id,
        found.reason_code,
        coalesce(reason_codes.family, 'unknown') as family,
        coalesce(reason_codes.precedence, 0) as precedence,
        coalesce(reason_codes.verdict, 'blocked') as verdict,
        found.evidence_id,
        found.evidence_at,
        found.detail
    from found
    left join reason_codes on found.reason_code = reason_codes.reason_code
)

select * from final
