-- One row for each call that may count against a cap: every attempt, however it ended, and every
-- row of a list that is out and not reported on yet. `counts_from` and `counts_until` are the first
-- and the last instant at which it can have been made.
{{ config(post_hook="analyze {{ this }}") }}

with

call_attempts as (
    select * from {{ ref('stg_call_attempts') }}
),

published as (
    select * from {{ ref('stg_published_rows') }}
),

law_windows as (
    select * from {{ ref('int_law_windows') }}
),

period as (
    select
        min(
            law_windows.call_starts_at - law_windows.attempts_window_days * interval '1 day'
        ) as begins_at
    from law_windows
),

-- A call at a time on nobody's word may have been made up to its acceptance.
possible_attempts as (
    select
        call_attempts.*,
        case
            when call_attempts.event_time_status in ('ok', 'date_only')
                then call_attempts.attempted_at
            else greatest(call_attempts.attempted_at, call_attempts.accepted_at)
        end as counts_until
    from call_attempts
    where call_attempts.attempted_at >= (select period.begins_at from period)
    union all
    select
        call_attempts.*,
        call_attempts.accepted_at as counts_until
    from call_attempts
    where
        call_attempts.event_time_status not in ('ok', 'date_only')
        and call_attempts.attempted_at < (select period.begins_at from period)
        and call_attempts.accepted_at >= (select period.begins_at from period)
),

recent_attempts as (
    select distinct on (possible_attempts.attempt_id)
        possible_attempts.controller_id,
        possible_attempts.subject_id,
        possible_attempts.attempt_id,
        possible_attempts.call_ref,
        possible_attempts.attempted_at,
        possible_attempts.counts_until,
        possible_attempts.accepted_at
    from possible_attempts
    order by possible_attempts.attempt_id asc, possible_attempts.accepted_at asc
),

last_reports as (
    select
        recent_attempts.controller_id,
        max(recent_attempts.accepted_at) as reported_at
    from recent_attempts
    group by recent_attempts.controller_id
),

-- A later edition of a day's list replaces the row of an earlier one. A controller who reports no
-- calls keeps its rows reserved.
open_rows as (
    select distinct on (published.subject_id, published.campaign_id, published.call_date)
        published.controller_id,
        published.subject_id,
        published.campaign_id,
        published.call_ref,
        published.call_date,
        published.valid_until
    from published
    left join last_reports on published.controller_id = last_reports.controller_id
    where
        published.valid_until >= (select period.begins_at from period)
        and (
            last_reports.reported_at
            >= published.valid_until + {{ days_to_report() }} * interval '1 day'
        ) is not true
    order by
        published.subject_id asc,
        published.campaign_id asc,
        published.call_date asc,
        published.edition desc
),

final as (
    select
        recent_attempts.controller_id,
        recent_attempts.subject_id,
        recent_attempts.attempt_id::text as call_id,
        recent_attempts.attempt_id,
        null::text as reserved_campaign_id,
        null::date as reserved_call_date,
        recent_attempts.attempted_at as counts_from,
        recent_attempts.counts_until
    from recent_attempts
    union all
    select
        open_rows.controller_id,
        open_rows.subject_id,
        open_rows.call_ref as call_id,
        null::uuid as attempt_id,
        open_rows.campaign_id as reserved_campaign_id,
        open_rows.call_date as reserved_call_date,
        -- A day begins nowhere on earth earlier than this.
        open_rows.call_date::timestamp at time zone 'Etc/GMT-14' as counts_from,
        open_rows.valid_until as counts_until
    from open_rows
    where
        not exists (
            select from recent_attempts
            where recent_attempts.call_ref = open_rows.call_ref
        )
)

select * from final
