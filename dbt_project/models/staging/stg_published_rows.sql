-- One row for each number on each list that left the house, as far as was known at the run's
-- instant. One that was recalled stays: it may have been called before.
with

publications as (
    select * from {{ source('ledger', 'publications') }}
),

publication_rows as (
    select * from {{ source('ledger', 'publication_rows') }}
),

publication_removals as (
    select * from {{ source('ledger', 'publication_removals') }}
),

config_versions as (
    select * from {{ source('ledger', 'config_versions') }}
),

aliases as (
    select * from {{ ref('stg_subject_aliases') }}
),

run as (
    select * from {{ ref('stg_run') }}
),

-- A campaign that is over, or in no register any more, has used attempts all the same.
controllers as (
    select distinct on (listed.campaign ->> 'campaign_id')
        listed.campaign ->> 'campaign_id' as campaign_id,
        listed.campaign ->> 'controller' as controller_id
    from (
        select
            config_versions.seq,
            jsonb_array_elements(config_versions.content) as campaign
        from config_versions
        cross join run
        where
            config_versions.kind = 'campaigns'
            and config_versions.accepted_at <= run.known_as_of
    ) as listed
    order by listed.campaign ->> 'campaign_id', listed.seq desc
),

final as (
    select
        publications.list_id,
        publications.campaign_id,
        controllers.controller_id,
        publications.call_date,
        publications.edition,
        publications.valid_until,
        publication_rows.call_ref,
        coalesce(aliases.new_subject_id, publication_rows.subject_id) as subject_id
    from publications
    cross join run
    inner join publication_rows on publications.list_id = publication_rows.list_id
    left join controllers on publications.campaign_id = controllers.campaign_id
    left join publication_removals
        on
            publication_rows.list_id = publication_removals.list_id
            and publication_rows.subject_id = publication_removals.subject_id
            and publication_removals.reason = 'last_look'
            and run.known_as_of >= publication_removals.removed_at
    left join aliases on publication_rows.subject_id = aliases.old_subject_id
    where
        publications.status = 'published'
        and publications.recorded_at <= run.known_as_of
        and publication_removals.list_id is null
)

select * from final
