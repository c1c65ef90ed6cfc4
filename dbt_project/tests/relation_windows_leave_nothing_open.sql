-- A blank cell would take a country's own row away, and leave its customers to the general one.
select
    relation_windows.country_code,
    relation_windows.sector,
    relation_windows.kind
from {{ ref('relation_windows') }} as relation_windows
where
    relation_windows.country_code is null
    or relation_windows.sector is null
    or relation_windows.kind is null
    or relation_windows.valid_from is null
    or relation_windows.valid_from > relation_windows.valid_to
    or relation_windows.is_beside_consent is null
    or relation_windows.legal_citation is null
    or relation_windows.confidence not in ('high', 'medium', 'low')
    or relation_windows.confidence is null
