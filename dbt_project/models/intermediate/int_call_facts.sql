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

law_sectors as (
    select * from {{ ref('int_law_sectors') }}
),

register_state as (
    select * from {{ ref('int_law_register_state') }}
),

candidate_registers as (
    select * from {{ ref('int_candidate_registers') }}
),

consent_standing as (
    select * from {{ ref('int_consent_standing') }}
),

customer_grounds as (
    select * from {{ ref('int_customer_grounds') }}
),

minors as (
    select * from {{ ref('int_minors') }}
),

silent_feeds as (
    select * from {{ ref('stg_silent_feeds') }}
),

abandoned_calls as (
    select * from {{ ref('int_abandoned_calls') }}
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
        -- The assessment must hold on the day of the call.
        coalesce(
            campaigns.legitimate_interest_id <> ''
            and campaigns.legitimate_interest_from <= law_profiles.call_date
            and campaigns.legitimate_interest_until >= law_profiles.call_date,
            false
        ) as is_legitimate_interest_assessed,
        campaigns.legitimate_interest_id,
        campaigns.is_special_category,
        silent_feeds.controller_id is not null as is_feed_stale,
        silent_feeds.source_ids as stale_feeds,
        campaigns.call_mode <> 'live_predictive' or coalesce(abandoned_calls.is_within_cap, false)
            as is_abandoned_share_kept,
        coalesce(abandoned_calls.share, 'not known') as abandoned_share,
        law_sectors.sector_override_ids,
        coalesce(law_sectors.sector_restriction, 'never') as sector_restriction,
        profile_countries.campaign_id is not null as is_country_in_campaign,
        -- A campaign may only narrow; who is not known is a consumer here too.
        campaigns.audiences = '[]'::jsonb
        or campaigns.audiences ? case
            when law_profiles.audience = 'unknown' then 'consumer'
            else law_profiles.audience
        end as is_audience_in_campaign,
        campaigns.call_mode in ('live_manual', 'live_predictive') as is_live,
        register_state.missing_register_id,
        register_state.stale_register_id,
        register_state.missing_registers,
        register_state.stale_registers,
        register_state.registers_expire_at,
        coalesce(register_state.is_consent_before_register, false) as is_consent_before_register,
        coalesce(register_state.is_young_consent_needed, false) as is_young_consent_needed,
        coalesce(register_state.is_customer_before_register, false) as is_customer_before_register
    from law_profiles
    cross join campaigns
    left join register_state
        on
            law_profiles.law_profile = register_state.law_profile
            and campaigns.controller_id = register_state.controller_id
    left join profile_countries
        on
            law_profiles.law_profile = profile_countries.law_profile
            and campaigns.campaign_id = profile_countries.campaign_id
    left join law_sectors
        on
            law_profiles.law_profile = law_sectors.law_profile
            and campaigns.sector = law_sectors.sector
    left join silent_feeds on campaigns.controller_id = silent_feeds.controller_id
    left join abandoned_calls
        on
            law_profiles.law_profile = abandoned_calls.law_profile
            and campaigns.campaign_id = abandoned_calls.campaign_id
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

stops_by_reason as (
    select
        stops.candidate_id,
        min(stops.evidence_id::text) filter (
            where stops.reason_code = 'minor'
        )::uuid as minor_evidence_id,
        max(stops.evidence_at) filter (
            where stops.reason_code = 'minor'
        ) as minor_at,
        min(stops.evidence_id::text) filter (
            where stops.reason_code = 'restricted'
        )::uuid as restricted_evidence_id,
        max(stops.evidence_at) filter (
            where stops.reason_code = 'restricted'
        ) as restricted_at,
        min(stops.evidence_id::text) filter (
            where stops.reason_code = 'erased'
        )::uuid as erased_evidence_id,
        max(stops.evidence_at) filter (
            where stops.reason_code = 'erased'
        ) as erased_at,
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

gathered as (
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
        settings.is_audience_in_campaign,
        -- A law profile holds the first and the last country; leads that name a third one between
        -- them leave the law unknown.
        settings.is_policy_known
        and candidates.is_state_known
        and presenting_leads.has_further_country is not true as is_policy_known,
        settings.is_policy_reviewed,
        settings.is_live
        and settings.is_special_category is not true
        and settings.sector_restriction = 'none'
        and settings.is_legitimate_interest_open as is_legitimate_interest_open,
        settings.is_live
        and settings.is_special_category is not true
        and settings.sector_restriction in ('none', 'customer_only')
        and settings.is_open_to_customers as is_open_to_customers,
        settings.is_live
        and settings.is_special_category is not true
        and settings.sector_restriction in ('none', 'customer_only', 'contract_only')
        and settings.is_open_to_contracts as is_open_to_contracts,
        settings.sector_restriction in ('none', 'consent_only') as is_open_to_consent,
        settings.sector_restriction,
        settings.sector_override_ids,
        settings.is_live,
        settings.is_legitimate_interest_assessed,
        settings.is_consent_before_register,
        settings.is_customer_before_register,
        -- A consent that has to be young is so until the last hour of the call.
        not settings.is_young_consent_needed
        or consent_standing.given_from
        + settings.register_consent_max_age_days * interval '1 day'
        >= settings.call_ends_at as is_consent_young,
        candidate_registers.annulling_register_id is not null
        and (
            consent_standing.given_from > candidate_registers.consents_annulled_until
        ) is not true as is_annulled,
        candidate_registers.consents_annulled_until,
        candidate_registers.annulling_register_id,
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
        customer_grounds.is_contract,
        stops_by_reason.minor_evidence_id,
        stops_by_reason.minor_at,
        stops_by_reason.restricted_evidence_id,
        stops_by_reason.restricted_at,
        stops_by_reason.erased_evidence_id,
        stops_by_reason.erased_at,
        -- A birth date that nobody knows makes nobody a minor.
        coalesce(minors.adult_on > candidates.call_date, false) as is_minor,
        settings.is_feed_stale,
        settings.stale_feeds,
        settings.is_abandoned_share_kept,
        settings.abandoned_share,
        stops_by_reason.objected_evidence_id,
        stops_by_reason.objected_at,
        stops_by_reason.suppressed_evidence_id,
        stops_by_reason.suppressed_at,
        stops_by_reason.refused_evidence_id,
        stops_by_reason.refused_at,
        stops_by_reason.withdrawn_evidence_id,
        stops_by_reason.withdrawn_at,
        candidate_registers.firm_register_id,
        candidate_registers.yielding_register_id,
        coalesce(settings.missing_register_id, candidate_registers.unasked_register_id)
            as missing_register_id,
        settings.stale_register_id,
        nullif(
            concat_ws(', ', settings.missing_registers, candidate_registers.unasked_registers), ''
        ) as missing_registers,
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
    left join minors
        on
            candidates.subject_id = minors.subject_id
            and candidates.controller_id = minors.controller_id
    left join presenting_leads on candidates.candidate_id = presenting_leads.candidate_id
    left join candidate_registers on candidates.candidate_id = candidate_registers.candidate_id
    left join attempts on candidates.candidate_id = attempts.candidate_id
    left join stops_by_reason on candidates.candidate_id = stops_by_reason.candidate_id
),

-- What a consent or a customer relation does to the registers: one that a register annulled, or
-- that is older than it may be, does nothing.
judged as (
    select
        gathered.*,
        coalesce(gathered.consent_standing = 'valid', false)
        and gathered.is_annulled is not false as is_consent_annulled,
        gathered.consent_standing = 'valid'
        and gathered.is_open_to_consent
        and gathered.is_annulled is false
        and gathered.is_consent_young is true as is_consent_over_listing,
        gathered.is_open_to_customers
        and gathered.customer_relation_id is not null
        and gathered.is_customer_before_register as is_customer_over_registers
    from gathered
),

joined as (
    select
        judged.*,
        judged.is_consent_over_listing and judged.is_consent_before_register
            as is_consent_over_registers,
        coalesce(
            judged.firm_register_id,
            case
                when judged.is_consent_over_listing is not true then judged.yielding_register_id
            end
        ) as blocking_register_id
    from judged
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
            when joined.is_customer_over_registers and joined.is_consent_over_registers is not true
                then 'customer'
            when joined.consent_standing = 'valid' and joined.is_open_to_consent then 'consent'
            when
                joined.customer_relation_id is not null
                and (
                    joined.is_open_to_customers
                    or (joined.is_open_to_contracts and joined.is_contract)
                )
                then 'customer'
            when joined.is_legitimate_interest_open and joined.is_legitimate_interest_assessed
                then 'legitimate_interest'
        end as ground,
        {%- for column in [
            'is_demo', 'is_source_approved', 'is_country_in_campaign',
            'is_audience_in_campaign', 'is_policy_known', 'is_policy_reviewed',
            'is_legitimate_interest_open', 'is_call_day',
            'is_public_holiday', 'has_call_hours', 'count_attempts', 'max_attempts',
        ] %}
        joined.{{ column }},
        {%- endfor %}
        joined.is_live,
        joined.is_minor,
        joined.is_feed_stale,
        joined.is_abandoned_share_kept,
        -- Only then is it worth saying what consent or assessment is missing.
        joined.is_policy_known and joined.is_policy_reviewed and joined.is_open_to_consent
            as is_law_settled,
        (joined.is_consent_over_registers or joined.is_customer_over_registers) is not true
            as is_register_binding,
        {%- for column in [
            'call_starts_at', 'call_ends_at', 'day_ends_at', 'retention_ends_at', 'number_status',
            'number_region', 'line_type', 'consent_standing', 'consent_event_id',
            'consent_effective_at', 'consent_ends_at', 'customer_relation_id',
            'objected_evidence_id', 'objected_at', 'suppressed_evidence_id', 'suppressed_at',
            'refused_evidence_id', 'refused_at', 'after_refusal_days', 'withdrawn_evidence_id',
            'withdrawn_at', 'blocking_register_id', 'missing_register_id', 'stale_register_id',
            'is_consent_annulled', 'annulling_register_id', 'consents_annulled_until',
            'consent_shortfall', 'missing_registers', 'stale_registers',
            'legitimate_interest_id', 'policy_id', 'country_code', 'audience', 'priority',
            'campaign_id', 'controller_id', 'sector_restriction', 'sector_override_ids',
            'minor_evidence_id', 'minor_at', 'restricted_evidence_id',
            'restricted_at', 'erased_evidence_id', 'erased_at', 'stale_feeds', 'abandoned_share',
            'attempts_window_days', 'last_attempt_id',
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
