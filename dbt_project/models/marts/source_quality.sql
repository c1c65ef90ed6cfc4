with

sources as (
    select * from {{ ref('stg_sources') }}
),

control_totals as (
    select * from {{ ref('batch_control_totals') }}
),

outcomes as (
    select * from {{ ref('int_source_outcomes') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

delivered as (
    select
        control_totals.source_id,
        -- Of a file that was tried several times, the last attempt.
        count(*) filter (
            where control_totals.part = 'rest'
            and not control_totals.is_retried
            and not control_totals.is_accepted_otherwise
        ) as count_deliveries,
        count(*) filter (
            where control_totals.part = 'rest'
            and control_totals.status = 'rejected'
            and not control_totals.is_retried
        ) as count_rejected,
        coalesce(
            sum(control_totals.rows_read) filter (
                where control_totals.part = 'rest'
                and not control_totals.is_retried
                and not control_totals.is_accepted_otherwise
            ), 0
        ) as rows_read,
        coalesce(sum(control_totals.rows_landed) filter (where control_totals.part = 'rest'), 0)
            as rows_landed,
        coalesce(sum(control_totals.rows_quarantined), 0) as rows_quarantined,
        -- The stops of a rejected delivery are accepted; the delivery is not.
        max(control_totals.accepted_at) filter (
            where control_totals.part = 'rest'
            and control_totals.accepted_at <= run.known_as_of
            and (
                control_totals.retracted_at is null
                or control_totals.retracted_at > run.known_as_of
            )
        ) as last_accepted_at
    from control_totals
    cross join run
    where control_totals.received_at <= run.known_as_of
    group by control_totals.source_id
),

decided as (
    select
        outcomes.source_id,
        sum(outcomes.count_candidate_leads)::bigint as count_candidate_leads,
        sum(outcomes.count_valid_numbers)::bigint as count_valid_numbers,
        sum(outcomes.count_candidate_leads) filter (
            where outcomes.verdict = 'callable'
        )::bigint as count_callable,
        sum(outcomes.count_candidate_leads) filter (
            where outcomes.verdict = 'blocked'
        )::bigint as count_blocked,
        sum(outcomes.count_candidate_leads) filter (
            where outcomes.verdict = 'undetermined'
        )::bigint as count_undetermined
    from outcomes
    group by outcomes.source_id
),

final as (
    select
        sources.source_id,
        sources.controller_id,
        sources.obtained,
        sources.is_approved,
        coalesce(delivered.count_deliveries, 0) as count_deliveries,
        coalesce(delivered.count_rejected, 0) as count_rejected,
        coalesce(delivered.rows_read, 0)::bigint as rows_read,
        coalesce(delivered.rows_landed, 0)::bigint as rows_landed,
        coalesce(delivered.rows_quarantined, 0)::bigint as rows_quarantined,
        delivered.last_accepted_at,
        coalesce(decided.count_candidate_leads, 0) as count_candidate_leads,
        coalesce(decided.count_valid_numbers, 0) as count_valid_numbers,
        coalesce(decided.count_callable, 0) as count_callable,
        coalesce(decided.count_blocked, 0) as count_blocked,
        coalesce(decided.count_undetermined, 0) as count_undetermined
    from sources
    left join delivered on sources.source_id = delivered.source_id
    left join decided on sources.source_id = decided.source_id
)

select * from final
