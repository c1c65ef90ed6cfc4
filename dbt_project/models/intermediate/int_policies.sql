-- The policy row of each country, audience and line type on each call date, with no blank left:
-- the row `*` fills them. A signature counts under the very content it names. Two rows for one day
-- are both kept, and the stricter one binds later.
with

country_call_policy as (
    select * from {{ ref('country_call_policy') }}
),

call_dates as (
    select * from {{ ref('stg_call_dates') }}
),

in_force as (
    select * from {{ ref('int_policies_in_force') }}
),

signoffs as (
    select * from {{ ref('stg_policy_signoffs') }}
),

relation_windows as (
    select * from {{ ref('relation_windows') }}
),

calling_weeks as (
    select * from {{ ref('calling_weeks') }}
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
        in_force.valid_to,
        in_force.call_date,
        in_force.policy_id,
        in_force.overlay_ids,
        in_force.content,
        in_force.pipeline_default,
        coalesce(in_force.confidence in ('high', 'medium'), false) as is_confident,
        position(
            extract(isodow from in_force.call_date)::text
            in coalesce(in_force.call_weekdays, fallback.call_weekdays)
        ) > 0
        and position(
            extract(isodow from in_force.call_date)::text
            in coalesce(calling_weeks.rest_weekdays, '')
        ) = 0 as is_call_day,
        -- A blank pair falls back. Half a pair is a fault of the row, and leaves no hour.
        coalesce(
            in_force.call_start_local,
            case when in_force.call_end_local is null then fallback.call_start_local end
        ) as call_start_local,
        coalesce(
            in_force.call_end_local,
            case when in_force.call_start_local is null then fallback.call_end_local end
        ) as call_end_local,
        in_force.sat_start_local,
        in_force.sat_end_local,
        in_force.sun_start_local,
        in_force.sun_end_local,
        in_force.break_start_local,
        in_force.break_end_local,
        calling_weeks.hours_before_holiday,
        coalesce(in_force.public_holidays_allowed, fallback.public_holidays_allowed) = 'y'
            as is_public_holiday_allowed,
        coalesce(in_force.max_attempts, fallback.max_attempts) as max_attempts,
        coalesce(in_force.attempts_window_days, fallback.attempts_window_days)
            as attempts_window_days,
        coalesce(in_force.after_refusal, fallback.after_refusal) as after_refusal,
        coalesce(in_force.consent_max_age_days, fallback.consent_max_age_days)
            as consent_max_age_days,
        coalesce(in_force.consent_max_age_scope, fallback.consent_max_age_scope)
            as consent_max_age_scope
    from in_force
    cross join fallback
    left join calling_weeks on in_force.country_code = calling_weeks.country_code
),

-- The days of a weekend that have no hours of their own have those of the week.
opened as (
    select
        filled.*,
        {% for day in ['sat', 'sun'] -%}
        coalesce(filled.{{ day }}_start_local, filled.{{ day }}_end_local) is not null
            as has_{{ day }}_hours,
        {% endfor -%}
        {% for day in ['call', 'sat', 'sun'] -%}
        {{ local_hours(
            'filled.call_date',
            'filled.' ~ day ~ '_start_local',
            'filled.' ~ day ~ '_end_local',
        ) }} as {{ day }}_hours,
        {% endfor -%}
        -- A break without a beginning or an end has none, on that side.
        case
            when coalesce(filled.break_start_local, filled.break_end_local) is null
                then '{}'::tsmultirange
            when filled.break_start_local > filled.break_end_local
                then tsmultirange(tsrange(null, null))
            else
                tsmultirange(
                    tsrange(
                        filled.call_date + filled.break_start_local,
                        filled.call_date + filled.break_end_local
                    )
                )
        end as break_hours
    from filled
),

-- Where the law names the running contract beside the consent it asks for.
contracts_beside_consent as (
    select distinct
        relation_windows.country_code,
        call_dates.call_date
    from relation_windows
    inner join call_dates
        on
            relation_windows.valid_from <= call_dates.call_date
            and coalesce(relation_windows.valid_to, call_dates.call_date) >= call_dates.call_date
    where
        relation_windows.kind = 'contract'
        and relation_windows.sector = '*'
        and relation_windows.is_beside_consent
        and relation_windows.confidence in ('high', 'medium')
),

weekly as (
    select
        opened.*,
        case when opened.has_sat_hours then opened.sat_hours else opened.call_hours end
            as saturday_hours,
        case when opened.has_sun_hours then opened.sun_hours else opened.call_hours end
            as sunday_hours
    from opened
),

windowed as (
    select
        weekly.*,
        case extract(isodow from weekly.call_date)
            when 6 then weekly.saturday_hours
            when 7 then weekly.sunday_hours
            else weekly.call_hours
        end - weekly.break_hours as day_hours
    from weekly
),

final as (
    select
        windowed.policy_id,
        windowed.overlay_ids,
        windowed.country_code,
        windowed.audience,
        windowed.line_type,
        windowed.call_date,
        windowed.valid_to,
        windowed.is_call_day,
        windowed.day_hours as call_hours,
        case
            when coalesce(windowed.hours_before_holiday, 'weekday') = 'weekday'
                then windowed.day_hours
            when windowed.hours_before_holiday = 'saturday'
                then windowed.day_hours * windowed.saturday_hours
            else '{}'::tsmultirange
        end as call_hours_before_holiday,
        windowed.is_public_holiday_allowed,
        windowed.max_attempts,
        windowed.attempts_window_days,
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
        windowed.is_confident
        and signoffs.valid_from is not null
        and contracts_beside_consent.country_code is not null as is_open_to_contracts,
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
    left join contracts_beside_consent
        on
            windowed.country_code = contracts_beside_consent.country_code
            and windowed.call_date = contracts_beside_consent.call_date
)

select * from final
