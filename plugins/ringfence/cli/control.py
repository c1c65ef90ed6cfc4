"""Steer: stop and resume publication, suppress a number, apply retention, check the keys."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ringfence.cli import terminal
from ringfence.cli.asking import ask_number
from ringfence.cli.context import working_home
from ringfence.cli.recall import rows_to_recall, tell_rows_to_recall
from ringfence.kinds import SUPPRESSIONS_BY_HAND, Suppression
from ringfence.login_name import login_name

if TYPE_CHECKING:
    from ringfence.landing.suppress import SuppressReport


@click.command("stop")
@click.option("--campaign", "campaign_id", help="One campaign; every one without this.")
@click.option("--reason", required=True, help="Kept in clear: no number, no name.")
@click.option("--json", "json_", is_flag=True, help="For machines.")
def stop_command(campaign_id: str | None, reason: str, json_: bool) -> None:
    """Block publication at once; name the lists that are out already."""
    from ringfence.stops import stop

    scope = campaign_id or "every campaign"
    with working_home(is_brake=True) as settings:
        lists = stop(settings, campaign_id=campaign_id, reason=reason, actor=login_name())
        if json_:
            count = rows_to_recall(settings, campaign_id)
            told = {"stopped": scope, "lists_out": [asdict(one) for one in lists]}
            terminal.as_json(told | {"rows_to_recall": count})
            return
        terminal.say(f"Stopped: {scope}. `./ringfence resume` lifts it.")
        if not lists:
            terminal.say("No list of it is out: none was published that is still valid.")
            return
        terminal.say("Already out and still valid; this stop does not reach into a dialler:")
        for one in lists:
            terminal.say(f"  {one}")
        terminal.say("Do now: pause these lists in the dialler. No new list leaves until `resume`.")
        tell_rows_to_recall(rows_to_recall(settings, campaign_id))


@click.command("resume")
@click.option("--campaign", "campaign_id", help="One campaign; every one without this.")
@click.option("--reason", required=True, help="Kept in clear with your login.")
def resume_command(campaign_id: str | None, reason: str) -> None:
    """Lift a stop; the reason is kept.

    It needs nobody's approval: your own login and your --reason are the word that is recorded.
    """
    from ringfence.stops import resume

    with working_home() as settings:
        left = resume(settings, campaign_id=campaign_id, reason=reason, actor=login_name())
    terminal.say(f"Resumed: {campaign_id or 'every campaign'}, on the word of {login_name()}.")
    if left:
        terminal.say(f"Still stopped: {', '.join(left)}. Each stop needs a resume of its own.")


@click.command("suppress")
@click.option("--controller", "controller_id", help="For this controller; for all without this.")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in SUPPRESSIONS_BY_HAND]),
    default=Suppression.OBJECTION.value,
    show_default=True,
)
@click.option("--country", help="Country of a number in national notation.")
@click.option("--by", help="Who asked for it; your login without this. Kept in clear.")
@click.option("--reference", help="Where it can be read again, such as a ticket. Kept in clear.")
@click.option("--json", "json_", is_flag=True, help="For machines.")
def suppress_command(
    controller_id: str | None,
    kind: str,
    country: str | None,
    by: str | None,
    reference: str | None,
    json_: bool,
) -> None:
    """Enter an objection by hand; the number comes by prompt or standard input."""
    from ringfence.landing.suppress import suppress

    number = ask_number()
    with working_home(is_brake=True) as settings:
        report = suppress(
            settings,
            number,
            country,
            controller_id=controller_id,
            kind=kind,
            by=by,
            reference=reference,
        )
    tell_entered(report, json_=json_)


def tell_entered(report: SuppressReport, *, json_: bool) -> None:
    """Say what was entered by hand, and on which lists it came too late."""
    if json_:
        terminal.as_json(asdict(report))
        return
    terminal.say(
        f"Entered {report.count_entries} {report.kind}: it counts from now on"
        f" (batch {report.batch_id})."
    )
    if report.not_done:
        terminal.warn(report.not_done)
    if not report.rows_out:
        terminal.say("On no list that is still valid stands this number or one of its person.")
        return
    terminal.say("On lists that are out and still valid, the number or another of its person:")
    for row in report.rows_out:
        terminal.say(f"  call_ref {row.call_ref} in {row.list_out}")
    tell_rows_to_recall(len(report.rows_out))
    terminal.say(
        "Until it has read that file, or the list that supersedes, take each of these call_refs"
        " out in the dialler by hand."
    )


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
