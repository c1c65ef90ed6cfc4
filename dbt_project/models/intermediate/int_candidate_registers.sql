-- One row for each candidate that some register speaks against, or does not speak of at all.
{{ config(materialized="ephemeral") }}

with

screening as (
    select * from {{ ref('int_register_screening') }}
),

final as (
    select
        screening.candidate_id,
        min(screening.register_id) filter (
            where screening.is_blocking and not screening.is_later_consent_free
        ) as firm_register_id,
        min(screening.register_id) filter (
            where screening.is_blocking and screening.is_later_consent_free
        ) as yielding_register_id,
        min(screening.register_id) filter (where screening.is_unknown) as unasked_register_id,
        string_agg(
            screening.register_id || ' (not asked about this number)',
            ', ' order by screening.register_id
        ) filter (where screening.is_unknown) as unasked_registers,
        max(screening.consents_annulled_until) as consents_annulled_until,
        min(screening.register_id) filter (
            where screening.consents_annulled_until is not null
        ) as annulling_register_id
    from screening
    where
        screening.is_blocking
        or screening.is_unknown
        or screening.consents_annulled_until is not null
    group by screening.candidate_id
)

select * from final
