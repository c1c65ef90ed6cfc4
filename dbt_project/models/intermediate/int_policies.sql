-- The policy row of each country, audience and line type on each call date, with no blank left:
-- the row `*` fills them. A signature counts under the very content it names. Two rows for one day
-- are both kept, and the stricter one binds later.
with

country_call_policy as (
    select * from {{ ref('country_call_policy') }}
),

in_force as (
    select * from {{ ref('int_policies_in_force') }}
),

signoffs as (
    select * from {{ ref('stg_policy_signoffs') }}
),

fallback as (
    select * from country_call_policy
    where country_code = '*'
),

filled as (
    select
        in_force.country_code,
        in_force.audience,
        in_force.line_type,
        in_force.valid_from,
        in_force.call_date,
        in_force.policy_id,
        in_force.overlay_ids,
        in_force.content,
        in_force.pipeline_default,
        coalesce(in_force.confidence in ('high', 'medium'), false) as is_confident,
        position(
            extract(isodow from in_force.call_date)::text
            in coalesce(in_force.call_weekdays, fallback.call_weekdays)
        ) > 0 as is_call_day,
        coalesce(
            case extract(isodow from in_force.call_date)
                when 6 then in_force.sat_start_local
                when 7 then in_force.sun_start_local
            end,
            in_force.call_start_local,
            fallback.call_start_local
        ) as opens_local,
        coalesce(
            case extract(isodow from in_force.call_date)
                when 6 then in_force.sat_end_local
                when 7 then in_force.sun_end_local
            end,
            in_force.call_end_local,
            fallback.call_end_local
        ) as closes_local,
        in_force.break_start_local,
        in_force.break_end_local,
        coalesce(in_force.after_refusal, fallback.after_refusal) as after_refusal,
        coalesce(in_force.consent_max_age_days, fallback.consent_max_age_days)
            as consent_max_age_days,
        coalesce(in_force.consent_max_age_scope, fallback.consent_max_age_scope)
            as consent_max_age_scope
    from in_force
    cross join fallback
),

-- One unbroken stretch of the day: where the law has a break, the longer side of it.
windowed as (
    select
        filled.*,
        case
            when
                filled.break_end_local is not null
                and filled.closes_local - filled.break_end_local
                >= filled.break_start_local - filled.opens_local
                then filled.break_end_local
            else filled.opens_local
        end as call_start_local,
        case
            when
                filled.break_end_local is not null
                and filled.closes_local - filled.break_end_local
                >= filled.break_start_local - filled.opens_local
                then filled.closes_local
            else coalesce(filled.break_start_local, filled.closes_local)
        end as call_end_local
    from filled
),

final as (
    select
        windowed.policy_id,
        windowed.overlay_ids,
        windowed.country_code,
        windowed.audience,
        windowed.line_type,
        windowed.call_date,
        windowed.is_call_day,
        windowed.call_start_local,
        windowed.call_end_local,
        case
            when windowed.after_refusal ~ '^[0-9]{1,4}$' then windowed.after_refusal::integer
        end as after_refusal_days,
        windowed.consent_max_age_days,
        windowed.consent_max_age_scope,
        windowed.pipeline_default in (
            'require_consent',
            'require_consent_or_customer',
            'screen_register_then_allow',
            'require_consent_and_screen_register',
            'allow_with_lia'
        ) as is_known_default,
        windowed.is_confident
        and windowed.pipeline_default in ('screen_register_then_allow', 'allow_with_lia')
            as is_opening,
        windowed.is_confident
        and windowed.pipeline_default in (
            'require_consent_or_customer', 'screen_register_then_allow', 'allow_with_lia'
        ) as is_open_to_customers,
        windowed.pipeline_default in (
            'screen_register_then_allow', 'require_consent_and_screen_register'
        ) as is_screening,
        signoffs.valid_from is not null as is_signed
    from windowed
    left join signoffs
        on
            windowed.country_code = signoffs.country_code
            and windowed.audience = signoffs.audience
            and windowed.line_type = signoffs.line_type
            and windowed.valid_from = signoffs.valid_from
            and windowed.content = signoffs.content
)

select * from final
