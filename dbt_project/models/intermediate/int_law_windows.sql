-- One row for each law profile, with when its laws allow a call: the intervals that all of them
-- leave, wherever the callee may be, the public holidays, and the instants at which it all ends.
{{ config(post_hook="analyze {{ this }}") }}

with

law_profiles as (
    select * from {{ ref('int_law_profiles') }}
),

policies as (
    select * from {{ ref('int_policies') }}
),

territories as (
    select * from {{ ref('territories') }}
),

holiday_calendar as (
    select * from {{ ref('int_holiday_calendar') }}
),

-- Nobody knows in which of the countries the callee is, nor in which of their zones. A region of
-- holidays counts in the country it belongs to.
places as (
    select
        law_profiles.law_profile,
        law_profiles.call_date,
        territories.law_country,
        territories.timezone_west,
        territories.timezone_east,
        case
            when law_profiles.holiday_region like territories.holiday_area || '-%'
                then law_profiles.holiday_region
            else territories.holiday_area
        end as holiday_area
    from law_profiles
    cross join unnest(law_profiles.regions) as regions (region)
    left join territories on regions.region = territories.region
),

bound as (
    select
        law_profiles.law_profile,
        policies.country_code,
        policies.is_public_holiday_allowed,
        policies.call_hours,
        policies.call_hours_before_holiday,
        policies.valid_to
    from law_profiles
    cross join unnest(law_profiles.policy_ids) as policy_ids (policy_id)
    left join policies
        on
            policy_ids.policy_id = policies.policy_id
            and law_profiles.call_date = policies.call_date
),

-- A day that no calendar knows counts as a holiday, and so does the next.
law_holidays as (
    select
        places.law_profile,
        places.law_country,
        bool_or(coalesce(holiday_calendar.is_holiday, true)) as is_holiday,
        bool_or(coalesce(holiday_calendar.is_day_before_holiday, true)) as is_day_before_holiday,
        string_agg(
            distinct
            case
                when holiday_calendar.area is null then places.holiday_area || ' calendar not known'
                when holiday_calendar.is_holiday
                    then places.holiday_area || ' ' || holiday_calendar.holiday_name
            end,
            ', '
        ) as holidays
    from places
    left join holiday_calendar
        on
            places.holiday_area = holiday_calendar.area
            and places.call_date = holiday_calendar.call_date
    group by places.law_profile, places.law_country
),

law_days as (
    select
        bound.law_profile,
        (law_holidays.is_holiday and not bound.is_public_holiday_allowed) is not false
            as is_public_holiday,
        law_holidays.holidays,
        case
            when law_holidays.is_day_before_holiday then bound.call_hours_before_holiday
            else bound.call_hours
        end as call_hours,
        -- A law ends with its last day where it was made, wherever the callee is.
        (bound.valid_to + 1)::timestamp at time zone own_territories.timezone_east
            as policy_ends_at
    from bound
    left join law_holidays
        on
            bound.law_profile = law_holidays.law_profile
            and bound.country_code = law_holidays.law_country
    left join territories as own_territories on bound.country_code = own_territories.region
),

-- A local interval opens last in the west and ends first in the east.
place_intervals as (
    select
        law_days.law_profile,
        law_days.call_hours,
        law_days.policy_ends_at,
        places.timezone_west,
        places.timezone_east
    from law_days
    inner join places on law_days.law_profile = places.law_profile
),

place_windows as (
    select
        place_intervals.law_profile,
        tstzmultirange(tstzrange(null, place_intervals.policy_ends_at))
        * coalesce(
            (
                select
                    range_agg(
                        tstzrange(
                            lower(hours) at time zone place_intervals.timezone_west,
                            upper(hours) at time zone place_intervals.timezone_east
                        )
                    )
                from unnest(place_intervals.call_hours) as hours
                where
                    lower(hours) at time zone place_intervals.timezone_west
                    < upper(hours) at time zone place_intervals.timezone_east
            ),
            '{}'::tstzmultirange
        ) as call_windows
    from place_intervals
),

windows as (
    select
        place_windows.law_profile,
        range_intersect_agg(place_windows.call_windows) as call_windows
    from place_windows
    group by place_windows.law_profile
),

closings as (
    select
        law_days.law_profile,
        bool_or(law_days.is_public_holiday) as is_public_holiday,
        string_agg(law_days.holidays, ', ' order by law_days.holidays) filter (
            where law_days.is_public_holiday
        ) as public_holidays,
        min(law_days.policy_ends_at) as policy_ends_at
    from law_days
    group by law_days.law_profile
),

-- The callee's day begins and ends first in the east.
local_days as (
    select
        places.law_profile,
        case
            when bool_and(places.timezone_east is not null)
                then min(places.call_date::timestamp at time zone places.timezone_east)
        end as day_begins_at,
        case
            when bool_and(places.timezone_east is not null)
                then min((places.call_date + 1)::timestamp at time zone places.timezone_east)
        end as day_ends_at
    from places
    group by places.law_profile
),

-- Where no hour is left the whole day stands for the window: a ground is judged all the same.
final as (
    select
        law_profiles.*,
        closings.is_public_holiday,
        closings.public_holidays,
        windows.call_windows,
        not isempty(windows.call_windows) as has_call_hours,
        coalesce(lower(windows.call_windows), local_days.day_begins_at) as call_starts_at,
        coalesce(upper(windows.call_windows), local_days.day_ends_at) as call_ends_at,
        local_days.day_ends_at,
        closings.policy_ends_at,
        (lower(windows.call_windows) at time zone law_profiles.timezone)::time
            as call_start_local,
        (upper(windows.call_windows) at time zone law_profiles.timezone)::time
            as call_end_local,
        (
            select
                string_agg(
                    concat_ws(
                        '-',
                        to_char(lower(one) at time zone law_profiles.timezone, 'HH24:MI'),
                        to_char(upper(one) at time zone law_profiles.timezone, 'HH24:MI')
                    ),
                    ';' order by lower(one)
                )
            from unnest(windows.call_windows) as one
        ) as call_windows_local
    from law_profiles
    inner join local_days on law_profiles.law_profile = local_days.law_profile
    inner join closings on law_profiles.law_profile = closings.law_profile
    inner join windows on law_profiles.law_profile = windows.law_profile
)

select * from final
