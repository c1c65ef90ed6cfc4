"""Give a task its settings, and end it by what went wrong.

    RejectedBatch, Misconfigured  → FailedForGood: a retry would say the same
    every other RingfenceError    → Failed: retried (a lock is held, Postgres is away)
    an OSError (the disk is full) → Failed, as a sentence
    anything else                 → Failed, told by its class and place alone

Both are SystemExits: the only way to fail a task of Airflow 3 that leaves our three lines in its
log and no traceback (an AirflowFailException adds some thirty lines). RETRY_POLICY tells them
apart. The text of an unexpected error is kept back: Postgres and Python quote values in theirs,
and a log is no place for a phone number.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.exceptions import AirflowException

from ringfence.airflow_dags.connections import resolve_database
from ringfence.errors import Misconfigured, RejectedBatch, RingfenceError
from ringfence.settings import Settings, check_folders, load_settings, settle_environment
from ringfence.unforeseen import describe, is_no_room, refusal_of

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
        settle_environment()
        settings = load_settings()
        check_folders(settings)
        yield resolve_database(settings)
    except RingfenceError as error:
        log.error("%s", error)
        raise _ending(error) from None
    except AirflowException:
        raise
    except Exception as error:
        is_told = isinstance(error, OSError) or is_no_room(error)
        log.error("%s", refusal_of(error) if is_told else describe(error))
        raise Failed(1) from None


def _ending(error: RingfenceError) -> SystemExit:
    is_final = isinstance(error, RejectedBatch | Misconfigured)
    return FailedForGood(error.exit_code) if is_final else Failed(error.exit_code)
