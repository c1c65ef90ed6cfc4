-- One row for each candidate and consent on record at its number, with what it is worth for this
-- campaign. `standing` names the first thing that is wrong with it; `valid` when nothing is.
-- Whether a renewal stands on a grant is asked later, in int_consent_standing.
{{ config(post_hook="analyze {{ this }}") }}

with

candidates as (
    select * from {{ ref('int_candidates') }}
),

law_profiles as (
    select * from {{ ref('int_law_profiles') }}
),

campaigns as (
    select * from {{ ref('stg_campaigns') }}
),

evidence as (
    select * from {{ ref('int_consent_evidence') }}
),

person_links as {{ inlined() }} (
    select * from {{ ref('int_person_links') }}
),

candidate_leads as (
    select * from {{ ref('int_candidate_leads') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

offered as (
    select
        candidates.candidate_id,
        candidates.subject_id,
        candidates.campaign_id,
        evidence.event_id,
        evidence.event_type,
        evidence.person_ref,
        evidence.effective_at,
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
                    when not evidence.is_from_person
                        then law_profiles.third_party_consent_max_age_days
                end
            ) * interval '1 day'
        ) as ends_at,
        -- The notice must have been in force on the callee's own day.
        case
            when evidence.missing_evidence is not null then evidence.missing_evidence
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
    cross join run
),

-- Consent is a ground only for the person who gave it: one who is known at this line, but whose
-- lead this campaign does not hold, consents for nobody else there. Only a line of several persons
-- can have such a one.
shared_lines as (
    select person_links.subject_id
    from person_links
    group by person_links.subject_id
    having count(*) > 1
),

other_persons as (
    select
        person_links.subject_id,
        person_links.person_ref,
        campaigns.campaign_id
    from shared_lines
    inner join person_links on shared_lines.subject_id = person_links.subject_id
    cross join campaigns
    left join candidate_leads
        on
            person_links.subject_id = candidate_leads.subject_id
            and person_links.person_ref = candidate_leads.person_ref
            and campaigns.campaign_id = candidate_leads.campaign_id
    where candidate_leads.person_ref is null
),

judged as (
    select
        offered.*,
        offered.missing_evidence is null as is_evidence_complete,
        other_persons.person_ref is not null as is_other_person
    from offered
    left join other_persons
        on
            offered.subject_id = other_persons.subject_id
            and offered.person_ref = other_persons.person_ref
            and offered.campaign_id = other_persons.campaign_id
),

standings as (
    select
        judged.*,
        case
            when
                (
                    judged.effective_at <= judged.call_starts_at
                    and judged.effective_at <= judged.known_as_of
                    and not judged.is_other_person
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
