-- One row for each candidate whose person is a customer of that very controller until the end of
-- the window, for a product the campaign's offer is similar to, and was offered to object when the
-- number was collected. A running contract is one everywhere but where the law counts from the last
-- purchase or inquiry. Of several relations a running contract, then the lowest id.
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

law_sectors as (
    select * from {{ ref('int_law_sectors') }}
),

current_relations as (
    select * from {{ ref('int_current_relations') }}
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

of_the_person as (
    select
        candidates.candidate_id,
        current_relations.relation_id,
        coalesce(
            current_relations.started_at <= law_profiles.call_starts_at
            and (
                current_relations.ended_at is null
                or current_relations.ended_at >= law_profiles.call_ends_at
            ),
            false
        ) as is_contract,
        law_sectors.is_contract_enough,
        coalesce(
            current_relations.ended_at <= law_profiles.call_starts_at
            and current_relations.ended_at
            + law_sectors.contract_ended_months * interval '1 month'
            >= law_profiles.call_ends_at,
            false
        ) as is_contract_ended_recent,
        coalesce(
            current_relations.last_purchase_at <= law_profiles.call_starts_at
            and current_relations.last_purchase_at
            + law_sectors.purchase_months * interval '1 month'
            >= law_profiles.call_ends_at,
            false
        ) as is_purchase_recent,
        coalesce(
            current_relations.inquiry_at <= law_profiles.call_starts_at
            and current_relations.inquiry_at + law_sectors.inquiry_months * interval '1 month'
            >= law_profiles.call_ends_at,
            false
        ) as is_inquiry_recent
    from candidates
    inner join current_relations
        on
            candidates.subject_id = current_relations.subject_id
            and candidates.controller_id = current_relations.controller_id
    inner join campaigns on candidates.campaign_id = campaigns.campaign_id
    inner join law_profiles on candidates.law_profile = law_profiles.law_profile
    inner join law_sectors
        on
            candidates.law_profile = law_sectors.law_profile
            and campaigns.sector = law_sectors.sector
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
        and (
            candidate_leads.person_ref is not null
            or (person_links.person_ref is null and shared_lines.subject_id is null)
        )
),

final as (
    select distinct on (of_the_person.candidate_id)
        of_the_person.candidate_id,
        of_the_person.relation_id,
        of_the_person.is_contract
    from of_the_person
    where
        (of_the_person.is_contract and of_the_person.is_contract_enough)
        or of_the_person.is_contract_ended_recent
        or of_the_person.is_purchase_recent
        or of_the_person.is_inquiry_recent
    order by
        of_the_person.candidate_id asc,
        of_the_person.is_contract desc,
        of_the_person.relation_id asc
)

select * from final
