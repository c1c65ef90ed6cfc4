-- One row for each candidate with several leads: the one that lends its name to the list. An
-- approved source first, then the person and the source of the consent, then the campaign's order
-- of sources, then the newest, then the lowest id.
{{ config(post_hook="analyze {{ this }}") }}

with

candidates as (
    select * from {{ ref('int_candidates') }}
),

candidate_leads as (
    select * from {{ ref('int_candidate_leads') }}
),

consent_standing as (
    select * from {{ ref('int_consent_standing') }}
    where standing = 'valid'
),

final as (
    select distinct on (candidates.candidate_id)
        candidates.candidate_id,
        candidate_leads.record_id,
        candidate_leads.collected_at,
        candidate_leads.retention_days,
        bool_or(
            candidate_leads.country not in (
                '', candidates.country_first, candidates.country_last
            )
            or candidate_leads.address_country not in (
                '', candidates.address_country_first, candidates.address_country_last
            )
        ) over (partition by candidates.candidate_id) as has_further_country
    from candidates
    inner join candidate_leads
        on
            candidates.subject_id = candidate_leads.subject_id
            and candidates.campaign_id = candidate_leads.campaign_id
    left join consent_standing on candidates.candidate_id = consent_standing.candidate_id
    where candidates.count_leads > 1
    order by
        candidates.candidate_id asc,
        candidate_leads.is_source_approved desc,
        (candidate_leads.person_ref = consent_standing.person_ref) is true desc,
        (candidate_leads.source_id = consent_standing.source_id) is true desc,
        candidate_leads.source_place asc,
        candidate_leads.accepted_at desc,
        candidate_leads.record_id asc
)

select * from final
