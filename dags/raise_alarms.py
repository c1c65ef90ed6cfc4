"""Look for what somebody should be told, and tell it once.

**Purpose.** Notice what makes no noise of its own: no list half an hour after a campaign's cut-off,
a register about to go stale, a source that has fallen silent, a callable share off the median of
its last seven days. Rejected deliveries are told by `ingest__*` at once.

**Trigger.** Every half hour. In a demo home by hand only.

**A failure means** that the database cannot be read, or that the message could not be sent. The
first is itself told over the connection; the second stands in this log alone.

**What to do.** Follow the sentence of the alarm; it names the source, register or campaign. To be
told by mail or webhook, name an Airflow connection in `RINGFENCE_NOTIFY_CONN_ID`. Without one the
alarms stand in this log and in `ledger.audit_events`.

**Safe to re-run?** Yes. An alarm that was told is not repeated for twenty hours.
"""

from ringfence.dag_factories import raise_alarms

dag = raise_alarms(__doc__)
