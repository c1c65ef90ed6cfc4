"""Hold the bodies of the tasks; each is named for the package function it calls.

What a task returns goes to Airflow's XCom, which is plain text in its database: ids, paths and
counts. The package is imported when a task runs, so that parsing stays quick.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from ringfence.airflow_dags.connections import find_url
from ringfence.airflow_dags.task_runs import working
from ringfence.errors import Refusal, RejectedBatch
from ringfence.settings import Settings

if TYPE_CHECKING:
    from ringfence.decision.decide import DecisionReport
    from ringfence.landing.batches import BatchReport
    from ringfence.publish import PublicationReport
    from ringfence.publish.recall import RecallReport

log = logging.getLogger("ringfence.task")
RUNS = UUID("6a1f5d7e-0b1c-5c53-9d0e-2f4b7a9c8e11")
"""Namespace of decision run ids, so that a retry finds the run it began."""


def ingest_source(source_id: str) -> None:
    """Land what waits for a source; a rejected delivery fails the task after its stops counted."""
    with working() as settings:
        from ringfence.landing import ingest

        reports = ingest.ingest_source(settings, source_id, resolve=find_url)
        _hand_over(reports)
        _refuse_rejected(settings, reports)


def decide(dag_run: Any) -> dict[str, Any]:
    """Decide about every candidate; the Airflow run names the decision run, a retry resumes it."""
    with working() as settings:
        from ringfence.decision import decide as stage

        report = stage.decide(settings, run_id=_run_id(dag_run))
        _warn_left_out(report)
        return {**_plain(report), "models": len(report.models)}


def publish_call_lists() -> None:
    """Publish every campaign's list; what one is refused for does not keep the others back."""
    with working() as settings:
        from ringfence import publish

        reports = publish.publish_call_lists(settings)
        _hand_over(reports)
        _refuse_refused(reports)


def recall_lists() -> None:
    """Recall from every list that is out; a run that changes nothing is skipped."""
    with working() as settings:
        from ringfence.publish import recall

        reports = recall.recall_lists(settings)
        _hand_over(reports)
        _end_recall(reports)


def apply() -> dict[str, Any]:
    """Delete what is due, in batches, and return the receipt."""
    with working() as settings:
        from ringfence import retention

        return _plain(retention.apply(settings))


def build() -> str:
    """Build the auditor's pages and return where they begin."""
    with working() as settings:
        from ringfence import auditor_site

        return str(auditor_site.build(settings))


def due_alarms() -> list[dict[str, Any]]:
    """Look for what somebody should be told, and tell it once."""
    with working() as settings:
        from ringfence import alarms, database, notify

        with database.connect(settings, name="alarms", autocommit=True) as connection:
            due = alarms.due_alarms(connection, settings)
            return [_plain(alarm) for alarm in notify.notify(settings, connection, due)]


def tell_unchecked(context: Any) -> None:
    """Tell that the alarms themselves could not be looked for; needs no database."""
    with working() as settings:
        from ringfence import alarms, notify

        notify.send(settings.notify_conn_id, [alarms.unchecked(context["dag"].dag_id)])


def _tell_rejected(settings: Settings, rejected: Iterable[BatchReport]) -> None:
    """Tell about rejected deliveries; a mail server that is down must not hide the rejection."""
    from ringfence import alarms, database, notify

    try:
        with database.connect(settings, name="alarms", autocommit=True) as connection:
            notify.notify(settings, connection, alarms.of_rejected(rejected))
    except Exception as error:
        log.error("This alarm could not be sent (%s).", type(error).__name__)


def _hand_over(reports: Sequence[Any]) -> None:
    """Log all reports and keep them as the task's return value, whether or not it fails next."""
    from airflow.sdk import BaseXCom, get_current_context

    plain = [_plain(report) for report in reports]
    for report in plain:
        log.info("%s", json.dumps({name: value for name, value in report.items() if value}))
    get_current_context()["ti"].xcom_push(key=BaseXCom.XCOM_RETURN_KEY, value=plain)


def _run_id(dag_run: Any) -> UUID:
    return uuid5(RUNS, f"{dag_run.dag_id}/{dag_run.run_id}")


def _warn_left_out(report: DecisionReport) -> None:
    for fault in report.left_out:
        log.warning("Left out: %s", fault)


def _refuse_rejected(settings: Settings, reports: Sequence[BatchReport]) -> None:
    rejected = [report for report in reports if report.status == "rejected"]
    if rejected:
        _tell_rejected(settings, rejected)
        raise RejectedBatch(
            "\n".join(f"{report.reason}\n  batch: {report.batch_id}" for report in rejected),
            code=str(rejected[0].reason_code),
        )


def _refuse_refused(reports: Iterable[PublicationReport]) -> None:
    refused = [report for report in reports if report.status == "refused"]
    if refused:
        raise Refusal(
            "\n".join(
                f"{report.campaign_id} has no new list: {report.reason}" for report in refused
            )
        )


def _end_recall(reports: Sequence[RecallReport]) -> None:
    refused = [report for report in reports if report.status == "refused"]
    if refused:
        raise Refusal(
            "\n".join(
                f"{one.campaign_id} could not be recalled from: {one.reason}" for one in refused
            )
        )
    if all(report.status == "unchanged" for report in reports):
        from airflow.sdk.exceptions import AirflowSkipException

        raise AirflowSkipException("Nothing to recall; nothing was changed.")


def _plain(report: Any) -> dict[str, Any]:
    """Turn a report into JSON: ids, dates and paths become text."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(report), default=str))
    return plain
