"""Start one of Airflow's commands with the tasks' heavy libraries already in memory.

The local executor forks a process for every task. What the scheduler has imported before, each
task finds there; what it has not, each task imports again (Great Expectations alone: 5 s).
    python -m ringfence.services.airflow_launch scheduler --skip-serve-logs
"""

from __future__ import annotations

import contextlib
import importlib
import sys

# Libraries only, none of our own modules: a changed file of ours counts from the next task on.
PRELOADED = (
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
    "airflow.providers.standard.operators.python",
    "psycopg",
    "great_expectations",
    "dbt.cli.main",
    "dbt.adapters.postgres",
)


def main() -> None:
    """Import what tasks need if this is the scheduler, then become the Airflow command."""
    if "scheduler" in sys.argv[1:2]:
        for name in PRELOADED:
            with contextlib.suppress(ImportError):  # then the task that needs it will say so
                importlib.import_module(name)
    from airflow.__main__ import main as airflow_main

    sys.argv[0] = "airflow"
    airflow_main()


if __name__ == "__main__":
    main()
