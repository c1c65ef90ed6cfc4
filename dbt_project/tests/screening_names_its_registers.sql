-- On every day on which a policy row demands screening some register with a freshness rule stands
-- in the table of registers. Both only change at the boundaries looked at here.
with

country_call_policy as (
    select * from {{ ref('country_call_policy') }}
),

registers as (
    select * from {{ ref('registers') }}
),

boundaries as (
    select country_call_policy.valid_from as on_date from country_call_policy
    union
    select registers.valid_from as on_date from registers
    union
    select registers.valid_to + 1 as on_date from registers
    where registers.valid_to is not null
),

final as (
    select
        country_call_policy.country_code,
        country_call_policy.audience,
        country_call_policy.line_type,
        boundaries.on_date
    from country_call_policy
    inner join boundaries
        on
            country_call_policy.valid_from <= boundaries.on_date
            and coalesce(country_call_policy.valid_to, boundaries.on_date)
            >= boundaries.on_date
    left join registers
        on
            country_call_policy.country_code = registers.country_code
            and country_call_policy.audience = registers.audience
            and registers.line_type in ('any', country_call_policy.line_type)
            and registers.fresh_rule is not null
            and boundaries.on_date >= registers.valid_from
            and boundaries.on_date <= coalesce(registers.valid_to, boundaries.on_date)
    where
        country_call_policy.pipeline_default in (
            'screen_register_then_allow', 'require_consent_and_screen_register'
        )
        and registers.register_id is null
)

select * from final
