-- One row for each policy row and call date on which it binds, as the overlays of that day leave
-- it. `content` is what a signature under the row names. Each basis says whether a blank is meant:
-- a row that is blank where somebody's word should stand, or that holds half a stretch of time, is
-- not whole and says nothing, not even what the fallback would.
with

country_call_policy as (
    select * from {{ ref('country_call_policy') }}
),

overlays as (
    select * from {{ ref('stg_policy_overlays') }}
),

call_dates as (
    select * from {{ ref('stg_call_dates') }}
),

{%- set overlaid = {
    'call_weekdays': 'text',
    'call_start_local': 'time',
    'call_end_local': 'time',
    'break_start_local': 'time',
    'break_end_local': 'time',
    'sat_start_local': 'time',
    'sat_end_local': 'time',
    'sun_start_local': 'time',
    'sun_end_local': 'time',
    'public_holidays_allowed': 'text',
    'max_attempts': 'integer',
    'attempts_window_days': 'integer',
    'after_refusal': 'text',
    'consent_max_age_days': 'integer',
    'pipeline_default': 'text',
} %}

in_force as (
    select
        country_call_policy.*,
        call_dates.call_date,
        left(
            encode(sha256(convert_to(country_call_policy::text, 'UTF8')), 'hex'), 12
        ) as content
    from country_call_policy
    inner join call_dates
        on
            country_call_policy.valid_from <= call_dates.call_date
            and coalesce(country_call_policy.valid_to, call_dates.call_date)
            >= call_dates.call_date
    where country_call_policy.country_code <> '*'
),

-- Of a cell that two overlays changed at once, which none may, either would be as wrong.
changed as (
    select
        overlays.country_code,
        overlays.audience,
        overlays.line_type,
        call_dates.call_date,
        jsonb_object_agg(overlays.column_name, overlays.cell_value) as cells,
        string_agg(distinct overlays.overlay_id, '+' order by overlays.overlay_id) as overlay_ids
    from overlays
    inner join call_dates
        on call_dates.call_date between overlays.valid_from and overlays.valid_until
    group by
        overlays.country_code, overlays.audience, overlays.line_type, call_dates.call_date
),

overlaid as (
    select
        in_force.country_code,
        in_force.audience,
        in_force.line_type,
        in_force.valid_from,
        in_force.valid_to,
        in_force.call_date,
        in_force.content,
        in_force.confidence,
        in_force.consent_max_age_scope,
        concat_ws(
            '+',
            concat_ws(
                '/',
                in_force.country_code,
                in_force.audience,
                in_force.line_type,
                in_force.valid_from
            ),
            changed.overlay_ids
        ) as policy_id,
        changed.overlay_ids,
        {%- for column, type in overlaid.items() %}
        coalesce((changed.cells ->> '{{ column }}')::{{ type }}, in_force.{{ column }})
            as {{ column }},
        {%- endfor %}
        (
            num_nonnulls(
                in_force.call_start_local,
                in_force.call_end_local,
                in_force.break_start_local,
                in_force.break_end_local,
                in_force.sat_start_local,
                in_force.sat_end_local,
                in_force.sun_start_local,
                in_force.sun_end_local
            ) = 0
        ) = (in_force.hours_basis = 'none_found')
        and (in_force.call_weekdays is null) = (in_force.weekdays_basis = 'none_found')
        and (in_force.public_holidays_allowed is null) = (in_force.holidays_basis = 'none_found')
        and (in_force.max_attempts is null) = (in_force.attempts_basis = 'none_found')
        and (in_force.attempts_window_days is null) = (in_force.attempts_basis = 'none_found')
        and (in_force.consent_max_age_days is null) = (in_force.consent_age_basis = 'none_found')
        and (in_force.consent_max_age_scope = 'none') = (in_force.consent_age_basis = 'none_found')
            as is_as_its_bases_say
    from in_force
    left join changed
        on
            in_force.country_code = changed.country_code
            and in_force.audience = changed.audience
            and in_force.line_type = changed.line_type
            and in_force.call_date = changed.call_date
),

{%- set whole = ['overlaid.is_as_its_bases_say'] %}
{%- for stretch in ['call', 'break', 'sat', 'sun'] %}
{%- set starts = 'overlaid.' ~ stretch ~ '_start_local' %}
{%- set ends = 'overlaid.' ~ stretch ~ '_end_local' %}
{%- do whole.append(
    'coalesce(' ~ starts ~ ' < ' ~ ends ~ ', num_nonnulls(' ~ starts ~ ', ' ~ ends ~ ') = 0)'
) %}
{%- endfor %}

final as (
    select
        overlaid.country_code,
        overlaid.audience,
        overlaid.line_type,
        overlaid.valid_from,
        overlaid.valid_to,
        overlaid.call_date,
        overlaid.policy_id,
        overlaid.overlay_ids,
        overlaid.content,
        overlaid.confidence,
        overlaid.consent_max_age_scope,
        {%- for column in overlaid if column != 'pipeline_default' %}
        overlaid.{{ column }},
        {%- endfor %}
        case when {{ whole | join(' and ') }} then overlaid.pipeline_default end
            as pipeline_default
    from overlaid
)

select * from final
