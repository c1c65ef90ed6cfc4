{#- Until when a register's copy may be called by: the first instant it is too old at. The same
    rules stand in ringfence.registers.official, for the alarms between two runs; a test compares the
    two. A rule nobody knows, or a zone nobody knows where days count, gives null: never fresh.

    age_days:28     so many times 24 hours after its publication
    calendar:1,16   until the next of these days of a month begins where the callee is
    calendar_month  until the next month begins there
    edition         until the next quarter begins there -#}
{% macro fresh_until(rule, published_at, zone) -%}
    case {{ rule }}.fresh_way
        when 'age_days'
            then
                {{ published_at }}
                + substring({{ rule }}.fresh_argument from '^[0-9]{1,4}$')::integer * interval '1 day'
        when 'calendar'
            then (
                select min(months.begins + (days.day::integer - 1) * interval '1 day')
                from
                    string_to_table(
                        substring({{ rule }}.fresh_argument from '^[0-9]{1,2}(?:,[0-9]{1,2})*$'),
                        ','
                    ) as days (day)
                cross join
                    generate_series(
                        date_trunc('month', {{ published_at }} at time zone {{ zone }}),
                        date_trunc('month', {{ published_at }} at time zone {{ zone }})
                        + interval '1 month',
                        interval '1 month'
                    ) as months (begins)
                where
                    months.begins + (days.day::integer - 1) * interval '1 day'
                    > {{ published_at }} at time zone {{ zone }}
            ) at time zone {{ zone }}
        when 'calendar_month'
            then
                (
                    date_trunc('month', {{ published_at }} at time zone {{ zone }})
                    + interval '1 month'
                ) at time zone {{ zone }}
        when 'edition'
            then
                (
                    date_trunc('quarter', {{ published_at }} at time zone {{ zone }})
                    + interval '3 months'
                ) at time zone {{ zone }}
    end
{%- endmacro %}
