"""Decide about every candidate of every campaign, for today's calls.

**Purpose.** Draw one instant of knowledge, build facts, rules and verdicts in one dbt build, and
freeze what changed in the ledger. What is not known counts as "no".

**Trigger.** The cut-off of each active campaign (`cut_off` and `timezone` in `campaigns/*.yml`),
and nothing else: not the arrival of data. A cut-off missed while Airflow's scheduler was down is
made up for once, when it is back. In a demo home by hand only.

**A failure means** that there are no decisions of today, so no list will be published: nobody is
called. Yesterday's list has ended by itself.
*Registers with faults* are not retried (see `source_faults.py`). A lock, a failed model or a lost
connection is retried three times; a retry takes up the run it began, at the same instant.

**What to do.** Read the log: a failed model or check is named there, the rest of dbt's own log lies
in the home under `dbt/logs`. Mend it, then trigger a new run of this DAG. Clearing a task that
succeeded decides nothing again: it reports the run there was.

**Safe to re-run?** Yes. A later run replaces an earlier one; the ledger grows only by what changed.
A past day is never decided here: `./ringfence replay --date …` rebuilds it beside the present.
"""

from ringfence.dag_factories import decide_calls

dag = decide_calls(__doc__)
