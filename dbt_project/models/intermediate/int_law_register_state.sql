-- One row for each law profile and controller with registers to screen against: which of them are
-- not there or too old, and what goes before all of them together.
{{ config(materialized="ephemeral") }}

with

law_registers as (
    select * from {{ ref('int_law_registers') }}
),

final as (
    select
        law_registers.law_profile,
        law_registers.controller_id,
        min(law_registers.expires_at) as registers_expire_at,
        bool_and(law_registers.is_young_consent_first) as is_consent_before_register,
        bool_or(law_registers.is_young_consent_first and not law_registers.is_consent_first)
            as is_young_consent_needed,
        bool_and(law_registers.is_customer_first) as is_customer_before_register,
        min(coalesce(law_registers.register_id, 'none declared')) filter (
            where law_registers.is_missing
        ) as missing_register_id,
        min(law_registers.register_id) filter (
            where law_registers.is_stale and not law_registers.is_missing
        ) as stale_register_id,
        string_agg(
            coalesce(law_registers.register_id, 'none declared'),
            ', ' order by law_registers.register_id
        ) filter (where law_registers.is_missing) as missing_registers,
        string_agg(law_registers.register_id, ', ' order by law_registers.register_id) filter (
            where law_registers.is_stale and not law_registers.is_missing
        ) as stale_registers
    from law_registers
    group by law_registers.law_profile, law_registers.controller_id
)

select * from final
