-- One row for each candidate with any consent on record: the best of them. The newest wins among
-- equals, then the lowest id.
{{ config(post_hook="analyze {{ this }}") }}

with

grants as (
    select * from {{ ref('int_grants') }}
),

final as (
    select distinct on (grants.candidate_id)
        grants.candidate_id,
        grants.standing,
        grants.event_id,
        grants.person_ref,
        grants.source_id,
        grants.effective_at,
        grants.ends_at
    from grants
    order by
        grants.candidate_id asc,
        case grants.standing
            when 'valid' then 1
            when 'expired' then 2
            when 'evidence_missing' then 3
            when 'purpose_mismatch' then 4
            when 'controller_mismatch' then 5
            else 6
        end asc,
        grants.effective_at desc nulls last,
        grants.event_id asc
)

select * from final
