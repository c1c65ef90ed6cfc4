-- What a source said last of a contract is what it is: last is what was published last, or sent
-- last where nothing is dated, and of one content read twice the later reading. Where its rows
-- disagree, the earliest end they name counts.
{{ config(materialized="view") }}

with

customer_relations as (
    select * from {{ ref('stg_customer_relations') }}
),

ranked as (
    select
        customer_relations.*,
        coalesce(customer_relations.contract_id, customer_relations.relation_id) as contract_key,
        rank() over (
            partition by
                coalesce(customer_relations.contract_id, customer_relations.relation_id)
            order by
                customer_relations.last_published_at desc nulls last,
                customer_relations.last_sent_at desc,
                customer_relations.accepted_at desc
        ) as place
    from customer_relations
),

final as (
    select
        ranked.relation_id,
        ranked.source_id,
        ranked.controller_id,
        ranked.subject_id,
        ranked.person_ref,
        ranked.product,
        ranked.started_at,
        min(ranked.ended_at) over (partition by ranked.contract_key) as ended_at,
        ranked.last_purchase_at,
        ranked.inquiry_at,
        ranked.is_objection_offered
    from ranked
    where ranked.place = 1
)

select * from final
