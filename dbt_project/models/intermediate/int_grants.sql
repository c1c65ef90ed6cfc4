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

consent_events as (
    select * from {{ ref('stg_consent_events') }}
),

sources as (
    select * from {{ ref('stg_sources') }}
),

notices as (
    select * from {{ ref('stg_controller_notices') }}
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

-- Landing dates a day without a time at its end; any other doubt makes it no grant.
dated as (
    select
        consent_events.*,
        case
            when consent_events.event_time_status in ('ok', 'date_only')
                then consent_events.event_at
        end as effective_at
    from consent_events
    where consent_events.event_type in ('given', 'renewed')
),

offered as (
    select
        candidates.candidate_id,
        candidates.subject_id,
        candidates.campaign_id,
        dated.event_id,
        dated.event_type,
        dated.person_ref,
        dated.effective_at,
        dated.source_id,
        dated.controller_id = candidates.controller_id as is_same_controller,
        coalesce(dated.purpose = campaigns.purpose, false)
        and {{ is_call_channel('dated.channel') }}
        and case
            when campaigns.call_mode in ('live_manual', 'live_predictive')
                then coalesce(dated.call_mode, campaigns.call_mode) = campaigns.call_mode
            else coalesce(dated.call_mode = campaigns.call_mode, false)
        end as is_same_purpose,
        least(
            dated.expires_at,
            dated.effective_at
            + least(
                campaigns.consent_max_age_days,
                law_profiles.consent_max_age_days,
                case
                    when not coalesce(sources.is_from_person, false)
                        then law_profiles.third_party_consent_max_age_days
                end
            ) * interval '1 day'
        ) as ends_at,
        -- Provable, from an approved source, informed, freely given.
        (
            dated.evidence_status = 'verified'
            or (dated.evidence_status = 'asserted' and sources.is_from_person)
        )
        and sources.is_approved
        and notices.valid_from <= (dated.effective_at at time zone law_profiles.timezone)::date
        and coalesce(dated.collection_context, '') <> 'outbound_marketing'
        and coalesce(dated.is_recording_notice_given, true)
        and (dated.verified_channel is null or {{ is_number_channel('dated.verified_channel') }})
            as is_provable,
        coalesce(dated.collection_context in ('web', 'inbound', 'in_person'), false)
        and coalesce(dated.evidence_status = 'verified', false)
        and coalesce(dated.collector = dated.controller_id, sources.is_from_person, false)
            as is_first_hand,
        law_profiles.call_starts_at,
        law_profiles.call_ends_at,
        run.known_as_of
    from candidates
    inner join dated on candidates.subject_id = dated.subject_id
    inner join campaigns on candidates.campaign_id = campaigns.campaign_id
    inner join law_profiles on candidates.law_profile = law_profiles.law_profile
    left join sources on dated.source_id = sources.source_id
    left join notices
        on
            dated.controller_id = notices.controller_id
            and dated.notice_version = notices.notice_version
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

final as (
    select
        offered.candidate_id,
        offered.event_id,
        offered.event_type,
        offered.person_ref,
        offered.source_id,
        offered.effective_at,
        offered.ends_at,
        offered.is_same_controller,
        offered.is_same_purpose,
        offered.is_provable is true and other_persons.person_ref is null as is_provable,
        offered.is_first_hand,
        case
            when
                (
                    offered.effective_at <= offered.call_starts_at
                    and offered.effective_at <= offered.known_as_of
                    and other_persons.person_ref is null
                ) is not true
                then 'missing'
            when offered.is_same_controller is not true then 'controller_mismatch'
            when offered.is_same_purpose is not true then 'purpose_mismatch'
            when offered.is_provable is not true then 'evidence_missing'
            when
                (offered.ends_at is null or offered.ends_at >= offered.call_ends_at) is not true
                then 'expired'
            else 'valid'
        end as standing
    from offered
    left join other_persons
        on
            offered.subject_id = other_persons.subject_id
            and offered.person_ref = other_persons.person_ref
            and offered.campaign_id = other_persons.campaign_id
)

select * from final
