-- Every known grant with what its record lacks to be proven, whatever campaign asks. The one home
-- of these conditions: int_grants goes on with what depends on campaign and law, and the register
-- of consents shows them.
{#- A view, and on refilled tables: the register is a view on it and must not vanish in a run. -#}
{{ config(materialized="view") }}

{#- On which day a consent fell depends on the callee's zone: here it is the last day on earth,
    int_grants asks for the callee's own. #}
{%- set parts = {
    "event_at": "dated.effective_at is not null",
    "evidence_status":
        "dated.evidence_status = 'verified'"
        ~ " or (dated.evidence_status = 'asserted' and sources.is_from_person)",
    "dossier": "sources.is_from_person or sources.is_dossier_complete"
        ~ " or dated.evidence_status is distinct from 'verified'",
    "source_approval": "sources.is_approved",
    "notice_version": "notices.valid_from is not null",
    "notice_date": "coalesce(notices.valid_from"
        ~ " <= (dated.effective_at at time zone 'Etc/GMT-14')::date, true)",
    "collection_context": "dated.collection_context in ('web', 'inbound', 'in_person', 'import')",
    "recording_notice_given": "coalesce(dated.is_recording_notice_given, true)",
    "pre_ticked": "coalesce(not dated.is_pre_ticked, true)",
    "bundled": "coalesce(not dated.is_bundled, true)",
    "verified_channel": "dated.verified_channel is null or "
        ~ is_number_channel("dated.verified_channel"),
} %}

with

consent_events as (
    select * from {{ ref('stg_consent_events') }}
),

sources as (
    select * from {{ ref('stg_sources') }}
),

notices as (
    select * from {{ ref('stg_controller_notices') }}
),

-- Landing dates a day without a time at its end; any other doubt makes it no grant.
dated as (
    select
        consent_events.*,
        case
            when consent_events.event_time_status in ('ok', 'date_only')
                then consent_events.event_at
        end as effective_at,
        -- A bare day may have been its first minute, before a stop of that day; it has up to 25 h.
        case consent_events.event_time_status
            when 'ok' then consent_events.event_at
            when 'date_only' then consent_events.event_at - interval '25 hours'
        end as lifts_from
    from consent_events
    where consent_events.event_type in ('given', 'renewed')
),

-- Provable, from an approved source, informed, freely given.
final as (
    select
        dated.*,
        coalesce(sources.is_from_person, false) as is_from_person,
        notices.valid_from as notice_valid_from,
        coalesce(dated.collection_context in ('web', 'inbound', 'in_person'), false)
        and coalesce(dated.evidence_status = 'verified', false)
        and coalesce(dated.collector = dated.controller_id, sources.is_from_person, false)
            as is_first_hand,
        case
            when
                (
                    {%- for condition in parts.values() %}
                    ({{ condition }}){% if not loop.last %} and{% endif %}
                    {%- endfor %}
                ) is not true
                then
                    concat_ws(
                        ', ',
                        {%- for part, condition in parts.items() %}
                        case when ({{ condition }}) is not true then '{{ part }}' end
                        {%- if not loop.last %},{% endif %}
                        {%- endfor %}
                    )
        end as missing_evidence
    from dated
    left join sources on dated.source_id = sources.source_id
    left join notices
        on
            dated.controller_id = notices.controller_id
            and dated.notice_version = notices.notice_version
)

select * from final
