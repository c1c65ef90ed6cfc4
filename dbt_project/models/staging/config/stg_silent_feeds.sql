-- Whose objections could not all be heard at `known_as_of`. Which feeds are silent is told by the
-- package, once for decisions, publication and alarms, and kept with the run.
with

run as (
    select * from {{ ref('stg_run') }}
),

final as (
    select
        silent.controller_id,
        string_agg(sources.source_id, ', ' order by sources.source_id) as source_ids
    from run
    cross join jsonb_each(run.silent_feeds) as silent (controller_id, source_ids)
    cross join jsonb_array_elements_text(silent.source_ids) as sources (source_id)
    group by silent.controller_id
)

select * from final
