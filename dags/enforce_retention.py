"""Delete what may no longer be kept, and leave a receipt.

**Purpose.** Erase the personal values of leads whose time has come, and list files past their days;
the facts without names stay, so that suppression outlives erasure.

**Trigger.** Every night at 02:00 UTC, before the first cut-off. In a demo home by hand only.

**A failure means** that some of what is due still lies there. Batches that were deleted have their
receipt; calls are not affected, for what has lapsed is never callable.

**What to do.** Read the log in Airflow, mend the cause, trigger the DAG again.
`./ringfence retention plan` shows what is due and what is kept for which reason; it deletes
nothing.

**Safe to re-run?** Yes. It deletes what is due by now, in batches, and what is gone is gone.
"""

from ringfence.dag_factories import enforce_retention

dag = enforce_retention(__doc__)
