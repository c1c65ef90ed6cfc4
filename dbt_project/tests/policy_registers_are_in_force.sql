-- A register that the law of a policy row names stands in the table of registers as long as the row
-- binds. Without this a row lost or misspelt there would leave the others of its key to be screened
-- alone, and whoever stands in the lost one would be called.
with

country_call_policy as (
    select * from {{ ref('country_call_policy') }}
),

registers as (
    select * from {{ ref('registers') }}
),

named as (
    select
        country_call_policy.country_code,
        country_call_policy.audience,
        country_call_policy.line_type,
        country_call_policy.valid_from,
        country_call_policy.valid_to,
        register_ids.register_id
    from country_call_policy
    cross join
        string_to_table(coalesce(country_call_policy.register_ids, 'unnamed'), ' ')
            as register_ids (register_id)
    where
        country_call_policy.pipeline_default in (
            'screen_register_then_allow', 'require_consent_and_screen_register'
        )
),

final as (
    select named.*
    from named
    left join registers
        on
            named.register_id = registers.register_id
            and named.country_code = registers.country_code
            and named.audience = registers.audience
            and registers.line_type in ('any', named.line_type)
            and named.valid_from >= registers.valid_from
            and coalesce(named.valid_to, 'infinity') <= coalesce(registers.valid_to, 'infinity')
    where registers.register_id is null
)

select * from final
