with

consent_events as (
    select * from {{ source('ledger', 'consent_events') }}
),

batches as (
    select * from {{ ref('stg_batches') }}
),

aliases as (
    select * from {{ ref('stg_subject_aliases') }}
),

final as (
    select
        consent_events.event_id,
        consent_events.source_id,
        consent_events.controller_id,
        coalesce(aliases.new_subject_id, consent_events.subject_id) as subject_id,
        consent_events.person_ref,
        consent_events.event_type,
        consent_events.event_at,
        consent_events.event_time_status,
        consent_events.expires_at,
        consent_events.purpose,
        lower(consent_events.call_mode) as call_mode,
        lower(consent_events.channel) as channel,
        consent_events.notice_version,
        lower(consent_events.collection_context) as collection_context,
        consent_events.collector,
        consent_events.recording_notice_given as is_recording_notice_given,
        consent_events.is_pre_ticked,
        consent_events.is_bundled,
        lower(consent_events.verified_channel) as verified_channel,
        lower(consent_events.evidence_status) as evidence_status,
        batches.accepted_at
    from consent_events
    inner join batches on consent_events.batch_id = batches.batch_id
    left join aliases on consent_events.subject_id = aliases.old_subject_id
)

select * from final
