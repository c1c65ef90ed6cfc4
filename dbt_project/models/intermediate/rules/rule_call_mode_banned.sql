with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'call_mode_banned' as reason_code,
        null::text as evidence_id,
        null::timestamptz as evidence_at,
        null::text as detail
    from facts
    where
        facts.is_live is not true and facts.ground is distinct from 'consent'
)

select * from final
