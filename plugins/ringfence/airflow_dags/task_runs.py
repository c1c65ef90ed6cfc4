"""Give a task its settings, and end it by what went wrong.

    RejectedBatch, Misconfigured  → FailedForGood: a retry would say the same
    every other RingfenceError    → Failed: retried (a lock is held, Postgres is away)
    anything else                 → Failed, told by its class and place alone

Both are SystemExits: the only way to fail a task of Airflow 3 that leaves our three lines in its
log and no traceback (an AirflowFailException adds some thirty lines). RETRY_POLICY tells them
apart. The text of an unexpected error is kept back: Postgres and Python quote values in theirs,
and a log is no place for a phone number.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.exceptions import AirflowException

from ringfence.airflow_dags.connections import resolve_database
from ringfence.errors import Misconfigured, RejectedBatch, RingfenceError
from ringfence.settings import Settings, load_settings

log = logging.getLogger("ringfence.task")


class Failed(SystemExit):
    """End a task that may succeed when it is tried again."""


class FailedForGood(SystemExit):
    """End a task that needs a person first."""


RETRY_POLICY = ExceptionRetryPolicy(
    rules=[RetryRule(FailedForGood, RetryAction.FAIL, reason="trying again would not help")]
)


@contextmanager
def working() -> Iterator[Settings]:
    """Yield the settings with the database resolved; errors leave as Failed or FailedForGood."""
    # Airflow turns the chatter of its import on: hundreds of lines a task.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    try:
        yield resolve_database(load_settings())
    except RingfenceError as error:
        log.error("%s", error)
        raise _ending(error) from None
    except AirflowException:
        raise
    except Exception as error:
        log.error("%s", describe(error))
        raise Failed(1) from None


def _ending(error: RingfenceError) -> SystemExit:
    is_final = isinstance(error, RejectedBatch | Misconfigured)
    return FailedForGood(error.exit_code) if is_final else Failed(error.exit_code)


def describe(error: Exception) -> str:
    """Say what an unexpected error is and where it arose, without the words it came with."""
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    lines = [f"An unexpected {name} ended this task."]
    if isinstance(error, psycopg.Error) and error.sqlstate:
        said = error.diag
        names = (said.schema_name, said.table_name, said.column_name, said.constraint_name)
        place = ".".join(part for part in names if part)
        lines.append(f"  Postgres: SQLSTATE {error.sqlstate} {place}".rstrip())
    lines += [
        f"  at {frame.filename}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    lines.append("  do:    look at the last place named; if it is ours, report these lines")
    return "\n".join(lines)
