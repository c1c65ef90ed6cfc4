-- Where the law gives a caller days until a new entry binds, a copy may be no older than that.
select
    registers.country_code,
    registers.register_id
from {{ ref('registers') }} as registers
where
    registers.effect_delay_days > 0
    and coalesce(
        substring(registers.fresh_rule from '^age_days:([0-9]+)$')::integer
        > registers.effect_delay_days,
        true
    )
