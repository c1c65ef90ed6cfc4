-- One row for each candidate and reason that a stop brings: the newest stop that binds and that no
-- later consent of the person lifted. A stop reaches every number of its person; on a line of
-- several it binds the line, and the others' further numbers only when nobody knows whose it is.
{{ config(post_hook="analyze {{ this }}") }}

with

candidates as (
    select * from {{ ref('int_candidates') }}
),

campaigns as (
    select * from {{ ref('stg_campaigns') }}
),

joint_controllers as (
    select * from {{ ref('stg_joint_controllers') }}
),

controller_purposes as (
    select * from {{ ref('stg_controller_purposes') }}
),

person_links as {{ inlined() }} (
    select * from {{ ref('int_person_links') }}
),

stop_events as {{ inlined() }} (
    select * from {{ ref('int_stop_events') }}
),

grants as (
    select * from {{ ref('int_grants') }}
),

shared_lines as (
    select * from {{ ref('int_shared_lines') }}
),

shared_persons as (
    select person_links.person_ref
    from person_links
    group by person_links.person_ref
    having count(*) > 1
),

-- Numbers of the same person, seen from a candidate's number.
further_numbers as (
    select
        own.subject_id,
        further.subject_id as further_subject_id,
        further.person_ref
    from shared_persons
    inner join person_links as own on shared_persons.person_ref = own.person_ref
    inner join person_links as further
        on own.person_ref = further.person_ref and own.subject_id <> further.subject_id
),

-- Most stops are about numbers that are in no lead: they leave here.
known_stops as materialized (
    select stop_events.*
    from stop_events
    where
        exists (
            select from person_links
            where person_links.subject_id = stop_events.subject_id
        )
),

reached as (
    select
        known_stops.*,
        known_stops.subject_id as reached_subject_id
    from known_stops
    union all
    select
        known_stops.*,
        further_numbers.subject_id as reached_subject_id
    from known_stops
    inner join further_numbers on known_stops.subject_id = further_numbers.further_subject_id
    left join person_links
        on
            known_stops.subject_id = person_links.subject_id
            and known_stops.person_ref = person_links.person_ref
    where
        person_links.person_ref is null
        or person_links.person_ref = further_numbers.person_ref
    union all
    select
        stop_events.*,
        person_links.subject_id as reached_subject_id
    from stop_events
    inner join person_links
        on
            stop_events.person_ref = person_links.person_ref
            and stop_events.subject_id <> person_links.subject_id
    where stop_events.person_ref is not null
),

-- A missing or unknown purpose, channel or controller means all of them; a stop to one joint
-- controller binds all.
bound as (
    select
        candidates.candidate_id,
        candidates.controller_id as stopped_controller_id,
        reached.*
    from candidates
    inner join campaigns on candidates.campaign_id = campaigns.campaign_id
    inner join reached on candidates.subject_id = reached.reached_subject_id
    left join controller_purposes
        on
            candidates.controller_id = controller_purposes.controller_id
            and reached.purpose = controller_purposes.purpose
    left join joint_controllers
        on
            candidates.controller_id = joint_controllers.controller_id
            and reached.controller_id = joint_controllers.joint_controller_id
    where
        (
            reached.controller_id is null
            or reached.controller_id = candidates.controller_id
            or joint_controllers.controller_id is not null
        )
        and (controller_purposes.purpose is null or reached.purpose = campaigns.purpose)
        and {{ is_not_another_channel('reached.channel') }}
),

lifts as (
    select
        grants.candidate_id,
        grants.person_ref,
        max(grants.lifts_from) as lifts_from
    from grants
    where
        grants.event_type = 'given'
        and grants.is_first_hand
        and grants.standing = 'valid'
    group by grants.candidate_id, grants.person_ref
),

-- Who of several persons on a line said a stop without a name is not known.
unlifted as (
    select bound.*
    from bound
    left join shared_lines
        on
            bound.person_ref is null
            and bound.subject_id = shared_lines.subject_id
            and bound.stopped_controller_id = shared_lines.controller_id
    left join lifts
        on
            bound.candidate_id = lifts.candidate_id
            and shared_lines.subject_id is null
            and {{ is_lifted('bound', 'lifts') }}
    where lifts.candidate_id is null
),

final as (
    select distinct on (unlifted.candidate_id, unlifted.reason_code)
        unlifted.candidate_id,
        unlifted.reason_code,
        unlifted.evidence_id,
        unlifted.counts_from as evidence_at
    from unlifted
    order by
        unlifted.candidate_id asc,
        unlifted.reason_code asc,
        unlifted.counts_from desc,
        unlifted.evidence_id asc
)

select * from final
