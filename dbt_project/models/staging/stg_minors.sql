-- One row for each lead whose person is under age on one of the days decided for, with the day on
-- which that ends. The birth date itself stays in landing, and of whoever is of age nothing is
-- here. The newest record that gives a birth date is believed.
with

lead_records as (
    select * from {{ source('landing', 'lead_records') }}
),

batches as (
    select * from {{ ref('stg_batches') }}
),

call_dates as (
    select * from {{ ref('stg_call_dates') }}
),

first_days as (
    select min(call_dates.call_date) as call_date
    from call_dates
),

suspected as (
    select distinct lead_records.lead_id
    from lead_records
    cross join first_days
    where lead_records.birth_date > first_days.call_date - interval '18 years' - interval '1 day'
),

-- Who was born on 29 February comes of age on 1 March: 18 years later there is no 29th.
dated as (
    select distinct on (lead_records.lead_id)
        lead_records.lead_id,
        lead_records.controller_id,
        lead_records.person_ref,
        (lead_records.birth_date + interval '18 years')::date
        + case when to_char(lead_records.birth_date, 'MM-DD') = '02-29' then 1 else 0 end
            as adult_on
    from suspected
    inner join lead_records on suspected.lead_id = lead_records.lead_id
    inner join batches on lead_records.batch_id = batches.batch_id
    where lead_records.birth_date is not null
    order by
        lead_records.lead_id asc,
        batches.accepted_at desc,
        lead_records.record_id asc
),

final as (
    select
        dated.controller_id,
        dated.person_ref,
        dated.adult_on
    from dated
    cross join first_days
    where dated.adult_on > first_days.call_date
)

select * from final
