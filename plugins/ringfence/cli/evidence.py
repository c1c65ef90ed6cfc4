"""Show the evidence: explain a number, verify lists and ledgers, build the site, replay a day."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from ringfence import clock
from ringfence.cli import terminal
from ringfence.cli.asking import ask_number
from ringfence.cli.context import working_home
from ringfence.errors import Refusal
from ringfence.home import Home
from ringfence.settings import load_settings


@click.command("explain")
@click.option("--country", help="Country of a number in national notation (GB, DE, …).")
@click.option("--date", "call_date", type=click.DateTime(["%Y-%m-%d"]), help="The day asked for.")
@click.option("--json", "json_", is_flag=True, help="For machines.")
def explain_command(country: str | None, call_date: datetime | None, json_: bool) -> None:
    """Tell a number's story: may it be called, why, and all that led there (number by prompt)."""
    from ringfence.explain import explain

    number = ask_number()
    with working_home() as settings:
        told = explain(settings, number, country, call_date=call_date.date() if call_date else None)
    if json_:
        terminal.as_json(told.as_dict())
    else:
        terminal.plain(told.text)


@click.command("verify")
@click.argument("path")
@click.option("--key", help="A public key file or fingerprint you trust; else this home's own.")
def verify_command(path: str, key: str | None) -> None:
    """Prove a published list by its manifest (PATH), or the ledgers (PATH is `ledger`)."""
    if path == "ledger":
        _verify_ledger()
        return
    from ringfence.publish.verify import verify_manifest

    known = key or Home(load_settings().home).read_run().get("key_fingerprint")
    report = verify_manifest(Path(path), known, now=clock.without_database())
    for check in report.checks:
        mark = "[green]✓[/green]" if check.is_passed else "[red]✗[/red]"
        terminal.say(f"{mark if check.is_compared else '[yellow]–[/yellow]'} {check.sentence}")
    if known and not key:
        terminal.say(
            f"Trusted: {known}, this home's own key. That proves that nobody changed the files"
            " since, not who made them; with --key you say whom you trust."
        )
    if not report.is_passed:
        raise Refusal("This list does NOT verify.", where=path, remedy="do not dial from it")
    if report.has_files:
        terminal.say("This list verifies.")
    else:
        terminal.say("The manifest verifies. The list's files are gone; no row can be compared.")


def _verify_ledger() -> None:
    from ringfence.database import connect
    from ringfence.ledger.verify_ledger import verify_ledger

    with working_home() as settings, connect(settings, name="ringfence verify") as connection:
        report = verify_ledger(connection, settings)
    for sentence in report.sentences:
        terminal.say(sentence)
    if not report.is_passed:
        raise Refusal("The ledger does NOT verify.", remedy="restore it, and ask who had access")
    terminal.say("The ledger verifies.")


@click.group("site")
def site_command() -> None:
    """Build the auditor's pages, or say where they lie."""


@site_command.command("build")
def site_build_command() -> None:
    """Build the static, self-contained site."""
    from ringfence import auditor_site

    with working_home() as settings, terminal.step("build the auditor's site") as line:
        line.says(str(auditor_site.build(settings)))


@site_command.command("open")
def site_open_command() -> None:
    """Open the site in a browser."""
    index = Home(load_settings().home).site / "index.html"
    if not index.exists():
        raise Refusal("There is no site yet.", remedy="run `./ringfence site build`")
    terminal.say(str(index))
    click.launch(index.as_uri())


@click.command("replay")
@click.option("--date", "call_date", required=True, type=click.DateTime(["%Y-%m-%d"]))
@click.option("--as-of", type=click.DateTime(), help="What was known when, UTC.")
def replay_command(call_date: datetime, as_of: datetime | None) -> None:
    """Rebuild a past day's verdicts in a schema of their own; nothing is published."""
    from ringfence.cli.closing import print_replay
    from ringfence.decision.replay import replay

    with working_home() as settings:
        report = replay(settings, call_date.date(), as_of)
    print_replay(report)
    if report.differences:
        raise Refusal(
            f"{sum(count for *_, count in report.differences):,} decisions are not as they were"
            " frozen, and no fact explains it.",
            where="ledger.call_decisions",
            remedy="look for another version of Ringfence or of its policy on that day; else"
            " somebody changed the database: `./ringfence verify ledger`",
        )
