-- One row for each combination of day, countries, audience and line type among the candidates, each
-- country whose law binds it, and the audience that law sees in the callee. The number's own
-- country, the declared one and the address's all bind.
{{ config(post_hook="analyze {{ this }}") }}

with

candidates as (
    select * from {{ ref('int_candidates') }}
),

territories as (
    select * from {{ ref('territories') }}
),

audiences as (
    select * from {{ ref('audiences') }}
),

profiles as (
    select distinct
        candidates.law_profile,
        candidates.call_date,
        candidates.number_region,
        candidates.country_first,
        candidates.country_last,
        candidates.address_country_first,
        candidates.address_country_last,
        candidates.audience,
        candidates.line_type,
        candidates.holiday_region
    from candidates
),

-- A blank declaration adds no law; a number that belongs to no country does: one nobody knows.
claims as (
    {%- for column in [
        'number_region',
        'country_first',
        'country_last',
        'address_country_first',
        'address_country_last',
    ] %}
    select
        profiles.law_profile,
        profiles.call_date,
        profiles.number_region,
        profiles.audience,
        profiles.line_type,
        profiles.holiday_region,
        profiles.{{ column }} as region
    from profiles
    {% if column != 'number_region' -%}
    where profiles.{{ column }} <> ''
    {% endif -%}
    {% if not loop.last -%}
    union
    {%- endif -%}
    {%- endfor %}
),

laws as (
    select
        claims.law_profile,
        claims.call_date,
        claims.number_region,
        claims.audience,
        claims.line_type,
        claims.holiday_region,
        territories.law_country,
        case when territories.region is null then claims.region end as unknown_region,
        jsonb_agg(claims.region order by claims.region) as regions
    from claims
    left join territories on claims.region = territories.region
    group by 1, 2, 3, 4, 5, 6, 7, 8
),

followed as (
    select
        laws.*,
        coalesce(own.follows, usual.follows, 'unknown') as follows
    from laws
    left join audiences as own
        on laws.law_country = own.country_code and laws.audience = own.audience
    left join audiences as usual on usual.country_code = '*' and laws.audience = usual.audience
),

-- Where nobody says which of the two it follows, both bind.
final as (
    select
        followed.law_profile,
        followed.call_date,
        followed.number_region,
        followed.audience,
        followed.line_type,
        followed.law_country,
        followed.unknown_region,
        followed.regions,
        followed.holiday_region,
        law_audiences.law_audience
    from followed
    inner join (values ('consumer'), ('business')) as law_audiences (law_audience)
        on
            followed.follows = law_audiences.law_audience
            or followed.follows not in ('consumer', 'business')
)

select * from final
