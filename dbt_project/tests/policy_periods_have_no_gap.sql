-- Each country, audience and line type is covered from 2018-05-25 to an open end, every day once.
with

country_call_policy as (
    select * from {{ ref('country_call_policy') }}
),

neighbours as (
    select
        country_call_policy.country_code,
        country_call_policy.audience,
        country_call_policy.line_type,
        country_call_policy.valid_from,
        country_call_policy.valid_to,
        lag(country_call_policy.valid_to) over periods as previous_valid_to,
        row_number() over periods as place,
        lead(country_call_policy.valid_from) over periods as next_valid_from
    from country_call_policy
    window
        periods as (
            partition by
                country_call_policy.country_code,
                country_call_policy.audience,
                country_call_policy.line_type
            order by country_call_policy.valid_from
        )
),

final as (
    select * from neighbours
    where
        (place = 1 and valid_from <> date '2018-05-25')
        or (place > 1 and previous_valid_to is null)
        or (place > 1 and valid_from <> previous_valid_to + 1)
        or (next_valid_from is null and valid_to is not null)
)

select * from final
