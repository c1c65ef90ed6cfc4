-- One row for each candidate and consent on record at its number, with what it is worth for this
-- campaign. `standing` names the first thing that is wrong with it; `valid` when nothing is.
-- Whether a renewal stands on a grant is asked later, in int_consent_standing.
{{ config(post_hook="analyze {{ this }}") }}

with

candidates as (
    select * from {{ ref('int_candidates') }}
),

law_profiles as (
    select * from {{ ref('int_law_windows') }}
),

campaigns as (
    select * from {{ ref('stg_campaigns') }}
),

evidence as {{ inlined() }} (
    select * from {{ ref('int_consent_evidence') }}
),

shared_lines as (
    select * from {{ ref('int_shared_lines') }}
),

call_attempts as (
    select * from {{ ref('stg_call_attempts') }}
),

candidate_leads as (
    select * from {{ ref('int_candidate_leads') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

-- When the person was first reached under a bought consent.
first_contacts as (
    select
        evidence.event_id,
        min(call_attempts.attempted_at) as contacted_at
    from evidence
    inner join call_attempts
        on
            evidence.subject_id = call_attempts.subject_id
            and evidence.controller_id = call_attempts.controller_id
            and evidence.effective_at <= call_attempts.attempted_at
    where
        not evidence.is_from_person
        and call_attempts.disposition in ('answered', 'callback_requested')
        and call_attempts.is_abandoned is not true
    group by evidence.event_id
),

offered as (
    select
        candidates.candidate_id,
        candidates.subject_id,
        candidates.campaign_id,
        candidates.controller_id,
        evidence.event_id,
        evidence.event_type,
        evidence.person_ref,
        evidence.effective_at,
        evidence.lifts_from,
        evidence.source_id,
        evidence.controller_id = candidates.controller_id as is_same_controller,
        coalesce(evidence.purpose = campaigns.purpose, false)
        and {{ is_call_channel('evidence.channel') }}
        and case
            when campaigns.call_mode in ('live_manual', 'live_predictive')
                then coalesce(evidence.call_mode, campaigns.call_mode) = campaigns.call_mode
            else coalesce(evidence.call_mode = campaigns.call_mode, false)
        end as is_same_purpose,
        least(
            evidence.expires_at,
            evidence.effective_at
            + least(
                campaigns.consent_max_age_days,
                law_profiles.consent_max_age_days,
                case
                    when
                        not evidence.is_from_person
                        -- The limit is for the first contact; made in time, it is met for good.
                        and (
                            first_contacts.contacted_at
                            < evidence.effective_at
                            + law_profiles.third_party_consent_max_age_days * interval '1 day'
                        ) is not true
                        then law_profiles.third_party_consent_max_age_days
                end
            ) * interval '1 day'
        ) as ends_at,
        -- The notice must have been in force on the callee's own day.
        case
            when evidence.missing_evidence is not null then evidence.missing_evidence
            -- A segment of special data needs the text that asks for exactly that.
            when
                campaigns.is_special_category
                and (evidence.notice_version = campaigns.explicit_consent_notice) is not true
                then 'explicit_notice'
            when
                (
                    evidence.notice_valid_from
                    <= (evidence.effective_at at time zone law_profiles.timezone)::date
                ) is not true
                then 'notice_date'
        end as missing_evidence,
        evidence.is_first_hand,
        law_profiles.call_starts_at,
        law_profiles.call_ends_at,
        run.known_as_of
    from candidates
    inner join evidence on candidates.subject_id = evidence.subject_id
    inner join campaigns on candidates.campaign_id = campaigns.campaign_id
    inner join law_profiles on candidates.law_profile = law_profiles.law_profile
    left join first_contacts on evidence.event_id = first_contacts.event_id
    cross join run
),

-- Consent is a ground only for the person who gave it: the one of a lead that this campaign holds.
-- One that does not say whose it is needs a line that nobody shares.
called_persons as (
    select distinct
        candidate_leads.subject_id,
        candidate_leads.person_ref,
        candidate_leads.campaign_id
    from candidate_leads
),

judged as (
    select
        offered.*,
        offered.missing_evidence is null as is_evidence_complete,
        case
            when offered.person_ref is null then shared_lines.subject_id is not null
            else called_persons.person_ref is null
        end as is_other_person
    from offered
    left join shared_lines
        on
            offered.subject_id = shared_lines.subject_id
            and offered.controller_id = shared_lines.controller_id
    left join called_persons
        on
            offered.subject_id = called_persons.subject_id
            and offered.person_ref = called_persons.person_ref
            and offered.campaign_id = called_persons.campaign_id
),

standings as (
    select
        judged.*,
        case
            when
                (
                    judged.effective_at <= judged.call_starts_at
                    and judged.effective_at <= judged.known_as_of
                    -- A person is known per controller.
                    and not (judged.is_same_controller and judged.is_other_person)
                ) is not true
                then 'missing'
            when judged.is_same_controller is not true then 'controller_mismatch'
            when judged.is_same_purpose is not true then 'purpose_mismatch'
            when not judged.is_evidence_complete then 'evidence_missing'
            when
                (judged.ends_at is null or judged.ends_at >= judged.call_ends_at) is not true
                then 'expired'
            else 'valid'
        end as standing
    from judged
),

final as (
    select
        standings.candidate_id,
        standings.event_id,
        standings.event_type,
        standings.person_ref,
        standings.source_id,
        standings.effective_at,
        standings.lifts_from,
        standings.ends_at,
        standings.is_same_controller,
        standings.is_same_purpose,
        standings.is_evidence_complete and not standings.is_other_person as is_provable,
        standings.is_first_hand,
        standings.standing,
        -- Which part of it falls short, where the standing alone does not say.
        case standings.standing
            when 'evidence_missing' then standings.missing_evidence
            when 'missing'
                then
                    case
                        when standings.effective_at is null then 'event_at'
                        when standings.is_other_person then 'other_person'
                        else 'not_yet_in_effect'
                    end
        end as shortfall
    from standings
)

select * from final
