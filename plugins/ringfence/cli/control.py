"""Steer: stop and resume publication, suppress a number, apply retention, check the keys."""

from __future__ import annotations

import getpass
import sys

import click

from ringfence.cli import terminal
from ringfence.cli.context import working_home
from ringfence.errors import Misconfigured


@click.command("stop")
@click.option("--campaign", "campaign_id", help="One campaign; every one without this.")
@click.option("--reason", required=True)
def stop_command(campaign_id: str | None, reason: str) -> None:
    """Block publication at once."""
    from ringfence.stops import stop

    with working_home() as settings:
        stop(settings, campaign_id=campaign_id, reason=reason, actor=getpass.getuser())
    terminal.say(f"Stopped: {campaign_id or 'every campaign'}. `resume` lifts it.")


@click.command("resume")
@click.option("--campaign", "campaign_id", help="One campaign; every one without this.")
@click.option("--reason", required=True)
def resume_command(campaign_id: str | None, reason: str) -> None:
    """Lift a stop; the reason is kept."""
    from ringfence.stops import resume

    with working_home() as settings:
        left = resume(settings, campaign_id=campaign_id, reason=reason, actor=getpass.getuser())
    terminal.say(f"Resumed: {campaign_id or 'every campaign'}.")
    if left:
        terminal.say(f"Still stopped: {', '.join(left)}. Each stop needs a resume of its own.")


@click.command("suppress")
@click.option("--controller", "controller_id", help="For this controller; for all without this.")
@click.option(
    "--kind",
    type=click.Choice(["objection", "withdrawal", "complaint", "wrong_number", "deceased"]),
    default="objection",
    show_default=True,
)
@click.option("--country", help="Country of a number in national notation.")
def suppress_command(controller_id: str | None, kind: str, country: str | None) -> None:
    """Enter an objection by hand; the number comes by prompt or standard input."""
    from ringfence.landing.suppress import suppress

    if sys.stdin.isatty():
        number = click.prompt("Number", hide_input=True)
    else:
        number = sys.stdin.readline().strip()
    if not number:
        raise Misconfigured("No number was given.", remedy="type it at the prompt")
    with working_home() as settings:
        count = suppress(settings, number, country, controller_id=controller_id, kind=kind)
    terminal.say(f"Entered {count} {kind}: it counts from now on.")


@click.group("retention")
def retention_command() -> None:
    """Plan or apply what has to be deleted."""


@retention_command.command("plan")
def plan_command() -> None:
    """Show per category what is due, what stays and why; deletes nothing."""
    from ringfence.retention import plan

    with working_home() as settings:
        planned = plan(settings)
    terminal.table(
        "Retention plan (nothing deleted)",
        ("category", "due", "kept", "why kept"),
        [(c.category, c.count_due, c.count_kept, c.why_kept) for c in planned.categories],
    )


@retention_command.command("apply")
@click.option("--dry-run/--no-dry-run", default=True, show_default=True)
def apply_command(dry_run: bool) -> None:
    """Delete what is due, in batches, and write a receipt."""
    from ringfence.retention import apply

    if dry_run:
        plan_command.main(args=[], standalone_mode=False)
        terminal.say("Dry run. `./ringfence retention apply --no-dry-run` deletes it.")
        return
    with working_home() as settings, terminal.step("apply retention") as line:
        receipt = apply(settings)
        line.says(f"receipt {receipt.receipt_id}: {receipt.totals}")


@click.group("keys")
def keys_command() -> None:
    """Check the keys."""


@keys_command.command("check")
def keys_check_command() -> None:
    """Compare the key files with what the database was made with."""
    from ringfence.installation import keys_of

    with working_home() as settings:
        keys = keys_of(settings)
    terminal.say(f"Both keys match. Lists are signed by {keys.signing_key_id()}.")
