{#- A day that every month has. -#}
{%- set day = '([1-9]|1[0-9]|2[0-8])' -%}
-- A copy's age is judged by a rule that is spelt in one of the known ways; another one, or none,
-- would leave whoever it binds undetermined for ever.
select
    registers.country_code,
    registers.register_id,
    registers.fresh_rule
from {{ ref('registers') }} as registers
where
    not coalesce(
        registers.fresh_rule ~ '^age_days:[1-9][0-9]{0,2}$'
        or registers.fresh_rule ~ '^calendar:{{ day }}(,{{ day }})*$'
        or registers.fresh_rule in ('calendar_month', 'edition'),
        false
    )
