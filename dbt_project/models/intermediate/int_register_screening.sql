-- One row for each candidate and register it must be screened against, with the result. A result
-- is unknown only in a replay, which asks what had been screened then; it counts as never loaded.
-- Nobody is absent from a register that was never loaded: that blocks nothing, it leaves all open.
{{ config(post_hook="analyze {{ this }}") }}

with

candidates as (
    select * from {{ ref('int_candidates') }}
),

law_registers as (
    select * from {{ ref('int_law_registers') }}
),

register_entries as (
    select * from {{ ref('stg_register_entries') }}
),

final as (
    select
        candidates.candidate_id,
        candidates.subject_id,
        law_registers.register_id,
        law_registers.snapshot_id,
        {{ listed_or_unknown('register_entries.is_listed') }} as is_listed,
        law_registers.is_listing_blocking,
        law_registers.is_absence_blocking and not law_registers.is_missing as is_absence_blocking
    from candidates
    inner join law_registers on candidates.law_profile = law_registers.law_profile
    left join register_entries
        on
            candidates.subject_id = register_entries.subject_id
            and law_registers.register_id = register_entries.register_id
    where law_registers.register_id is not null
)

select
    final.candidate_id,
    final.subject_id,
    final.register_id,
    final.snapshot_id,
    final.is_listed,
    final.is_listed is null as is_unknown,
    case
        when final.is_listed then final.is_listing_blocking
        when not final.is_listed then final.is_absence_blocking
        else false
    end as is_blocking
from final
