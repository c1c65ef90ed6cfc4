with

campaigns as (
    select * from {{ ref('stg_campaigns') }}
),

final as (
    select distinct
        campaigns.campaign_id,
        upper(named.country_code) as country_code
    from campaigns
    cross join jsonb_array_elements_text(campaigns.countries) as named (country_code)
)

select * from final
