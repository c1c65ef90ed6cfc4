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
    select * from {{ ref('int_law_windows') }}
),

law_registers as (
    select * from {{ ref('int_law_registers') }}
),

screening as (
    select * from {{ ref('int_register_screening') }}
    where is_blocking or is_unknown
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

person_attempts as (
    select * from {{ ref('int_person_attempts') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

profile_registers as (
    select
        law_registers.law_profile,
        bool_and(law_registers.is_consent_before_register) as is_consent_before_register,
        min(law_registers.expires_at) as registers_expire_at,
        min(coalesce(law_registers.register_id, 'none declared')) filter (
            where law_registers.is_missing
        ) as missing_register_id,
        min(law_registers.register_id) filter (
            where law_registers.is_stale and not law_registers.is_missing
        ) as stale_register_id,
        string_agg(
            coalesce(law_registers.register_id, 'none declared'),
            ', ' order by law_registers.register_id
        ) filter (where law_registers.is_missing) as missing_registers,
        string_agg(law_registers.register_id, ', ' order by law_registers.register_id) filter (
            where law_registers.is_stale and not law_registers.is_missing
        ) as stale_registers
    from law_registers
    group by law_registers.law_profile
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

-- What the law and the campaign say together, once for each pair.
settings as (
    select
        law_profiles.*,
        campaigns.campaign_id,
        campaigns.priority,
        campaigns.is_legitimate_interest_assessed,
        campaigns.legitimate_interest_id,
        profile_countries.campaign_id is not null as is_country_in_campaign,
        campaigns.call_mode in ('live_manual', 'live_predictive') as is_live,
        profile_registers.missing_register_id,
        profile_registers.stale_register_id,
        profile_registers.missing_registers,
        profile_registers.stale_registers,
        profile_registers.registers_expire_at,
        coalesce(profile_registers.is_consent_before_register, false)
            as is_consent_before_register
    from law_profiles
    cross join campaigns
    left join profile_registers on law_profiles.law_profile = profile_registers.law_profile
    left join profile_countries
        on
            law_profiles.law_profile = profile_countries.law_profile
            and campaigns.campaign_id = profile_countries.campaign_id
),

-- A shared line is used up as soon as one of its persons is.
attempts as (
    select distinct on (person_attempts.candidate_id)
        person_attempts.candidate_id,
        person_attempts.count_attempts,
        person_attempts.last_attempt_id,
        person_attempts.last_attempt_at
    from person_attempts
    order by
        person_attempts.candidate_id asc,
        person_attempts.count_attempts desc,
        person_attempts.last_attempt_at desc nulls last,
        person_attempts.person_ref asc
),

blocking_registers as (
    select
        screening.candidate_id,
        min(screening.register_id) filter (where screening.is_blocking) as register_id,
        min(screening.register_id) filter (where screening.is_unknown) as unknown_register_id
    from screening
    group by screening.candidate_id
),

stops_by_reason as (
    select
        stops.candidate_id,
        min(stops.evidence_id::text) filter (
            where stops.reason_code = 'objected'
        )::uuid as objected_evidence_id,
        max(stops.evidence_at) filter (
            where stops.reason_code = 'objected'
        ) as objected_at,
        min(stops.evidence_id::text) filter (
            where stops.reason_code = 'suppressed_internally'
        )::uuid as suppressed_evidence_id,
        max(stops.evidence_at) filter (
            where stops.reason_code = 'suppressed_internally'
        ) as suppressed_at,
        min(stops.evidence_id::text) filter (
            where stops.reason_code = 'consent_refused'
        )::uuid as refused_evidence_id,
        max(stops.evidence_at) filter (
            where stops.reason_code = 'consent_refused'
        ) as refused_at,
        min(stops.evidence_id::text) filter (
            where stops.reason_code = 'consent_withdrawn'
        )::uuid as withdrawn_evidence_id,
        max(stops.evidence_at) filter (
            where stops.reason_code = 'consent_withdrawn'
        ) as withdrawn_at
    from stops
    group by stops.candidate_id
),

joined as (
    select
        candidates.candidate_id,
        candidates.subject_id,
        coalesce(presenting_leads.record_id, candidates.any_record_id) as presenting_record_id,
        candidates.call_date,
        run.known_as_of,
        settings.law_profile_id,
        settings.priority,
        run.is_demo,
        candidates.is_source_approved,
        settings.is_country_in_campaign,
        -- A law profile holds the first and the last country; leads that name a third one between
        -- them leave the law unknown.
        settings.is_policy_known
        and candidates.is_state_known
        and presenting_leads.has_further_country is not true as is_policy_known,
        settings.is_policy_reviewed,
        settings.is_live and settings.is_legitimate_interest_open as is_legitimate_interest_open,
        settings.is_live and settings.is_open_to_customers as is_open_to_customers,
        settings.is_legitimate_interest_assessed,
        settings.is_consent_before_register,
        settings.is_call_day,
        settings.is_public_holiday,
        settings.has_call_hours,
        settings.call_starts_at,
        settings.call_ends_at,
        settings.day_ends_at,
        settings.policy_ends_at,
        settings.registers_expire_at,
        settings.public_holidays,
        coalesce(attempts.count_attempts, 0) as count_attempts,
        attempts.last_attempt_id,
        attempts.last_attempt_at,
        settings.max_attempts,
        settings.attempts_window_days,
        settings.after_refusal_days,
        greatest(
            coalesce(presenting_leads.collected_at, candidates.collected_at),
            case
                when consent_standing.standing in ('valid', 'expired')
                    then consent_standing.effective_at
            end
        )
        + coalesce(presenting_leads.retention_days, candidates.retention_days)
        * interval '1 day' as retention_ends_at,
        candidates.number_status,
        candidates.number_region,
        candidates.line_type,
        consent_standing.standing as consent_standing,
        consent_standing.event_id as consent_event_id,
        consent_standing.effective_at as consent_effective_at,
        consent_standing.ends_at as consent_ends_at,
        consent_standing.shortfall as consent_shortfall,
        customer_grounds.relation_id as customer_relation_id,
        stops_by_reason.objected_evidence_id,
        stops_by_reason.objected_at,
        stops_by_reason.suppressed_evidence_id,
        stops_by_reason.suppressed_at,
        stops_by_reason.refused_evidence_id,
        stops_by_reason.refused_at,
        stops_by_reason.withdrawn_evidence_id,
        stops_by_reason.withdrawn_at,
        blocking_registers.register_id as blocking_register_id,
        coalesce(settings.missing_register_id, blocking_registers.unknown_register_id)
            as missing_register_id,
        settings.stale_register_id,
        coalesce(settings.missing_registers, blocking_registers.unknown_register_id)
            as missing_registers,
        settings.stale_registers,
        settings.missing_policies,
        settings.unreviewed_policies,
        candidates.is_state_known,
        coalesce(presenting_leads.has_further_country, false) as has_further_country,
        settings.legitimate_interest_id,
        settings.policy_id,
        settings.number_law_country as country_code,
        candidates.audience,
        candidates.campaign_id,
        candidates.controller_id
    from candidates
    cross join run
    left join settings
        on
            candidates.law_profile = settings.law_profile
            and candidates.campaign_id = settings.campaign_id
    left join consent_standing on candidates.candidate_id = consent_standing.candidate_id
    left join customer_grounds on candidates.candidate_id = customer_grounds.candidate_id
    left join presenting_leads on candidates.candidate_id = presenting_leads.candidate_id
    left join attempts on candidates.candidate_id = attempts.candidate_id
    left join blocking_registers on candidates.candidate_id = blocking_registers.candidate_id
    left join stops_by_reason on candidates.candidate_id = stops_by_reason.candidate_id
),

-- The order of the columns is the order in which the rules ask: a scan reads a row up to its last
-- column asked, so what is short, fixed and often asked stands first.
final as (
    select
        joined.candidate_id,
        joined.subject_id,
        joined.presenting_record_id,
        joined.call_date,
        joined.known_as_of,
        joined.law_profile_id,
        case
            when joined.consent_standing = 'valid' then 'consent'
            when joined.is_open_to_customers and joined.customer_relation_id is not null
                then 'customer'
            when joined.is_legitimate_interest_open and joined.is_legitimate_interest_assessed
                then 'legitimate_interest'
        end as ground,
        {%- for column in [
            'is_demo', 'is_source_approved', 'is_country_in_campaign', 'is_policy_known',
            'is_policy_reviewed', 'is_legitimate_interest_open', 'is_call_day',
            'is_public_holiday', 'has_call_hours', 'count_attempts', 'max_attempts',
        ] %}
        joined.{{ column }},
        {%- endfor %}
        joined.is_policy_known and joined.is_policy_reviewed as is_law_settled,
        (joined.consent_standing = 'valid' and joined.is_consent_before_register) is not true
            as is_register_binding,
        {%- for column in [
            'call_starts_at', 'call_ends_at', 'day_ends_at', 'retention_ends_at', 'number_status',
            'number_region', 'line_type', 'consent_standing', 'consent_event_id',
            'consent_effective_at', 'consent_ends_at', 'customer_relation_id',
            'objected_evidence_id', 'objected_at', 'suppressed_evidence_id', 'suppressed_at',
            'refused_evidence_id', 'refused_at', 'after_refusal_days', 'withdrawn_evidence_id',
            'withdrawn_at', 'blocking_register_id', 'missing_register_id', 'stale_register_id',
            'consent_shortfall', 'missing_registers', 'stale_registers',
            'legitimate_interest_id', 'policy_id', 'country_code', 'audience', 'priority',
            'campaign_id', 'controller_id', 'attempts_window_days', 'last_attempt_id',
            'last_attempt_at', 'policy_ends_at', 'registers_expire_at', 'public_holidays',
        ] %}
        joined.{{ column }},
        {%- endfor %}
        case
            when joined.is_policy_known is not true
                then
                    nullif(
                        concat_ws(
                            ', ',
                            joined.missing_policies,
                            case when not joined.is_state_known then 'US state' end,
                            case when joined.has_further_country then 'third country' end
                        ),
                        ''
                    )
            when joined.is_policy_reviewed is not true then joined.unreviewed_policies
        end as policy_shortfall
    from joined
)

select * from final
