-- Everything a rule may ask about a candidate: its own facts, and those of its law and campaign.
{{ config(materialized="view") }}

with

candidate_facts as (
    select * from {{ ref('int_candidate_facts') }}
),

settings as (
    select * from {{ ref('int_call_settings') }}
),

final as (
    select
        candidate_facts.*,
        settings.known_as_of,
        settings.is_demo,
        settings.law_profile_id,
        settings.priority,
        settings.campaign_id,
        settings.controller_id,
        settings.number_law_country as country_code,
        settings.audience,
        settings.policy_id,
        settings.is_country_in_campaign,
        settings.is_audience_in_campaign,
        settings.is_policy_reviewed,
        settings.is_interest_ground as is_legitimate_interest_open,
        settings.legitimate_interest_id,
        settings.is_live,
        settings.sector_restriction,
        settings.sector_override_ids,
        settings.is_call_day,
        settings.is_public_holiday,
        settings.public_holidays,
        settings.has_call_hours,
        settings.call_starts_at,
        settings.call_ends_at,
        settings.day_ends_at,
        settings.policy_ends_at,
        settings.registers_expire_at,
        settings.stale_register_id,
        settings.stale_registers,
        settings.is_feed_stale,
        settings.stale_feeds,
        settings.is_abandoned_share_kept,
        settings.abandoned_share,
        settings.max_attempts,
        settings.attempts_window_days,
        settings.after_refusal_days,
        case
            when candidate_facts.is_policy_known is not true
                then
                    nullif(
                        concat_ws(
                            ', ',
                            settings.missing_policies,
                            case when not candidate_facts.is_state_known then 'US state' end,
                            case when candidate_facts.has_further_country then 'third country' end
                        ),
                        ''
                    )
            when settings.is_policy_reviewed is not true then settings.unreviewed_policies
        end as policy_shortfall
    from candidate_facts
    inner join settings on candidate_facts.setting_id = settings.setting_id
)

select * from final
