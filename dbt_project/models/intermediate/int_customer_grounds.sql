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
    select * from {{ ref('int_law_windows') }}
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

candidate_leads as (
    select * from {{ ref('int_candidate_leads') }}
),

final as (
    select distinct on (candidates.candidate_id)
        candidates.candidate_id,
        customer_relations.relation_id
    from candidates
    inner join customer_relations
        on
            candidates.subject_id = customer_relations.subject_id
            and candidates.controller_id = customer_relations.controller_id
    inner join campaigns on candidates.campaign_id = campaigns.campaign_id
    inner join law_profiles on candidates.law_profile = law_profiles.law_profile
    inner join sources on customer_relations.source_id = sources.source_id
    left join person_links
        on
            customer_relations.subject_id = person_links.subject_id
            and customer_relations.person_ref = person_links.person_ref
    left join candidate_leads
        on
            candidates.subject_id = candidate_leads.subject_id
            and candidates.campaign_id = candidate_leads.campaign_id
            and customer_relations.person_ref = candidate_leads.person_ref
    where
        sources.is_approved
        and customer_relations.is_objection_offered
        and (
            customer_relations.product = campaigns.purpose
            or campaigns.customer_products ? customer_relations.product
        )
        and customer_relations.started_at <= law_profiles.call_starts_at
        and (
            customer_relations.ended_at is null
            or customer_relations.ended_at >= law_profiles.call_ends_at
        )
        and (person_links.person_ref is null or candidate_leads.person_ref is not null)
    order by candidates.candidate_id asc, customer_relations.relation_id asc
)

select * from final
