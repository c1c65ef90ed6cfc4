"""Publish the call list of every campaign from the newest decisions.

**Purpose.** Check the rows at the outgoing door, take a last look for stops that came since the
decision, write the file, sign its manifest. No row leaves without a ground that is on record.

**Trigger.** Each run of `decide_calls` that succeeds (Airflow's Asset `ringfence.call_decisions`).
Several of them while one run is under way become one more run.

**A failure means** that at least one campaign has no new list; the log names it and why. The other
campaigns are published. A list that was begun is finished or voided by the next run, never left
half visible. A campaign under `./ringfence stop` is no failure: it is reported as stopped.

**What to do.** Read the reason. A failed door check: see the page "door checks" of the auditor's
site, mend the cause, run `decide_calls` again. A full disk or a lost connection: trigger this DAG.

**Safe to re-run?** Yes. A list that this decision run has published stays as it is, byte for byte;
a newer decision run makes a superseding edition. A past or replayed day is refused.
"""

from ringfence.dag_factories import publish_call_list

dag = publish_call_list(__doc__)
