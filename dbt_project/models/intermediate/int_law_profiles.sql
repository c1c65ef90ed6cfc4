-- One row for each combination of day, countries, audience and line type among the candidates:
-- what the laws of all its countries together demand then. The number's own country, the declared
-- one and the address's all bind; a country nobody has a policy for makes the whole undetermined.
{{ config(post_hook="analyze {{ this }}") }}

with

candidates as (
    select * from {{ ref('int_candidates') }}
),

territories as (
    select * from {{ ref('territories') }}
),

policies as (
    select * from {{ ref('int_policies') }}
),

profiles as (
    select distinct
        candidates.law_profile,
        candidates.call_date,
        candidates.number_region,
        candidates.country_first,
        candidates.country_last,
        candidates.address_country_first,
        candidates.address_country_last,
        candidates.audience,
        candidates.line_type
    from candidates
),

-- A blank declaration adds no law; a number that belongs to no country does: one nobody knows.
claims as (
    {%- for column in [
        'number_region',
        'country_first',
        'country_last',
        'address_country_first',
        'address_country_last',
    ] %}
    select
        profiles.law_profile,
        profiles.call_date,
        profiles.audience,
        profiles.line_type,
        profiles.{{ column }} as region
    from profiles
    {% if column != 'number_region' -%}
    where profiles.{{ column }} <> ''
    {% endif -%}
    {% if not loop.last -%}
    union
    {%- endif -%}
    {%- endfor %}
),

laws as (
    select distinct
        claims.law_profile,
        claims.call_date,
        claims.audience,
        claims.line_type,
        territories.law_country,
        case when territories.region is null then claims.region end as unknown_region
    from claims
    left join territories on claims.region = territories.region
),

-- The exact line type goes before `any`; where a country tells them apart, unknown is mobile.
matched as (
    select
        laws.law_profile,
        concat_ws(
            '/',
            coalesce(laws.law_country, nullif(laws.unknown_region, ''), 'no country'),
            laws.audience,
            laws.line_type
        ) as asked,
        policies.*,
        rank() over (
            partition by laws.law_profile, laws.law_country
            order by policies.line_type = 'any'
        ) as place
    from laws
    left join policies
        on
            laws.law_country = policies.country_code
            and laws.call_date = policies.call_date
            and laws.audience = policies.audience
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
        bool_or(coalesce(bound.is_screening, true)) as is_screening,
        bool_and(coalesce(bound.is_call_day, false)) as is_call_day,
        max(bound.call_start_local) as call_start_local,
        min(bound.call_end_local) as call_end_local,
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
        ) as third_party_consent_max_age_days
    from bound
    group by bound.law_profile
),

zones as (
    select
        profiles.law_profile,
        profiles.call_date,
        profiles.number_region,
        territories.law_country as number_law_country,
        territories.timezone_west,
        territories.timezone_east
    from profiles
    left join territories on profiles.number_region = territories.region
),

-- The callee's day ends first in the east, a call may begin last in the west.
days as (
    select
        zones.law_profile,
        zones.number_region,
        zones.number_law_country,
        zones.timezone_west as timezone,
        (zones.call_date + 1)::timestamp at time zone zones.timezone_east as day_ends_at,
        (zones.call_date + merged_laws.call_start_local) at time zone zones.timezone_west
            as call_starts_at,
        (zones.call_date + merged_laws.call_end_local) at time zone zones.timezone_east
            as call_ends_at,
        zones.call_date
    from zones
    inner join merged_laws on zones.law_profile = merged_laws.law_profile
),

final as (
    select
        row_number() over (order by merged_laws.law_profile)::integer as law_profile_id,
        merged_laws.law_profile,
        merged_laws.policy_id,
        days.call_date,
        days.number_region,
        days.number_law_country,
        merged_laws.is_policy_known,
        merged_laws.is_policy_reviewed,
        merged_laws.missing_policies,
        merged_laws.unreviewed_policies,
        merged_laws.is_legitimate_interest_open,
        merged_laws.is_open_to_customers,
        merged_laws.is_screening,
        merged_laws.is_call_day,
        merged_laws.after_refusal_days,
        merged_laws.consent_max_age_days,
        merged_laws.third_party_consent_max_age_days,
        days.timezone,
        (days.call_starts_at at time zone days.timezone)::time as call_start_local,
        (days.call_ends_at at time zone days.timezone)::time as call_end_local,
        days.call_starts_at,
        days.call_ends_at,
        days.day_ends_at,
        merged_laws.policy_ids
    from merged_laws
    inner join days on merged_laws.law_profile = days.law_profile
)

select * from final
