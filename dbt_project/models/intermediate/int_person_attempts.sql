-- One row for each candidate and person at its number, where there is anything to count: how often
-- the controller has called that person, at any number and for any campaign, within the law's
-- period before the call. A call to a shared line counts for every person on it.
{{ config(post_hook="analyze {{ this }}") }}

with

candidates as (
    select * from {{ ref('int_candidates') }}
),

law_windows as (
    select * from {{ ref('int_law_windows') }}
),

person_links as {{ inlined() }} (
    select * from {{ ref('int_person_links') }}
),

counted_calls as (
    select * from {{ ref('int_counted_calls') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

person_calls as (
    select
        person_links.person_ref,
        counted_calls.controller_id,
        counted_calls.call_id,
        counted_calls.attempt_id,
        counted_calls.reserved_campaign_id,
        counted_calls.reserved_call_date,
        counted_calls.counts_from,
        counted_calls.counts_until
    from counted_calls
    inner join person_links on counted_calls.subject_id = person_links.subject_id
),

-- Who has more numbers than calls are allowed could be called too often in a single day.
persons_of_many_numbers as (
    select person_links.person_ref
    from person_links
    group by person_links.person_ref
    having count(*) > (select min(law_windows.max_attempts) from law_windows)
),

concerned_persons as (
    select person_calls.person_ref
    from person_calls
    union distinct
    select persons_of_many_numbers.person_ref
    from persons_of_many_numbers
),

concerned as (
    select
        candidates.candidate_id,
        candidates.campaign_id,
        candidates.controller_id,
        candidates.law_profile,
        concerned_persons.person_ref
    from concerned_persons
    inner join person_links on concerned_persons.person_ref = person_links.person_ref
    inner join candidates on person_links.subject_id = candidates.subject_id
),

counted as (
    select
        concerned.candidate_id,
        concerned.person_ref,
        concerned.controller_id,
        law_windows.max_attempts,
        count(person_calls.call_id)::integer as count_attempts,
        max(person_calls.counts_until) filter (where person_calls.attempt_id is not null)
            as last_attempt_at
    from concerned
    inner join law_windows on concerned.law_profile = law_windows.law_profile
    cross join run
    -- A list of the day that is replaced before its first hour has called nobody.
    left join person_calls
        on
            concerned.person_ref = person_calls.person_ref
            and concerned.controller_id = person_calls.controller_id
            and law_windows.call_starts_at
            <= person_calls.counts_until
            + law_windows.attempts_window_days * interval '1 day'
            and (law_windows.day_ends_at > person_calls.counts_from) is not false
            and (
                concerned.campaign_id = person_calls.reserved_campaign_id
                and law_windows.call_date = person_calls.reserved_call_date
                and law_windows.call_starts_at > run.known_as_of
            ) is not true
    group by
        concerned.candidate_id,
        concerned.person_ref,
        concerned.controller_id,
        law_windows.max_attempts
),

-- The last call is named where it is the one too many; of two at one instant the lowest id.
last_attempts as (
    select distinct on (counted.candidate_id, counted.person_ref)
        counted.candidate_id,
        counted.person_ref,
        person_calls.attempt_id
    from counted
    inner join person_calls
        on
            counted.person_ref = person_calls.person_ref
            and counted.controller_id = person_calls.controller_id
            and counted.last_attempt_at = person_calls.counts_until
    where
        counted.count_attempts >= counted.max_attempts
        and person_calls.attempt_id is not null
    order by
        counted.candidate_id asc,
        counted.person_ref asc,
        person_calls.attempt_id asc
),

final as (
    select
        counted.candidate_id,
        counted.person_ref,
        counted.count_attempts,
        last_attempts.attempt_id as last_attempt_id,
        counted.last_attempt_at
    from counted
    left join last_attempts
        on
            counted.candidate_id = last_attempts.candidate_id
            and counted.person_ref = last_attempts.person_ref
)

select * from final
