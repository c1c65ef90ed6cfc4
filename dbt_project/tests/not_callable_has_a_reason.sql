select call_decisions.candidate_id
from {{ ref('call_decisions') }} as call_decisions
where call_decisions.verdict <> 'callable' and call_decisions.first_reason_code is null
