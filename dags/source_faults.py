"""Show every fault of every register as one Airflow import error; this file builds no DAG.

**Purpose.** A register with a fault must be seen, and must not take the DAGs of the others down.
Sources and campaigns without faults run on meanwhile.

**Trigger.** Airflow's DAG processor reads this file every half minute.

**A failure means** that the import error of this file lists faults as `file:line: what is wrong`.
The sources named have no DAG; a run of `decide_calls` refuses to begin until all are mended, for a
decision must know every register.

**What to do.** Mend the lines named. `./ringfence sources check` says the same in a terminal.

**Safe to re-run?** Yes, it only reads. The error goes away with the last fault.
"""

from ringfence.dag_factories import source_faults

source_faults()
