"""Land what the sources have delivered: one DAG `ingest__<source_id>` for each valid register.

**Purpose.** Read a source's waiting files (or its query), take the stops in them at once, pass the
rest through the door check, and accept it as one batch, or reject it as one.

**Trigger.** The source's own `delivery.schedule`, in its time zone; without one, once an hour. In a
demo home by hand only. Each run works through everything that waits, whatever woke it. Airflow
sees a new or changed register within half a minute.

**A failure means** one of these; the task's log says which, where and what to do.
A *rejected delivery* (wrong shape, failed door check): not retried, since the file would say the
same again. Its objections and withdrawals count already. Other deliveries, other sources and
earlier batches are untouched; calls go on from what was accepted before.
A *wrong register or setting*: not retried. A lock held by somebody else, or Postgres being away:
retried three times.

**What to do.** Read the last lines of the log and the page "door checks" of the auditor's site.
Mend the file, or the mapping in `sources/<source_id>.yml` (`./ringfence sources check`), then
trigger this DAG again. A batch that was accepted and should not have been:
`./ringfence retract BATCH --reason …`.

**Safe to re-run?** Yes, always. A file that was accepted is a no-op, a rejected one is tried again,
and what a crash left behind is swept first.

A source without a DAG here has a fault in its register: see the import error of `source_faults.py`.
"""

from ringfence.dag_factories import ingest_sources

dags = ingest_sources(__doc__)
