with

stop_events as (
    select * from {{ ref('int_stop_events') }}
),

batches as (
    select * from {{ ref('stg_batches') }}
),

sources as (
    select * from {{ ref('stg_sources') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

deliveries as (
    select
        batches.source_id,
        max(batches.accepted_at) as last_accepted_at
    from batches
    group by batches.source_id
),

stops as (
    select
        stop_events.source_id,
        stop_events.reason_code,
        count(*) as count_stops,
        count(*) filter (where stop_events.event_time_status not in ('ok', 'date_only'))
            as count_stops_without_time
    from stop_events
    group by stop_events.source_id, stop_events.reason_code
),

final as (
    select
        stops.source_id,
        stops.reason_code,
        stops.count_stops,
        stops.count_stops_without_time,
        deliveries.last_accepted_at,
        deliveries.last_accepted_at + sources.expected_every_seconds * interval '1 second'
            as next_expected_at,
        coalesce(
            deliveries.last_accepted_at + sources.expected_every_seconds * interval '1 second'
            < run.known_as_of,
            -- What somebody entered by hand is expected of nobody.
            sources.source_id is null and stops.source_id <> 'operator'
        ) as is_overdue
    from stops
    cross join run
    left join deliveries on stops.source_id = deliveries.source_id
    left join sources on stops.source_id = sources.source_id
)

select * from final
