-- One row for each combination of day, countries, audience and line type among the candidates:
-- what the laws of all its countries together demand then. A country nobody has a policy for makes
-- the whole undetermined. When these laws allow a call stands in int_law_windows.
{{ config(post_hook="analyze {{ this }}") }}

with

laws as (
    select * from {{ ref('int_laws') }}
),

territories as (
    select * from {{ ref('territories') }}
),

policies as (
    select * from {{ ref('int_policies') }}
),

profiles as (
    select distinct
        laws.law_profile,
        laws.call_date,
        laws.number_region,
        laws.audience,
        laws.holiday_region
    from laws
),

-- The exact line type goes before `any`; where a country tells them apart, unknown is mobile.
matched as (
    select
        laws.law_profile,
        concat_ws(
            '/',
            coalesce(laws.law_country, nullif(laws.unknown_region, ''), 'no country'),
            laws.law_audience,
            laws.line_type
        ) as asked,
        policies.*,
        rank() over (
            partition by laws.law_profile, laws.law_country, laws.law_audience
            order by policies.line_type = 'any'
        ) as place
    from laws
    left join policies
        on
            laws.law_country = policies.country_code
            and laws.call_date = policies.call_date
            and laws.law_audience = policies.audience
            and policies.line_type in (
                'any', case when laws.line_type = 'fixed' then 'fixed' else 'mobile' end
            )
),

bound as (
    select * from matched
    where place = 1
),

merged_laws as (
    select
        bound.law_profile,
        min(bound.policy_id) as policy_id,
        array_agg(bound.policy_id) as policy_ids,
        coalesce(bool_and(coalesce(bound.is_known_default, false)), false) as is_policy_known,
        bool_and(coalesce(not bound.is_open_to_customers or bound.is_signed, false))
            as is_policy_reviewed,
        string_agg(bound.asked, ', ' order by bound.asked) filter (
            where bound.is_known_default is not true
        ) as missing_policies,
        string_agg(bound.policy_id, ', ' order by bound.policy_id) filter (
            where bound.is_open_to_customers and bound.is_signed is not true
        ) as unreviewed_policies,
        bool_and(coalesce(bound.is_opening, false)) as is_legitimate_interest_open,
        bool_and(coalesce(bound.is_open_to_customers, false)) as is_open_to_customers,
        bool_and(coalesce(bound.is_open_to_customers or bound.is_open_to_contracts, false))
            as is_open_to_contracts,
        bool_or(coalesce(bound.is_screening, true)) as is_screening,
        bool_and(coalesce(bound.is_call_day, false)) as is_call_day,
        case
            when bool_and(bound.max_attempts is not null) then min(bound.max_attempts)
        end as max_attempts,
        max(bound.attempts_window_days) as attempts_window_days,
        case
            when bool_and(bound.after_refusal_days is not null) then max(bound.after_refusal_days)
        end as after_refusal_days,
        min(bound.consent_max_age_days) filter (
            where bound.consent_max_age_scope <> 'none'
            and bound.consent_max_age_scope not in (
                'third_party_consent_first_contact', 'register_listed_numbers'
            )
        ) as consent_max_age_days,
        min(bound.consent_max_age_days) filter (
            where bound.consent_max_age_scope = 'third_party_consent_first_contact'
        ) as third_party_consent_max_age_days,
        min(bound.consent_max_age_days) filter (
            where bound.consent_max_age_scope = 'register_listed_numbers'
        ) as register_consent_max_age_days
    from bound
    group by bound.law_profile
),

places as (
    select
        laws.law_profile,
        array_agg(distinct regions.region order by regions.region) as regions
    from laws
    cross join jsonb_array_elements_text(laws.regions) as regions (region)
    group by laws.law_profile
),

final as (
    select
        row_number() over (order by merged_laws.law_profile)::integer as law_profile_id,
        merged_laws.law_profile,
        merged_laws.policy_id,
        profiles.call_date,
        profiles.number_region,
        number_territories.law_country as number_law_country,
        profiles.audience,
        profiles.holiday_region,
        merged_laws.is_policy_known,
        merged_laws.is_policy_reviewed,
        merged_laws.missing_policies,
        merged_laws.unreviewed_policies,
        merged_laws.is_legitimate_interest_open,
        merged_laws.is_open_to_customers,
        merged_laws.is_open_to_contracts,
        merged_laws.is_screening,
        merged_laws.is_call_day,
        merged_laws.max_attempts,
        merged_laws.attempts_window_days,
        merged_laws.after_refusal_days,
        merged_laws.consent_max_age_days,
        merged_laws.third_party_consent_max_age_days,
        merged_laws.register_consent_max_age_days,
        -- The zone in which the hours are told.
        number_territories.timezone_west as timezone,
        places.regions,
        merged_laws.policy_ids
    from merged_laws
    inner join profiles on merged_laws.law_profile = profiles.law_profile
    inner join places on merged_laws.law_profile = places.law_profile
    left join territories as number_territories
        on profiles.number_region = number_territories.region
)

select * from final
