with

facts as (
    select * from {{ ref('int_call_facts') }}
),

final as (
    select
        facts.candidate_id,
        'objection_feed_stale' as reason_code,
        null::text as evidence_id,
        null::timestamptz as evidence_at,
        facts.stale_feeds as detail
    from facts
    where
        facts.is_feed_stale is not false
)

select * from final
