-- One row for each candidate with any consent on record: the best of them. A renewal counts only
-- after a grant that had not ended when it was renewed. The newest wins among equals, then the
-- lowest id.
{{ config(post_hook="analyze {{ this }}") }}

with

grants as {{ inlined() }} (
    select * from {{ ref('int_grants') }}
),

founded_renewals as (
    select
        renewals.candidate_id,
        renewals.event_id,
        max(givens.lifts_from) as given_from
    from grants as renewals
    inner join grants as givens
        on
            renewals.candidate_id = givens.candidate_id
            and renewals.is_same_controller = givens.is_same_controller
            and renewals.is_same_purpose = givens.is_same_purpose
            and renewals.person_ref is not distinct from givens.person_ref
    where
        renewals.event_type = 'renewed'
        and givens.event_type = 'given'
        and givens.is_provable
        and givens.effective_at < renewals.effective_at
        and coalesce(givens.ends_at >= renewals.effective_at, true)
    group by renewals.candidate_id, renewals.event_id
),

founded as (
    select
        grants.*,
        case
            when grants.event_type = 'given' or founded_renewals.event_id is not null
                then grants.standing
            else 'missing'
        end as founded_standing,
        case
            when grants.event_type = 'given' or founded_renewals.event_id is not null
                then grants.shortfall
            else coalesce(grants.shortfall, 'renewal_without_grant')
        end as founded_shortfall,
        -- A renewal is only as much as the grant it renews.
        case grants.event_type
            when 'given' then grants.lifts_from
            else founded_renewals.given_from
        end as given_from
    from grants
    left join founded_renewals
        on
            grants.candidate_id = founded_renewals.candidate_id
            and grants.event_id = founded_renewals.event_id
),

final as (
    select distinct on (founded.candidate_id)
        founded.candidate_id,
        founded.founded_standing as standing,
        founded.event_id,
        founded.person_ref,
        founded.source_id,
        founded.effective_at,
        founded.given_from,
        founded.ends_at,
        founded.founded_shortfall as shortfall
    from founded
    order by
        founded.candidate_id asc,
        case founded.founded_standing
            when 'valid' then 1
            when 'expired' then 2
            when 'evidence_missing' then 3
            when 'purpose_mismatch' then 4
            when 'controller_mismatch' then 5
            else 6
        end asc,
        founded.effective_at desc nulls last,
        founded.event_id asc
)

select * from final
