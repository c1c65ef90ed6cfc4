select country_call_policy.country_code
from {{ ref('country_call_policy') }} as country_call_policy
left join {{ ref('territories') }} as territories
    on country_call_policy.country_code = territories.region
where
    country_call_policy.country_code <> '*'
    and territories.law_country is distinct from country_call_policy.country_code
