-- Whom a register lists by name and address cannot be found by a number: where such a one stands,
-- no policy row may say that screening is enough. And who is not among the consents of a register
-- that lists consents has given none.
select
    registers.country_code,
    registers.register_id,
    country_call_policy.valid_from
from {{ ref('registers') }} as registers
inner join {{ ref('country_call_policy') }} as country_call_policy
    on
        registers.country_code = country_call_policy.country_code
        and registers.audience = country_call_policy.audience
        and country_call_policy.pipeline_default <> 'require_consent'
        and country_call_policy.valid_from <= coalesce(registers.valid_to, 'infinity')
        and coalesce(country_call_policy.valid_to, 'infinity') >= registers.valid_from
where coalesce(registers.key = 'person', true)
union all
select
    registers.country_code,
    registers.register_id,
    registers.valid_from
from {{ ref('registers') }} as registers
where registers.listed_means = 'consent' and registers.absent_means is distinct from 'blocks'
