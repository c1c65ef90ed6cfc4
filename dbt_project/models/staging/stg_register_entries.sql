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
    select distinct on (screenings.register_id, screenings.subject_id)
        screenings.register_id,
        screenings.subject_id,
        screenings.is_listed
    from screenings
    cross join run
    where screenings.screened_at <= run.known_as_of
    order by screenings.register_id asc, screenings.subject_id asc, screenings.seq desc
),
{%- else -%}
register_entries as (
    select * from {{ source('landing', 'register_entries') }}
),

found as (
    select
        register_entries.register_id,
        register_entries.subject_id,
        true as is_listed
    from register_entries
),
{%- endif %}

aliases as (
    select * from {{ ref('stg_subject_aliases') }}
),

final as (
    select
        found.register_id,
        coalesce(aliases.new_subject_id, found.subject_id) as subject_id,
        found.is_listed
    from found
    left join aliases on found.subject_id = aliases.old_subject_id
)

select * from final
