-- One row for each candidate with what is its own: all joins of the decision end here. What it
-- shares with all of its law and campaign stands in int_call_settings.
{{ config(post_hook="analyze {{ this }}") }}

{%- set stop_reasons = {
    "minor": "minor",
    "restricted": "restricted",
    "erased": "erased",
    "objected": "objected",
    "suppressed": "suppressed_internally",
    "refused": "consent_refused",
    "withdrawn": "consent_withdrawn",
} %}

with

candidates as (
    select * from {{ ref('int_candidates') }}
),

settings as (
    select * from {{ ref('int_call_settings') }}
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

presenting_leads as (
    select * from {{ ref('int_presenting_leads') }}
),

stops as (
    select * from {{ ref('int_stops') }}
),

person_attempts as (
    select * from {{ ref('int_person_attempts') }}
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
        {%- for name, reason_code in stop_reasons.items() %}
        min(stops.evidence_id::text) filter (
            where stops.reason_code = '{{ reason_code }}'
        )::uuid as {{ name }}_evidence_id,
        max(stops.evidence_at) filter (
            where stops.reason_code = '{{ reason_code }}'
        ) as {{ name }}_at,
        {%- endfor %}
        stops.candidate_id
    from stops
    group by stops.candidate_id
),

gathered as (
    select
        candidates.candidate_id,
        candidates.subject_id,
        coalesce(presenting_leads.record_id, candidates.any_record_id) as presenting_record_id,
        candidates.call_date,
        settings.setting_id,
        candidates.is_source_approved,
        -- A law profile holds the first and the last country; leads that name a third one between
        -- them leave the law unknown.
        settings.is_policy_known
        and candidates.is_state_known
        and presenting_leads.has_further_country is not true as is_policy_known,
        settings.is_policy_reviewed,
        settings.is_interest_ground,
        settings.is_customer_ground,
        settings.is_contract_ground,
        settings.is_consent_ground,
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
        coalesce(attempts.count_attempts, 0) as count_attempts,
        attempts.last_attempt_id,
        attempts.last_attempt_at,
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
        {%- for name in stop_reasons %}
        stops_by_reason.{{ name }}_evidence_id,
        stops_by_reason.{{ name }}_at,
        {%- endfor %}
        -- A birth date that nobody knows makes nobody a minor.
        coalesce(minors.adult_on > candidates.call_date, false) as is_minor,
        candidate_registers.firm_register_id,
        candidate_registers.yielding_register_id,
        coalesce(settings.missing_register_id, candidate_registers.unasked_register_id)
            as missing_register_id,
        nullif(
            concat_ws(', ', settings.missing_registers, candidate_registers.unasked_registers), ''
        ) as missing_registers,
        candidates.is_state_known,
        coalesce(presenting_leads.has_further_country, false) as has_further_country
    from candidates
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
        and gathered.is_consent_ground
        and gathered.is_annulled is false
        and gathered.is_consent_young is true as is_consent_over_listing,
        gathered.is_customer_ground
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
-- column asked, so what is short, fixed, never null and often asked stands first.
final as (
    select
        joined.candidate_id,
        joined.subject_id,
        joined.presenting_record_id,
        joined.call_date,
        joined.setting_id,
        joined.is_source_approved,
        joined.is_policy_known,
        joined.is_minor,
        -- Only then is it worth saying what consent or assessment is missing.
        joined.is_policy_known and joined.is_policy_reviewed and joined.is_consent_ground
            as is_law_settled,
        (joined.is_consent_over_registers or joined.is_customer_over_registers) is not true
            as is_register_binding,
        joined.is_consent_annulled,
        joined.is_state_known,
        joined.has_further_country,
        joined.count_attempts,
        case
            when joined.is_customer_over_registers and joined.is_consent_over_registers is not true
                then 'customer'
            when joined.consent_standing = 'valid' and joined.is_consent_ground then 'consent'
            when
                joined.customer_relation_id is not null
                and (
                    joined.is_customer_ground
                    or (joined.is_contract_ground and joined.is_contract)
                )
                then 'customer'
            when joined.is_interest_ground and joined.is_legitimate_interest_assessed
                then 'legitimate_interest'
        end as ground,
        {%- for column in [
            'number_status', 'number_region', 'line_type', 'retention_ends_at',
            'consent_standing', 'minor_evidence_id', 'restricted_evidence_id', 'erased_evidence_id',
            'objected_evidence_id', 'suppressed_evidence_id', 'refused_evidence_id', 'refused_at',
            'withdrawn_evidence_id', 'blocking_register_id', 'annulling_register_id',
            'missing_register_id', 'consent_event_id', 'consent_effective_at', 'consent_ends_at',
            'customer_relation_id', 'minor_at', 'restricted_at', 'erased_at', 'objected_at',
            'suppressed_at', 'withdrawn_at', 'consents_annulled_until', 'consent_shortfall',
            'missing_registers', 'last_attempt_id',
        ] %}
        joined.{{ column }},
        {%- endfor %}
        joined.last_attempt_at
    from joined
)

select * from final
