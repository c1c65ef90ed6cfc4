with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'number_invalid' as reason_code,
        null::text as evidence_id,
        null::timestamptz as evidence_at,
        null::text as detail
    from facts
    where
        facts.number_status in ('invalid', 'missing')
        or facts.number_status not in (
            'valid', 'ambiguous', 'mangled', 'fictional', 'not_callable_kind', 'no_country'
        )
        or facts.number_status is null
)

select * from final
