-- One row for each law profile and sector of a campaign: which grounds the laws of all its
-- countries leave to that sector, and which relations make somebody a customer. What one of them
-- forbids is forbidden, and a relation counts only if each of them knows its kind: the shortest
-- window binds.
{{ config(post_hook="analyze {{ this }}") }}

with

laws as (
    select * from {{ ref('int_laws') }}
),

campaigns as (
    select * from {{ ref('stg_campaigns') }}
),

sector_overrides as (
    select * from {{ ref('sector_overrides') }}
),

relation_windows as (
    select * from {{ ref('relation_windows') }}
),

sectors as (
    select distinct campaigns.sector
    from campaigns
),

asked as (
    select distinct
        laws.law_profile,
        laws.call_date,
        laws.law_country,
        laws.law_audience,
        sectors.sector
    from laws
    cross join sectors
),

-- A blank cell of a ban widens it. A row that loosens has no default to apply: it is on record, and
-- out of force until somebody models what it opens.
overrides as (
    select
        asked.law_profile,
        asked.sector,
        concat_ws(
            '/',
            sector_overrides.country_code,
            sector_overrides.audience,
            sector_overrides.sector,
            sector_overrides.valid_from
        ) as override_id,
        case
            when
                sector_overrides.pipeline_default
                in ('consent_only', 'contract_only', 'customer_only')
                then sector_overrides.pipeline_default
            else 'never'
        end as pipeline_default
    from asked
    inner join sector_overrides
        on
            coalesce(sector_overrides.country_code, asked.law_country) = asked.law_country
            and coalesce(sector_overrides.audience, asked.law_audience) = asked.law_audience
            and coalesce(sector_overrides.sector, asked.sector) = asked.sector
            and coalesce(sector_overrides.valid_from, asked.call_date) <= asked.call_date
            and coalesce(sector_overrides.valid_to, asked.call_date) >= asked.call_date
    where
        sector_overrides.pipeline_default is not null
        or sector_overrides.effect is distinct from 'looser'
),

restricted as (
    select
        overrides.law_profile,
        overrides.sector,
        string_agg(
            distinct overrides.override_id, ', ' order by overrides.override_id
        ) as sector_override_ids,
        bool_or(overrides.pipeline_default = 'consent_only') as is_consent_only,
        bool_or(overrides.pipeline_default = 'contract_only') as is_contract_only,
        bool_or(overrides.pipeline_default = 'customer_only') as is_customer_only,
        bool_or(overrides.pipeline_default = 'never') as is_banned
    from overrides
    group by overrides.law_profile, overrides.sector
),

-- A country's own windows stand in place of the general ones, a sector's in place of those.
windows_in_force as (
    select
        asked.law_profile,
        asked.sector,
        asked.law_country,
        asked.law_audience,
        relation_windows.kind,
        relation_windows.months,
        rank() over (
            partition by
                asked.law_profile, asked.sector, asked.law_country, asked.law_audience
            order by
                relation_windows.country_code = '*', relation_windows.sector = '*'
        ) as place
    from asked
    left join relation_windows
        on
            (
                asked.law_country = relation_windows.country_code
                or relation_windows.country_code = '*'
            )
            and (asked.sector = relation_windows.sector or relation_windows.sector = '*')
            and asked.call_date >= relation_windows.valid_from
            and asked.call_date <= coalesce(relation_windows.valid_to, asked.call_date)
),

windows_by_law as (
    select
        windows_in_force.law_profile,
        windows_in_force.sector,
        coalesce(bool_or(windows_in_force.kind = 'contract'), false) as is_contract_enough,
        min(windows_in_force.months) filter (
            where windows_in_force.kind = 'contract_ended'
        ) as contract_ended_months,
        min(windows_in_force.months) filter (
            where windows_in_force.kind = 'purchase'
        ) as purchase_months,
        min(windows_in_force.months) filter (
            where windows_in_force.kind = 'inquiry'
        ) as inquiry_months
    from windows_in_force
    where windows_in_force.place = 1
    group by
        windows_in_force.law_profile,
        windows_in_force.sector,
        windows_in_force.law_country,
        windows_in_force.law_audience
),

windows as (
    select
        windows_by_law.law_profile,
        windows_by_law.sector,
        bool_and(windows_by_law.is_contract_enough) as is_contract_enough,
        {%- for kind in ['contract_ended', 'purchase', 'inquiry'] %}
        case
            when bool_and(windows_by_law.{{ kind }}_months is not null)
                then min(windows_by_law.{{ kind }}_months)
        end as {{ kind }}_months
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from windows_by_law
    group by windows_by_law.law_profile, windows_by_law.sector
),

final as (
    select
        windows.law_profile,
        windows.sector,
        windows.is_contract_enough,
        windows.contract_ended_months,
        windows.purchase_months,
        windows.inquiry_months,
        restricted.sector_override_ids,
        -- Where two laws leave different grounds, nothing is left.
        case
            when restricted.law_profile is null then 'none'
            when
                restricted.is_banned
                or (
                    restricted.is_consent_only
                    and (restricted.is_contract_only or restricted.is_customer_only)
                )
                then 'never'
            when restricted.is_contract_only then 'contract_only'
            when restricted.is_customer_only then 'customer_only'
            else 'consent_only'
        end as sector_restriction
    from windows
    left join restricted
        on
            windows.law_profile = restricted.law_profile
            and windows.sector is not distinct from restricted.sector
)

select * from final
