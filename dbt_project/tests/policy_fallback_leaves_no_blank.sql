-- The row `*` fills the blanks of all others, so it may have none where a rule reads.
select country_call_policy.country_code
from {{ ref('country_call_policy') }} as country_call_policy
where country_call_policy.country_code = '*'
group by country_call_policy.country_code
having
    count(*) <> 1
    or count(country_call_policy.call_weekdays) <> 1
    or count(country_call_policy.call_start_local) <> 1
    or count(country_call_policy.call_end_local) <> 1
    or count(country_call_policy.public_holidays_allowed) <> 1
    or count(country_call_policy.max_attempts) <> 1
    or count(country_call_policy.attempts_window_days) <> 1
    or count(country_call_policy.after_refusal) <> 1
    or count(country_call_policy.consent_max_age_days) <> 1
    or count(country_call_policy.consent_max_age_scope) <> 1
