"""Look at the country policy: whose verdict would change, before anything is active."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import click

from ringfence.cli import terminal
from ringfence.cli.context import working_home

if TYPE_CHECKING:
    from ringfence.decision.policy_diff import PolicyDiff

DAY = click.DateTime(["%Y-%m-%d"])


@click.group("policy")
def policy_command() -> None:
    """Look at the country policy before it binds; nothing here freezes or publishes anything."""


@policy_command.command("diff")
@click.option("--from", "day_before", required=True, type=DAY, help="The call date of now.")
@click.option("--to", "day_after", required=True, type=DAY, help="The call date to compare with.")
@click.option("--json", "json_", is_flag=True, help="For machines.")
def diff_command(day_before: datetime, day_after: datetime, json_: bool) -> None:
    """Count, on today's candidates, who would change verdict between two call dates, and why."""
    from ringfence.decision.policy_diff import policy_diff

    with working_home() as settings:
        found = policy_diff(settings, day_before.date(), day_after.date())
    if json_:
        terminal.as_json(asdict(found))
    else:
        _print(found)


def _print(found: PolicyDiff) -> None:
    before, after = f"{found.day_before}", f"{found.day_after}"
    terminal.say(
        f"{found.count_candidates:,} candidates, as known at {found.known_as_of:%Y-%m-%d %H:%M} UTC"
    )
    terminal.table(
        "Verdicts",
        ("verdict", before, after),
        [(verdict, found.before[verdict], found.after[verdict]) for verdict in found.before],
    )
    if not found.changes:
        terminal.say("Nobody's verdict or first reason would change.")
        return
    terminal.table(
        f"{found.count_changed:,} would change verdict or first reason",
        ("campaign", "country", "audience", before, after, "candidates"),
        [
            (
                one.campaign_id,
                one.country_code,
                one.audience,
                _told(one.verdict_before, one.reason_before),
                _told(one.verdict_after, one.reason_after),
                one.count_candidates,
            )
            for one in found.changes
        ],
    )


def _told(verdict: str, reason: str | None) -> str:
    return f"{verdict} {reason}" if reason else verdict
