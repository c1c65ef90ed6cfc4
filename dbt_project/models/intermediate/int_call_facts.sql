-- One wide row for each candidate with everything a rule may ask. All joins of the decision end
-- here; the rules only scan.
{{ config(post_hook="analyze {{ this }}") }}

with

candidates as (
    select * from {{ ref('int_candidates') }}
),

campaigns as (
    select * from {{ ref('stg_campaigns') }}
),

campaign_countries as (
    select * from {{ ref('stg_campaign_countries') }}
),

law_profiles as (
    select * from {{ ref('int_law_profiles') }}
),

law_registers as (
    select * from {{ ref('int_law_registers') }}
),

screening as (
    select * from {{ ref('int_register_screening') }}
    where is_blocking
),

consent_standing as (
    select * from {{ ref('int_consent_standing') }}
),

customer_grounds as (
    select * from {{ ref('int_customer_grounds') }}
),

presenting_leads as (
    select * from {{ ref('int_presenting_leads') }}
),

stops as (
    select * from {{ ref('int_stops') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

profile_registers as (
    select
        law_registers.law_profile,
        bool_and(law_registers.is_consent_before_register) as is_consent_before_register,
        min(coalesce(law_registers.register_id, 'none declared')) filter (
            where law_registers.is_missing
        ) as missing_register_id,
        min(law_registers.register_id) filter (
            where law_registers.is_stale and not law_registers.is_missing
        ) as stale_register_id
    from law_registers
    group by law_registers.law_profile
),

blocking_registers as (
    select
        screening.candidate_id,
        min(screening.register_id) as register_id
    from screening
    group by screening.candidate_id
),

-- A campaign may name the country whose law binds or the territory itself.
profile_countries as (
    select distinct
        law_profiles.law_profile,
        campaign_countries.campaign_id
    from law_profiles
    inner join campaign_countries
        on campaign_countries.country_code in (
            law_profiles.number_region, law_profiles.number_law_country
        )
),

stops_by_reason as (
    select
        stops.candidate_id,
        max(stops.evidence_id::text) filter (where stops.reason_code = 'objected')
            as objected_evidence_id,
        max(stops.evidence_at) filter (where stops.reason_code = 'objected') as objected_at,
        max(stops.evidence_id::text) filter (where stops.reason_code = 'suppressed_internally')
            as suppressed_evidence_id,
        max(stops.evidence_at) filter (where stops.reason_code = 'suppressed_internally')
            as suppressed_at,
        max(stops.evidence_id::text) filter (where stops.reason_code = 'consent_refused')
            as refused_evidence_id,
        max(stops.evidence_at) filter (where stops.reason_code = 'consent_refused')
            as refused_at,
        max(stops.evidence_id::text) filter (where stops.reason_code = 'consent_withdrawn')
            as withdrawn_evidence_id,
        max(stops.evidence_at) filter (where stops.reason_code = 'consent_withdrawn')
            as withdrawn_at
    from stops
    group by stops.candidate_id
),

joined as (
    select
        candidates.candidate_id,
        candidates.subject_id,
        candidates.campaign_id,
        candidates.controller_id,
        candidates.call_date,
        run.known_as_of,
        run.run_id,
        run.is_demo,
        campaigns.priority,
        coalesce(presenting_leads.record_id, candidates.any_record_id) as presenting_record_id,
        candidates.is_source_approved,
        candidates.number_status,
        candidates.number_region,
        candidates.line_type,
        candidates.audience,
        law_profiles.number_law_country as country_code,
        profile_countries.campaign_id is not null as is_country_in_campaign,
        law_profiles.policy_id,
        law_profiles.is_policy_known,
        law_profiles.is_policy_reviewed,
        law_profiles.is_policy_known and law_profiles.is_policy_reviewed as is_law_settled,
        campaigns.call_mode in ('live_manual', 'live_predictive')
        and law_profiles.is_legitimate_interest_open as is_legitimate_interest_open,
        campaigns.is_legitimate_interest_assessed,
        campaigns.legitimate_interest_id,
        consent_standing.standing as consent_standing,
        consent_standing.event_id::text as consent_event_id,
        consent_standing.effective_at as consent_effective_at,
        consent_standing.ends_at as consent_ends_at,
        case
            when consent_standing.standing = 'valid' then 'consent'
            when
                campaigns.call_mode in ('live_manual', 'live_predictive')
                and law_profiles.is_open_to_customers
                and customer_grounds.relation_id is not null
                then 'customer'
            when
                campaigns.call_mode in ('live_manual', 'live_predictive')
                and law_profiles.is_legitimate_interest_open
                and campaigns.is_legitimate_interest_assessed
                then 'legitimate_interest'
        end as ground,
        customer_grounds.relation_id::text as customer_relation_id,
        blocking_registers.register_id as blocking_register_id,
        profile_registers.missing_register_id,
        profile_registers.stale_register_id,
        coalesce(profile_registers.is_consent_before_register, false)
            as is_consent_before_register,
        stops_by_reason.objected_evidence_id,
        stops_by_reason.objected_at,
        stops_by_reason.suppressed_evidence_id,
        stops_by_reason.suppressed_at,
        stops_by_reason.refused_evidence_id,
        stops_by_reason.refused_at,
        law_profiles.after_refusal_days,
        stops_by_reason.withdrawn_evidence_id,
        stops_by_reason.withdrawn_at,
        law_profiles.is_call_day,
        law_profiles.call_starts_at,
        law_profiles.call_ends_at,
        law_profiles.day_ends_at,
        law_profiles.timezone,
        law_profiles.call_start_local,
        law_profiles.call_end_local,
        greatest(
            coalesce(presenting_leads.collected_at, candidates.collected_at),
            case
                when consent_standing.standing in ('valid', 'expired')
                    then consent_standing.effective_at
            end
        )
        + coalesce(presenting_leads.retention_days, candidates.retention_days)
        * interval '1 day' as retention_ends_at
    from candidates
    inner join campaigns on candidates.campaign_id = campaigns.campaign_id
    cross join run
    left join law_profiles on candidates.law_profile = law_profiles.law_profile
    left join profile_registers on candidates.law_profile = profile_registers.law_profile
    left join profile_countries
        on
            candidates.law_profile = profile_countries.law_profile
            and candidates.campaign_id = profile_countries.campaign_id
    left join consent_standing on candidates.candidate_id = consent_standing.candidate_id
    left join customer_grounds on candidates.candidate_id = customer_grounds.candidate_id
    left join presenting_leads on candidates.candidate_id = presenting_leads.candidate_id
    left join blocking_registers on candidates.candidate_id = blocking_registers.candidate_id
    left join stops_by_reason on candidates.candidate_id = stops_by_reason.candidate_id
),

final as (
    select
        joined.*,
        case joined.ground
            when 'consent' then joined.consent_event_id
            when 'customer' then joined.customer_relation_id
            when 'legitimate_interest' then joined.legitimate_interest_id
        end as ground_evidence_id,
        not (joined.ground is not null and joined.ground = 'consent')
        or not joined.is_consent_before_register as is_register_binding,
        least(
            joined.day_ends_at,
            case when joined.ground = 'consent' then joined.consent_ends_at end
        ) as valid_until
    from joined
)

select * from final
