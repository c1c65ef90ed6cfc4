{#- A view on views and refilled tables: it costs a run nothing and is never gone in one. -#}
{{ config(materialized="view") }}

with

evidence as (
    select * from {{ ref('int_consent_evidence') }}
),

stop_events as (
    select * from {{ ref('int_stop_events') }}
),

joint_controllers as (
    select * from {{ ref('stg_joint_controllers') }}
),

controller_purposes as (
    select * from {{ ref('stg_controller_purposes') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

shared_lines as (
    select * from {{ ref('int_shared_lines') }}
),

grants as (
    select
        evidence.*,
        coalesce(evidence.expires_at <= run.known_as_of, false) as is_expired,
        evidence.missing_evidence is null
        and evidence.effective_at <= run.known_as_of
        and coalesce(evidence.expires_at > run.known_as_of, true)
        and controller_purposes.purpose is not null
        and {{ is_call_channel('evidence.channel') }} as is_sound
    from evidence
    cross join run
    left join controller_purposes
        on
            evidence.controller_id = controller_purposes.controller_id
            and evidence.purpose = controller_purposes.purpose
),

-- A renewal counts only after a provable grant that had not ended by then.
founded_renewals as (
    select distinct renewals.event_id
    from grants as renewals
    inner join grants as givens
        on
            renewals.subject_id = givens.subject_id
            and renewals.controller_id = givens.controller_id
            and renewals.purpose = givens.purpose
            and renewals.person_ref is not distinct from givens.person_ref
    where
        renewals.event_type = 'renewed'
        and givens.event_type = 'given'
        and givens.missing_evidence is null
        and givens.effective_at < renewals.effective_at
        and coalesce(givens.expires_at >= renewals.effective_at, true)
),

lifts as (
    select
        grants.subject_id,
        grants.controller_id,
        grants.purpose,
        grants.person_ref,
        max(grants.lifts_from) as lifts_from
    from grants
    where grants.is_sound and grants.is_first_hand and grants.event_type = 'given'
    group by grants.subject_id, grants.controller_id, grants.purpose, grants.person_ref
),

consents as (
    select distinct
        grants.subject_id,
        grants.controller_id,
        grants.purpose
    from grants
),

-- A missing or unknown purpose, channel or controller means all of them.
stops as (
    select
        consents.subject_id,
        consents.controller_id,
        consents.purpose,
        stop_events.person_ref,
        stop_events.lifted_after,
        -- Who of several persons on a line said a stop without a name is not known.
        stop_events.is_liftable
        and (stop_events.person_ref is not null or shared_lines.subject_id is null) as is_liftable,
        stop_events.reason_code in (
            'objected', 'suppressed_internally', 'restricted', 'erased', 'minor'
        ) as is_objection
    from consents
    inner join stop_events on consents.subject_id = stop_events.subject_id
    left join controller_purposes
        on
            consents.controller_id = controller_purposes.controller_id
            and stop_events.purpose = controller_purposes.purpose
    left join shared_lines
        on
            consents.subject_id = shared_lines.subject_id
            and consents.controller_id = shared_lines.controller_id
    left join joint_controllers
        on
            consents.controller_id = joint_controllers.controller_id
            and stop_events.controller_id = joint_controllers.joint_controller_id
    where
        (
            stop_events.controller_id is null
            or consents.controller_id = stop_events.controller_id
            or joint_controllers.controller_id is not null
        )
        and (
            controller_purposes.purpose is null or consents.purpose = stop_events.purpose
        )
        and {{ is_not_another_channel('stop_events.channel') }}
),

weighed as (
    select
        stops.*,
        not exists (
            select from lifts
            where
                lifts.subject_id = stops.subject_id
                and lifts.controller_id = stops.controller_id
                and lifts.purpose = stops.purpose
                and {{ is_lifted('stops', 'lifts') }}
        ) as is_binding
    from stops
),

stopped as (
    select
        weighed.subject_id,
        weighed.controller_id,
        weighed.purpose,
        max(weighed.lifted_after) as stopped_at,
        bool_or(weighed.is_binding) as is_binding,
        bool_or(weighed.is_binding and weighed.is_objection) as is_objected
    from weighed
    group by weighed.subject_id, weighed.controller_id, weighed.purpose
),

judged as (
    select
        grants.*,
        stopped.stopped_at,
        coalesce(stopped.stopped_at < grants.event_at, stopped.subject_id is null)
            as is_standing,
        coalesce(
            grants.is_sound
            and stopped.is_binding is not true
            and (grants.event_type = 'given' or founded_renewals.event_id is not null),
            false
        ) as is_usable
    from grants
    left join stopped
        on
            grants.subject_id = stopped.subject_id
            and grants.controller_id = stopped.controller_id
            and grants.purpose is not distinct from stopped.purpose
    left join founded_renewals on grants.event_id = founded_renewals.event_id
    where stopped.is_objected is not true
),

final as (
    select distinct on (judged.subject_id, judged.controller_id, judged.purpose)
        judged.subject_id,
        judged.controller_id,
        judged.purpose,
        judged.event_id,
        judged.event_type,
        judged.event_at,
        judged.event_time_status,
        judged.expires_at,
        judged.source_id,
        judged.evidence_status,
        judged.stopped_at,
        judged.is_standing,
        judged.is_expired,
        judged.missing_evidence,
        judged.is_usable
    from judged
    order by
        judged.subject_id asc,
        judged.controller_id asc,
        judged.purpose asc,
        judged.is_usable desc,
        judged.event_at desc nulls last,
        judged.event_id asc
)

select * from final
