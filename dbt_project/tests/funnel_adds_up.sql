select call_funnel.campaign_id
from {{ ref('call_funnel') }} as call_funnel
where
    call_funnel.count_candidates
    <> call_funnel.count_callable + call_funnel.count_blocked + call_funnel.count_undetermined
