{#- The index is the check that a candidate is decided once, and how a page finds it. -#}
{{ config(indexes=[{"columns": ["candidate_id"], "unique": true}]) }}

with

verdicts as (
    select * from {{ ref('int_verdicts') }}
),

law_profiles as (
    select * from {{ ref('int_law_windows') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

final as (
    select
        verdicts.candidate_id,
        verdicts.decision_id,
        verdicts.subject_id,
        verdicts.campaign_id,
        verdicts.controller_id,
        verdicts.call_date,
        verdicts.known_as_of,
        run.run_id,
        verdicts.verdict,
        verdicts.first_reason_code,
        verdicts.reason_codes,
        verdicts.evidence_ids,
        verdicts.verdict_ground as ground,
        verdicts.ground_evidence_id,
        verdicts.presenting_record_id,
        verdicts.country_code,
        verdicts.audience,
        verdicts.number_region,
        verdicts.line_type,
        law_profiles.policy_ids,
        law_profiles.call_start_local,
        law_profiles.call_end_local,
        law_profiles.call_windows_local as call_windows,
        law_profiles.call_windows as call_windows_utc,
        law_profiles.timezone,
        -- What is not known ends nothing: least() passes over it.
        least(
            verdicts.day_ends_at,
            verdicts.policy_ends_at,
            case when verdicts.is_register_binding then verdicts.registers_expire_at end,
            case when verdicts.verdict_ground = 'consent' then verdicts.consent_ends_at end
        ) as valid_until
    from verdicts
    cross join run
    left join law_profiles on verdicts.law_profile_id = law_profiles.law_profile_id
)

select * from final
