with

customer_relations as (
    select * from {{ source('ledger', 'customer_relations') }}
),

batches as (
    select * from {{ ref('stg_batches') }}
),

sendings as (
    select * from {{ ref('stg_sendings') }}
),

aliases as (
    select * from {{ ref('stg_subject_aliases') }}
),

final as (
    select
        customer_relations.relation_id,
        customer_relations.source_id,
        customer_relations.controller_id,
        coalesce(aliases.new_subject_id, customer_relations.subject_id) as subject_id,
        customer_relations.person_ref,
        customer_relations.contract_id,
        customer_relations.product,
        customer_relations.started_at,
        customer_relations.ended_at,
        customer_relations.last_purchase_at,
        customer_relations.inquiry_at,
        customer_relations.is_objection_offered,
        sendings.last_published_at,
        sendings.last_sent_at,
        batches.accepted_at
    from customer_relations
    inner join batches on customer_relations.batch_id = batches.batch_id
    inner join sendings
        on
            batches.source_id = sendings.source_id
            and batches.file_sha256 = sendings.file_sha256
    left join aliases on customer_relations.subject_id = aliases.old_subject_id
)

select * from final
