with

config_versions as (
    select * from {{ ref('stg_config_versions') }}
),

listed as (
    select jsonb_array_elements(config_versions.content) as campaign
    from config_versions
    where config_versions.kind = 'campaigns'
),

final as (
    select
        listed.campaign ->> 'campaign_id' as campaign_id,
        listed.campaign ->> 'controller' as controller_id,
        listed.campaign ->> 'purpose' as purpose,
        listed.campaign ->> 'call_mode' as call_mode,
        listed.campaign ->> 'sector' as sector,
        coalesce(listed.campaign ->> 'timezone', 'UTC') as timezone,
        coalesce(listed.campaign ->> 'special_category', 'none') <> 'none' as is_special_category,
        listed.campaign ->> 'explicit_consent_notice' as explicit_consent_notice,
        (listed.campaign ->> 'priority')::integer as priority,
        listed.campaign -> 'sources' as sources,
        listed.campaign -> 'countries' as countries,
        coalesce(listed.campaign -> 'audiences', '[]'::jsonb) as audiences,
        coalesce(listed.campaign -> 'customer_products', '[]'::jsonb) as customer_products,
        (listed.campaign #>> '{consent,max_age_days}')::integer as consent_max_age_days,
        listed.campaign #>> '{legitimate_interest,assessment}' as legitimate_interest_id,
        (listed.campaign #>> '{legitimate_interest,on}')::date as legitimate_interest_from,
        (listed.campaign #>> '{legitimate_interest,valid_until}')::date
            as legitimate_interest_until
    from listed
    where listed.campaign -> 'active' = 'true'::jsonb
)

select * from final
