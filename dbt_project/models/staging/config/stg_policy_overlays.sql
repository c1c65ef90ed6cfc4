-- One row for each cell of the country policy that an overlay changes, and the days it does. What a
-- comparison proposes stands here too, in place of the overlay of the same name.
with

config_versions as (
    select * from {{ ref('stg_config_versions') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

accepted as (
    select jsonb_array_elements(config_versions.content) as overlay
    from config_versions
    where config_versions.kind = 'policy_overlays'
),

proposed as (
    select jsonb_array_elements(run.proposed_overlays) as overlay
    from run
),

standing as (
    select accepted.overlay
    from accepted
    where
        accepted.overlay ->> 'overlay_id' not in (
            select proposed.overlay ->> 'overlay_id' from proposed
        )
    union all
    select proposed.overlay
    from proposed
),

final as (
    select
        standing.overlay ->> 'overlay_id' as overlay_id,
        standing.overlay ->> 'reason' as reason,
        cells.cell ->> 'country' as country_code,
        cells.cell ->> 'audience' as audience,
        cells.cell ->> 'line_type' as line_type,
        cells.cell ->> 'column' as column_name,
        cells.cell ->> 'value' as cell_value,
        (cells.cell ->> 'from')::date as valid_from,
        (cells.cell ->> 'until')::date as valid_until
    from standing
    cross join jsonb_array_elements(standing.overlay -> 'cells') as cells (cell)
)

select * from final
