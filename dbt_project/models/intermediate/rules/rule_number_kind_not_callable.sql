with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'number_kind_not_callable' as reason_code,
        null::text as evidence_id,
        null::timestamptz as evidence_at,
        null::text as detail
    from facts
    where
        facts.number_status = 'not_callable_kind'
        or coalesce(facts.line_type, '') not in (
            'fixed', 'mobile', 'fixed_or_mobile', 'voip', 'personal', 'unknown'
        )
)

select * from final
