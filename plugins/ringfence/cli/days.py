"""Do the way of the data: demo, run-day, ingest, decide, publish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ringfence import clock
from ringfence.cli import terminal
from ringfence.cli.closing import print_closing_table
from ringfence.cli.context import chosen_settings, working_home
from ringfence.database import connect
from ringfence.decision.funnel import report_state
from ringfence.errors import Refusal

if TYPE_CHECKING:
    from ringfence.decision.decide import DecisionReport
    from ringfence.publish import PublicationReport
    from ringfence.settings import Settings


@click.command("demo")
def demo_command() -> None:
    """Run the shipped sample day through a real scheduler, from files to signed call lists."""
    from ringfence.demo import run_demo

    run_demo(chosen_settings(), step=terminal.step, say=terminal.say, close=print_closing_table)


@click.command("run-day")
@click.option("--json", "json_", is_flag=True, help="For machines.")
def run_day_command(json_: bool) -> None:
    """Do the whole day in this process, without the scheduler."""
    from ringfence.run_day import run_day

    with working_home() as settings:
        report = run_day(settings, terminal.quiet_step if json_ else terminal.step)
        if json_:
            terminal.as_json(asdict(report))
        else:
            print_closing_table(settings, report.publications)
            tell_unchanged(report.publications)
        warn_of_unclaimed(settings)
    refuse_failed(report.failed)
    refuse_left_out(report.decision)
    refuse_refused(report.publications)


@click.command("ingest")
@click.argument("source_id")
@click.option("--published-at", type=click.DateTime(), help="The date of the files, in UTC.")
@click.option("--again", is_flag=True, help="Land files that were retracted once more.")
@click.option("--json", "json_", is_flag=True, help="For machines.")
def ingest_command(source_id: str, published_at: datetime | None, again: bool, json_: bool) -> None:
    """Land what waits in a source's inbox."""
    from ringfence.landing.batches import summary_of_batches
    from ringfence.landing.ingest import ingest_source

    with working_home() as settings:
        reports = ingest_source(
            settings,
            source_id,
            published_at=published_at.replace(tzinfo=UTC) if published_at else None,
            progress=None if json_ else terminal.progress("rows read"),
            again=again,
        )
        warn_of_unclaimed(settings)
    if json_:
        terminal.as_json([asdict(report) for report in reports])
    else:
        terminal.say(f"{source_id}: {summary_of_batches(reports)}")
    rejected = [report.reason for report in reports if report.status == "rejected"]
    if rejected:
        raise Refusal("\n".join(str(reason) for reason in rejected))


@click.command("decide")
@click.option("--json", "json_", is_flag=True, help="For machines.")
def decide_command(json_: bool) -> None:
    """Decide about every candidate as of now, for today's calls."""
    from ringfence.decision.decide import decide

    with working_home() as settings:
        report = decide(settings)
        if json_:
            terminal.as_json(asdict(report))
        else:
            print_closing_table(settings)
    refuse_left_out(report)


@click.command("publish")
@click.option("--campaign", "campaign_id", help="One campaign; all of them without this.")
@click.option("--json", "json_", is_flag=True, help="For machines.")
def publish_command(campaign_id: str | None, json_: bool) -> None:
    """Publish the call lists of the last decision run."""
    from ringfence.publish import publish_call_lists

    with working_home() as settings:
        reports = publish_call_lists(settings, campaign_id=campaign_id)
        with connect(settings, name="ringfence publish") as connection:
            states = [report_state(connection, report) for report in reports]
    if json_:
        terminal.as_json([asdict(report) for report in reports])
    else:
        terminal.table(
            "Call lists",
            ("campaign", "status", "rows"),
            [
                (report.campaign_id, state, report.count_rows)
                for report, state in zip(reports, states, strict=True)
            ],
        )
        tell_unchanged(reports)
    refuse_refused(reports)


def warn_of_unclaimed(settings: Settings) -> None:
    """Say what lies in the inbox and is no source's."""
    from ringfence.landing.ingest import sources_in_order
    from ringfence.landing.unheard import unclaimed

    with connect(settings, name="ringfence inbox") as connection:
        mode = clock.mode(connection)
    for told in unclaimed(settings, sources_in_order(settings, mode)):
        terminal.warn(told)


def tell_unchanged(reports: Sequence[PublicationReport]) -> None:
    """Say what is to be known of a list that stays out."""
    for report in reports:
        if report.status == "unchanged" and report.reason:
            terminal.say(f"{report.campaign_id}: {report.reason}")


def refuse_failed(failed: dict[str, str]) -> None:
    """Return 1 to the shell when a source could not be ingested; the others are."""
    if failed:
        raise Refusal(
            "\n".join(f"The source {source_id} failed: {why}" for source_id, why in failed.items()),
            where=", ".join(f"source {source_id}" for source_id in failed),
            remedy="mend what the reason says, then `./ringfence run-day`",
        )


def refuse_left_out(report: DecisionReport) -> None:
    """Return 1 to the shell when entries of the registers did not count; all others are decided."""
    if report.left_out:
        raise Refusal(
            "What has faults was left out; all else is decided:\n" + "\n".join(report.left_out),
            remedy="mend the lines named, then `./ringfence decide`",
        )


def refuse_refused(reports: Sequence[PublicationReport]) -> None:
    """Return 1 to the shell when a campaign's list was refused; the others are out."""
    refused = [report for report in reports if report.status == "refused"]
    if refused:
        raise Refusal(
            "\n".join(str(report.reason) for report in refused),
            where=", ".join(report.campaign_id for report in refused),
            remedy="mend what the reason says, then `./ringfence publish`",
        )
