-- A blank is read as what allows less where it is read at all; a row whose country or first day is
-- blank would not be read, and its register not be asked for.
{%- set columns = [
    'country_code', 'audience', 'line_type', 'register_id', 'valid_from', 'register_name', 'shape',
    'key', 'listed_means', 'absent_means', 'against_consent', 'against_customer', 'fresh_rule',
    'fresh_basis', 'effect_delay_days',
] %}
select
    registers.country_code,
    registers.register_id
from {{ ref('registers') }} as registers
where
    {%- for column in columns %}
    registers.{{ column }} is null
    {%- if not loop.last %} or{% endif %}
    {%- endfor %}
    or registers.audience not in ('consumer', 'business')
    or registers.line_type not in ('any', 'fixed', 'mobile')
