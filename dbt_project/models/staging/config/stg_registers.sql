-- One row for each register, or each of its required members, that a country's law names in a
-- period. What the seed leaves open or spells in a way nobody knows is read as what allows less.
with

registers as (
    select * from {{ ref('registers') }}
),

final as (
    select
        registers.country_code,
        registers.audience,
        registers.line_type,
        registers.valid_from,
        registers.valid_to,
        member.register_id,
        registers.register_name,
        coalesce(registers.key in ('e164', 'hash'), false) as is_matched_by_number,
        coalesce(registers.shape not in ('snapshot', 'person_match'), true) as is_asked,
        coalesce(registers.listed_means not in ('nothing', 'consent'), true) as is_listing_blocking,
        coalesce(registers.absent_means <> 'nothing', true) as is_absence_blocking,
        coalesce(registers.against_consent, 'blocks') as against_consent,
        coalesce(registers.against_customer = 'yields', false) as is_customer_first,
        registers.fresh_rule,
        split_part(registers.fresh_rule, ':', 1) as fresh_way,
        split_part(registers.fresh_rule, ':', 2) as fresh_argument
    from registers
    cross join
        string_to_table(
            coalesce(nullif(registers.members_required, ''), registers.register_id), ' '
        ) as member (register_id)
)

select * from final
