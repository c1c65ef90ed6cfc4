"""Do in one process what the DAGs do: ingest every source, decide, publish, build the site."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence import auditor_site, clock
from ringfence.database import connect, held
from ringfence.decision.decide import DecisionReport, decide
from ringfence.errors import MachineFault
from ringfence.landing.batches import BatchReport, summary_of_batches
from ringfence.landing.ingest import ingest_source, sources_in_order
from ringfence.publish import PublicationReport, publish_call_lists
from ringfence.publish.model import summary_of_publications
from ringfence.settings import Settings
from ringfence.steps import Step
from ringfence.unforeseen import refusal_of


@dataclass(frozen=True)
class DayReport:
    """Hold what a day's stages reported."""

    batches: list[BatchReport]
    decision: DecisionReport
    publications: list[PublicationReport]
    failed: dict[str, str]
    """Why a source as a whole could not be ingested, by its id."""


def run_day(settings: Settings, step: Step) -> DayReport:
    """Run the whole day; a rejected delivery does not stop the others.

    Raises Busy while another day is being run.
    """
    with (
        connect(settings, name="run-day", autocommit=True) as connection,
        held(connection, "run-day"),
    ):
        return _run(settings, step, clock.mode(connection))


def _run(settings: Settings, step: Step, mode: str) -> DayReport:
    reports: list[BatchReport] = []
    failed: dict[str, str] = {}
    for source in sources_in_order(settings, mode):
        try:
            with step(f"ingest {source.source_id}") as line:
                found = ingest_source(settings, source.source_id)
                line.says(summary_of_batches(found))
        except Exception as error:  # as its DAG would: it fails, the other sources go on
            told = refusal_of(error)
            if isinstance(told, MachineFault):
                raise told from None
            failed[source.source_id] = str(told)
        else:
            reports += found
    with step("decide") as line:
        decision = decide(settings)
        totals = decision.totals
        line.says(
            f"{totals['count_candidates']:,} candidates: {totals['count_callable']:,} callable,"
            f" {totals['count_blocked']:,} blocked, {totals['count_undetermined']:,} undetermined"
        )
    with step("publish") as line:
        publications = publish_call_lists(settings)
        line.says(summary_of_publications(publications))
    with step("build the auditor's site") as line:
        line.says(str(auditor_site.build(settings)))
    return DayReport(reports, decision, publications, failed)
