"""Name the Assets that tie the DAGs together: an event says "there is more in the database".

They carry no rows and no ids. Whoever wakes up by one works through all that is pending.
"""

from airflow.sdk import Asset

GROUP = "ringfence"

ACCEPTED_LEADS = Asset(
    name="ringfence.accepted_leads", uri="x-ringfence:landing/lead_records", group=GROUP
)
ACCEPTED_STOPS = Asset(name="ringfence.accepted_stops", uri="x-ringfence:ledger/stops", group=GROUP)
CALL_DECISIONS = Asset(
    name="ringfence.call_decisions", uri="x-ringfence:ledger/call_decisions", group=GROUP
)
PUBLISHED_LISTS = Asset(
    name="ringfence.published_lists", uri="x-ringfence:ledger/publications", group=GROUP
)
