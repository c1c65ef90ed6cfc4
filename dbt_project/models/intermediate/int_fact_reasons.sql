-- What the rules over the facts say; the allocation among campaigns looks at this first.
{{ config(materialized="ephemeral") }}

{%- set reason_codes = [
    'sector_banned',
    'call_mode_banned',
    'minor',
    'restricted',
    'erased',
    'objected',
    'suppressed_internally',
    'objection_feed_stale',
    'consent_refused',
    'consent_withdrawn',
    'number_invalid',
    'number_ambiguous',
    'number_mangled',
    'number_kind_not_callable',
    'number_fictional',
    'number_country_unknown',
    'campaign_country_excluded',
    'campaign_audience_excluded',
    'policy_missing',
    'policy_unreviewed',
    'register_listed',
    'consent_annulled_by_register',
    'register_missing',
    'register_stale',
    'source_not_approved',
    'consent_missing',
    'consent_expired',
    'consent_evidence_missing',
    'consent_purpose_mismatch',
    'consent_controller_mismatch',
    'legitimate_interest_not_assessed',
    'outside_call_days',
    'abandoned_share_exceeded',
    'outside_call_hours',
    'public_holiday',
    'attempt_cap_reached',
    'retention_lapsed',
] %}

with

final as (
    {%- for reason_code in reason_codes %}
    select * from {{ ref('rule_' ~ reason_code) }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select * from final
