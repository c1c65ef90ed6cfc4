"""Look at the country policy: its rows, and whose verdict a change of it would change."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringfence.cli import terminal
from ringfence.cli.context import working_home
from ringfence.errors import Misconfigured

if TYPE_CHECKING:
    from ringfence.decision.policy_diff import PolicyDiff

DAY = click.DateTime(["%Y-%m-%d"])


@click.group("policy")
def policy_command() -> None:
    """Look at the country policy before it binds; nothing here freezes or publishes anything."""


@policy_command.command("rows")
@click.option("--country", required=True, help="A country of the policy, such as GB.")
@click.option("--json", "json_", is_flag=True, help="For machines.")
def rows_command(country: str, json_: bool) -> None:
    """Show a country's rows cell by cell, and the `content` that a signature names."""
    from ringfence.registers.policy_columns import policy_columns
    from ringfence.registers.policy_rows import policy_rows

    rows = [row for row in policy_rows() if row.key[0] == country]
    if not rows:
        raise Misconfigured(
            f"The policy has no country `{country}`.", remedy="give its code, such as GB"
        )
    if json_:
        terminal.as_json([row.cells | {"content": row.content} for row in rows])
        return
    for row in rows:
        since = row.cells["valid_from"]
        terminal.plain(f"\n{'/'.join((*row.key, since))}   content: {row.content}")
        for column, cell in row.cells.items():
            known = policy_columns().get(column)
            binding = known.in_force(row) if known and not cell else ""
            if cell or binding:
                terminal.plain(f"  {column:<30}{cell or f'blank; {binding} binds'}")


@policy_command.command("diff")
@click.option("--from", "day_before", required=True, type=DAY, help="A call date.")
@click.option("--to", "day_after", type=DAY, help="The call date to compare it with.")
@click.option(
    "--overlay",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="An overlay in force nowhere yet: compare the day without and with it.",
)
@click.option("--json", "json_", is_flag=True, help="For machines.")
def diff_command(
    day_before: datetime, day_after: datetime | None, overlay: Path | None, json_: bool
) -> None:
    """Count, on today's candidates, who would change verdict and why."""
    from ringfence.decision.policy_diff import policy_diff

    first, last = day_before.date(), (day_after or day_before).date()
    with working_home() as settings:
        found = policy_diff(settings, first, last, overlay)
    if json_:
        terminal.as_json(asdict(found))
    else:
        _print(found)


def _print(found: PolicyDiff) -> None:
    before, after = f"{found.day_before}", f"{found.day_after}"
    if found.overlay_id:
        before, after = f"without {found.overlay_id}", f"with {found.overlay_id}"
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
