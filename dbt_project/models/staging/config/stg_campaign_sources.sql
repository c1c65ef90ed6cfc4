-- Which leads a campaign may call, in its order of preference.
with

campaigns as (
    select * from {{ ref('stg_campaigns') }}
),

final as (
    select
        campaigns.campaign_id,
        preferred.source_id,
        preferred.place as source_place
    from campaigns
    cross join
        jsonb_array_elements_text(campaigns.sources)
        with ordinality as preferred (source_id, place)
)

select * from final
