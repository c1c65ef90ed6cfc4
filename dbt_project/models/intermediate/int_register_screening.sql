-- One row for each candidate and register it must be screened against, with the result. A result
-- is unknown where a register that is asked number by number was not asked about this one, and in a
-- replay where nobody had asked by then; it counts as never loaded.
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

sightings as (
    select * from {{ ref('int_register_sightings') }}
),

final as (
    select
        candidates.candidate_id,
        candidates.subject_id,
        law_registers.register_id,
        law_registers.holder_id,
        law_registers.snapshot_id,
        case
            when law_registers.is_asked then register_entries.is_listed
            else {{ listed_or_unknown('register_entries.is_listed') }}
        end as is_listed,
        register_entries.is_revoking_all,
        register_entries.listed_at,
        register_entries.proof,
        law_registers.is_listing_blocking,
        law_registers.is_absence_blocking and not law_registers.is_missing as is_absence_blocking,
        law_registers.is_later_consent_free,
        law_registers.is_missing,
        case
            when law_registers.is_annulling_unflagged then sightings.seen_listed_at
            when law_registers.is_annulling then sightings.revoked_all_at
        end as consents_annulled_until
    from candidates
    inner join law_registers
        on
            candidates.law_profile = law_registers.law_profile
            and candidates.controller_id = law_registers.controller_id
    left join register_entries
        on
            candidates.subject_id = register_entries.subject_id
            and law_registers.register_id = register_entries.register_id
            and law_registers.holder_id = register_entries.controller_id
    left join sightings
        on
            candidates.subject_id = sightings.subject_id
            and law_registers.register_id = sightings.register_id
            and law_registers.holder_id = sightings.controller_id
    where law_registers.register_id is not null
)

select
    final.candidate_id,
    final.subject_id,
    final.register_id,
    final.holder_id,
    final.snapshot_id,
    final.is_listed,
    final.is_revoking_all,
    final.listed_at,
    final.proof,
    final.is_later_consent_free,
    final.consents_annulled_until,
    -- Of a register that is not there at all, rule_register_missing speaks once.
    final.is_listed is null and not final.is_missing as is_unknown,
    case
        when final.is_listed then final.is_listing_blocking
        when not final.is_listed then final.is_absence_blocking
        else false
    end as is_blocking
from final
