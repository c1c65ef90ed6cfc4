"""Wire the DAGs: what runs when, how long it may take, how often it is tried again.

A file in dags/ holds a runbook (its docstring, shown in Airflow) and calls one function here.
Asset-triggered and manual runs have no logical date, so nothing here asks for one: every task
works through all that is pending in the database, at the database's own now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from airflow.sdk import DAG, Asset, task

from ringfence.airflow_dags import tasks, timetables
from ringfence.airflow_dags.task_runs import RETRY_POLICY
from ringfence.assets import ACCEPTED_LEADS, ACCEPTED_STOPS, CALL_DECISIONS, PUBLISHED_LISTS
from ringfence.errors import Misconfigured
from ringfence.home import Home
from ringfence.registers.load import load_registers
from ringfence.registers.sources import STOPS, Kind, Source
from ringfence.settings import Settings, check_folders, load_settings

OWNER = "ringfence"
START = datetime(2026, 1, 1, tzinfo=UTC)
RETRIES = 3
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)


class Tag(StrEnum):
    """Name the tags a DAG may carry in Airflow's list."""

    RINGFENCE = "ringfence"
    INGEST = "ingest"
    DECIDE = "decide"
    PUBLISH = "publish"
    GOVERN = "govern"


def ingest_sources(runbook: str) -> list[DAG]:
    """Build `ingest__<source_id>` for each valid source; `source_faults` tells of the others."""
    settings, mode = _home()
    registers, _ = load_registers(settings.registers, mode)
    return [_ingest(source, mode, runbook) for source in registers.sources]


def _ingest(source: Source, mode: str, runbook: str) -> DAG:
    outlets = [
        asset
        for asset, kinds in ((ACCEPTED_LEADS, {Kind.LEADS}), (ACCEPTED_STOPS, STOPS))
        if kinds & set(source.emits)
    ]
    with _dag(
        f"ingest__{source.source_id}",
        runbook,
        schedule=timetables.of_source(source, mode),
        tags=(Tag.INGEST,),
        title=source.title,
    ) as dag:
        _run(tasks.ingest_source, timedelta(hours=2), outlets)(source.source_id)
    return dag


def source_faults() -> None:
    """Raise one import error with every fault of every register; say nothing if there is none."""
    from ringfence.registers.load import check_registers

    settings, mode = _home()
    faults = [
        f"{fault.file.relative_to(settings.registers)}:{fault.line}: {fault.message}"
        for fault in check_registers(settings.registers, mode)
    ]
    if faults:
        raise Misconfigured(
            f"The registers have {len(faults)} fault{'s' if len(faults) > 1 else ''}:\n"
            + "\n".join(faults),
            where=str(settings.registers),
            remedy="mend the lines named; sources and campaigns without faults run meanwhile",
        )


def decide_calls(runbook: str) -> DAG:
    """Decide at the cut-off of each active campaign, and at no other time."""
    settings, mode = _home()
    registers, _ = load_registers(settings.registers, mode)
    schedule = timetables.at_cut_offs(registers.campaigns, mode)
    with _dag("decide_calls", runbook, schedule=schedule, tags=(Tag.DECIDE,)) as dag:
        _run(tasks.decide, timedelta(hours=1), [CALL_DECISIONS])()
    return dag


def publish_call_list(runbook: str) -> DAG:
    """Publish after each decision run.

    One task for all campaigns: a task's start costs 2-3 s of processor time, and the door check's
    libraries up to 10 s more, each time; on two cores six mapped tasks take longer than the work.
    The package keeps campaigns apart: a refused one is a report, the others are published, and a
    retry finds them unchanged.
    """
    schedule = [CALL_DECISIONS]
    with _dag("publish_call_list", runbook, schedule=schedule, tags=(Tag.PUBLISH,)) as dag:
        _run(tasks.publish_call_lists, timedelta(hours=1), [PUBLISHED_LISTS])()
    return dag


def recall_withdrawals(runbook: str) -> DAG:
    """Recall after each delivery of stops, and every five minutes: not all stops have an event.

    A run that changes nothing is skipped, so that the pages are not built anew each time.
    """
    _, mode = _home()
    schedule = timetables.after(ACCEPTED_STOPS, "*/5 * * * *", mode)
    with _dag("recall_withdrawals", runbook, schedule=schedule, tags=(Tag.PUBLISH,)) as dag:
        _run(tasks.recall_lists, timedelta(minutes=30), [PUBLISHED_LISTS])()
    return dag


def enforce_retention(runbook: str) -> DAG:
    """Delete what is due, once a night, before the first cut-off."""
    _, mode = _home()
    schedule = timetables.daily("0 2 * * *", mode)
    with _dag("enforce_retention", runbook, schedule=schedule, tags=(Tag.GOVERN,)) as dag:
        _run(tasks.apply, timedelta(hours=2))()
    return dag


def build_auditor_site(runbook: str) -> DAG:
    """Build the pages after each publication, and daily: a day without a list must show too."""
    _, mode = _home()
    schedule = timetables.after(PUBLISHED_LISTS, "30 6 * * *", mode)
    with _dag("build_auditor_site", runbook, schedule=schedule, tags=(Tag.GOVERN,)) as dag:
        _run(tasks.build, timedelta(minutes=30))()
    return dag


def raise_alarms(runbook: str) -> DAG:
    """Look every half hour for what somebody should be told."""
    _, mode = _home()
    schedule = timetables.daily("0,30 * * * *", mode)
    with _dag("raise_alarms", runbook, schedule=schedule, tags=(Tag.GOVERN,)) as dag:
        _run(tasks.due_alarms, timedelta(minutes=5), on_failure=tasks.tell_unchecked)()
    return dag


def _home() -> tuple[Settings, str]:
    """Return the settings and the home's mode, without a look at the database."""
    settings = load_settings()
    check_folders(settings)
    return settings, str(Home(settings.home).read_run().get("mode", "live"))


@contextmanager
def _dag(
    dag_id: str, runbook: str, *, schedule: Any, tags: tuple[Tag, ...], title: str = ""
) -> Iterator[DAG]:
    first_line = runbook.strip().splitlines()[0]
    with DAG(
        dag_id,
        description=title or first_line,
        doc_md=runbook,
        schedule=schedule,
        start_date=START,
        catchup=False,
        max_active_runs=1,
        tags=[tag.value for tag in (Tag.RINGFENCE, *tags)],
        default_args={
            "owner": OWNER,
            "retries": RETRIES,
            "retry_delay": FIRST_PAUSE,
            "retry_exponential_backoff": True,
            "max_retry_delay": LONGEST_PAUSE,
            "retry_policy": RETRY_POLICY,
        },
    ) as dag:
        yield dag


def _run(
    body: Callable[..., Any],
    timeout: timedelta,
    outlets: list[Asset] | None = None,
    on_failure: Callable[[Any], None] | None = None,
) -> Callable[..., Any]:
    """Make a task of a body; it is called like the body, and bears its name."""
    made: Callable[..., Any] = task(
        task_id=body.__name__,
        execution_timeout=timeout,
        outlets=outlets or [],
        on_failure_callback=on_failure,
    )(body)
    return made
