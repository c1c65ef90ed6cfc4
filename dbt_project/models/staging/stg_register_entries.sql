{#- Only a register's current snapshot is kept, so a replay asks what the screenings found then. -#}
with

{% if target.name == 'replay' -%}
run as (
    select * from {{ ref('stg_run') }}
),

screenings as (
    select * from {{ source('ledger', 'screenings') }}
),

found as (
    select distinct on (screenings.register_id, screenings.controller_id, screenings.subject_id)
        screenings.register_id,
        screenings.controller_id,
        screenings.subject_id,
        screenings.is_listed,
        screenings.is_revoking_all,
        screenings.listed_at,
        screenings.proof
    from screenings
    cross join run
    where screenings.screened_at <= run.known_as_of
    order by
        screenings.register_id asc,
        screenings.controller_id asc,
        screenings.subject_id asc,
        screenings.seq desc
),
{%- else -%}
register_entries as (
    select * from {{ source('landing', 'register_entries') }}
),

found as (
    select
        register_entries.register_id,
        register_entries.controller_id,
        register_entries.subject_id,
        register_entries.is_listed,
        register_entries.is_revoking_all,
        register_entries.listed_at,
        register_entries.proof
    from register_entries
),
{%- endif %}

aliases as (
    select * from {{ ref('stg_subject_aliases') }}
),

final as (
    select
        found.register_id,
        found.controller_id,
        coalesce(aliases.new_subject_id, found.subject_id) as subject_id,
        found.is_listed,
        found.is_revoking_all,
        found.listed_at,
        found.proof
    from found
    left join aliases on found.subject_id = aliases.old_subject_id
)

select * from final
