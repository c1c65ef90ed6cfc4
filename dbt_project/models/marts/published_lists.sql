{#- A view on the ledger: a list that was published after the build is here at once. -#}
{{ config(materialized="view") }}

with

publications as (
    select * from {{ source('ledger', 'publications') }}
),

publication_removals as (
    select * from {{ source('ledger', 'publication_removals') }}
),

steps as (
    select
        publications.list_id,
        min(publications.recorded_at) filter (where publications.status = 'prepared')
            as prepared_at,
        min(publications.recorded_at) filter (where publications.status = 'published')
            as published_at
    from publications
    group by publications.list_id
),

present as (
    select distinct on (publications.list_id) publications.*
    from publications
    order by publications.list_id asc, publications.seq desc
),

removals as (
    select
        publication_removals.list_id,
        count(*) filter (
            where publication_removals.reason in ('last_look', 'other_list')
        )
            as count_removed_at_last_look,
        count(distinct publication_removals.subject_id) as count_removed
    from publication_removals
    group by publication_removals.list_id
),

final as (
    select
        present.list_id,
        present.campaign_id,
        present.call_date,
        present.edition,
        present.run_id,
        present.status,
        present.status = 'published' as is_current,
        present.count_rows as count_prepared,
        coalesce(removals.count_removed_at_last_look, 0) as count_removed_at_last_look,
        case
            when steps.published_at is not null
                then
                    present.count_rows - coalesce(removals.count_removed_at_last_look, 0)
        end as count_published,
        case
            when steps.published_at is not null
                then present.count_rows - coalesce(removals.count_removed, 0)
        end as count_kept,
        steps.prepared_at,
        steps.published_at,
        present.valid_until,
        present.file_sha256,
        present.manifest_sha256
    from present
    inner join steps on present.list_id = steps.list_id
    left join removals on present.list_id = removals.list_id
)

select * from final
