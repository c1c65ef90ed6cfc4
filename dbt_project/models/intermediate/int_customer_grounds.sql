-- One row for each candidate whose person is a customer of that very controller on the call day,
-- for a product the campaign's offer is similar to, and was offered to object when the number was
-- collected. Several relations: the lowest id.
{{ config(post_hook="analyze {{ this }}") }}

with

candidates as (
    select * from {{ ref('int_candidates') }}
),

campaigns as (
    select * from {{ ref('stg_campaigns') }}
),

law_profiles as (
    select * from {{ ref('int_law_profiles') }}
),

customer_relations as (
    select * from {{ ref('stg_customer_relations') }}
),

sources as (
    select * from {{ ref('stg_sources') }}
),

person_links as (
    select * from {{ ref('int_person_links') }}
),

shared_lines as (
    select * from {{ ref('int_shared_lines') }}
),

candidate_leads as (
    select * from {{ ref('int_candidate_leads') }}
),

-- What a source said last of a contract is what it is.
current_relations as (
    select ranked.*
    from (
        select
            customer_relations.*,
            rank() over (
                partition by
                    coalesce(customer_relations.contract_id, customer_relations.relation_id)
                order by customer_relations.accepted_at desc
            ) as place
        from customer_relations
    ) as ranked
    where ranked.place = 1
),

final as (
    select distinct on (candidates.candidate_id)
        candidates.candidate_id,
        current_relations.relation_id
    from candidates
    inner join current_relations
        on
            candidates.subject_id = current_relations.subject_id
            and candidates.controller_id = current_relations.controller_id
    inner join campaigns on candidates.campaign_id = campaigns.campaign_id
    inner join law_profiles on candidates.law_profile = law_profiles.law_profile
    inner join sources on current_relations.source_id = sources.source_id
    left join person_links
        on
            current_relations.subject_id = person_links.subject_id
            and current_relations.person_ref = person_links.person_ref
    left join shared_lines
        on
            candidates.subject_id = shared_lines.subject_id
            and candidates.controller_id = shared_lines.controller_id
    left join candidate_leads
        on
            candidates.subject_id = candidate_leads.subject_id
            and candidates.campaign_id = candidate_leads.campaign_id
            and current_relations.person_ref = candidate_leads.person_ref
    where
        sources.is_approved
        and current_relations.is_objection_offered
        and (
            current_relations.product = campaigns.purpose
            or campaigns.customer_products ? current_relations.product
        )
        and current_relations.started_at <= law_profiles.call_starts_at
        and (
            current_relations.ended_at is null
            or current_relations.ended_at >= law_profiles.call_ends_at
        )
        and (
            candidate_leads.person_ref is not null
            or (person_links.person_ref is null and shared_lines.subject_id is null)
        )
    order by candidates.candidate_id asc, current_relations.relation_id asc
)

select * from final
