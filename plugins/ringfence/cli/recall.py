"""Recall rows of lists that are out, and say elsewhere that there are some to recall."""

from __future__ import annotations

from dataclasses import asdict

import click

from ringfence.cli import terminal
from ringfence.cli.context import working_home
from ringfence.database import connect
from ringfence.errors import Refusal
from ringfence.settings import Settings


@click.command("recall")
@click.option("--campaign", "campaign_id", help="One campaign; every one without this.")
@click.option("--json", "json_", is_flag=True, help="For machines.")
def recall_command(campaign_id: str | None, json_: bool) -> None:
    """Take out of the lists that are out whoever was stopped since, or has lost the ground."""
    from ringfence.publish.recall import recall_lists

    with working_home(is_brake=True) as settings:
        reports = recall_lists(settings, campaign_id=campaign_id)
    refused = [report for report in reports if report.status == "refused"]
    if json_:
        terminal.as_json([asdict(report) for report in reports])
    else:
        terminal.table(
            "Recall",
            ("list", "edition", "recalled rows", "file"),
            [
                (f"{one.campaign_id} {one.call_date}", one.edition, one.count_recalled,
                 one.path or "none")
                for one in reports
                if one.status != "refused"
            ],
        )  # fmt: skip
        for one in reports:
            if one.new_edition:
                terminal.say(
                    f"{one.campaign_id}: edition {one.new_edition} supersedes edition"
                    f" {one.edition}. Load it; or have the dialler take out what the file names."
                )
        told = {f"{one.campaign_id}: {one.reason}" for one in reports if one.reason}
        for sentence in sorted(told if not refused else ()):
            terminal.say(sentence)
        if all(report.status == "unchanged" for report in reports):
            terminal.say("Nothing to recall; nothing was changed.")
    if refused:
        raise Refusal(
            "\n".join(str(report.reason) for report in refused),
            where=", ".join(report.campaign_id for report in refused),
            remedy="mend what the reason says, then `./ringfence recall`",
        )


def rows_to_recall(settings: Settings, campaign_id: str | None = None) -> int:
    """Return how many rows of the lists that are out a recall would take out."""
    from ringfence.publish.recalled_rows import count_to_recall

    with connect(settings, name="ringfence recall") as connection:
        return count_to_recall(connection, campaign_id)


def tell_rows_to_recall(count: int) -> None:
    """Say how many rows are out that should not be, and what takes them out."""
    if count:
        rows, them = ("1 row", "it") if count == 1 else (f"{count:,} rows", "them")
        terminal.say(
            f"Do now: {rows} of lists that are out and still valid must not be called any more:"
            f" `./ringfence recall` takes {them} out, and writes {them} down for the dialler."
        )
