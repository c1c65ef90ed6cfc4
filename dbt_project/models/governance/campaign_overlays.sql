-- Candidates outside the campaign's countries are left out: no overlay opens or closes them.
with

facts as (
    select * from {{ ref('int_call_facts') }}
),

law_profiles as (
    select * from {{ ref('int_law_profiles') }}
),

policies as (
    select * from {{ ref('int_policies') }}
),

overlays as (
    select * from {{ ref('stg_policy_overlays') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

bound as (
    select
        law_profiles.law_profile_id,
        law_profiles.call_date,
        unnest(law_profiles.policy_ids) as policy_id
    from law_profiles
),

-- An overlay may change several of the laws that bind one candidate.
overlaid as (
    select distinct
        bound.law_profile_id,
        overlay_ids.overlay_id
    from bound
    inner join policies
        on bound.policy_id = policies.policy_id and bound.call_date = policies.call_date
    cross join string_to_table(policies.overlay_ids, '+') as overlay_ids (overlay_id)
),

counted as (
    select
        facts.campaign_id,
        overlaid.overlay_id,
        count(*) as count_candidates
    from facts
    inner join overlaid on facts.law_profile_id = overlaid.law_profile_id
    where facts.is_country_in_campaign
    group by facts.campaign_id, overlaid.overlay_id
),

told as (
    select
        overlays.overlay_id,
        min(overlays.reason) as reason,
        max(overlays.valid_until) as valid_until
    from overlays
    group by overlays.overlay_id
),

final as (
    select
        run.run_id,
        counted.campaign_id,
        counted.overlay_id,
        told.reason,
        told.valid_until,
        counted.count_candidates
    from counted
    cross join run
    inner join told on counted.overlay_id = told.overlay_id
)

select * from final
