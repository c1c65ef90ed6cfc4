"""List the stops that could not be matched to a number, and settle them."""

from __future__ import annotations

from dataclasses import asdict

import click

from ringfence.cli import terminal
from ringfence.cli.asking import ask_number
from ringfence.cli.context import working_home
from ringfence.cli.control import tell_entered
from ringfence.errors import Misconfigured


@click.group("unmatched", invoke_without_command=True)
@click.option("--json", "json_", is_flag=True, help="For machines.")
@click.pass_context
def unmatched_command(context: click.Context, json_: bool) -> None:
    """List the stops whose number could not be read with certainty; `settle` closes one."""
    if context.invoked_subcommand:
        return
    from ringfence.database import connect
    from ringfence.landing.unmatched import open_stops
    from ringfence.landing.unmatched_places import places_of

    with working_home() as settings, connect(settings, name="ringfence unmatched") as connection:
        found = open_stops(connection)
        places = places_of(settings, connection, found)
    if json_:
        terminal.as_json([asdict(one) | asdict(places[one.unmatched_stop_id]) for one in found])
        return
    if not found:
        terminal.say("No stop is unmatched.")
        return
    terminal.say("Each waits for you: look at the row in the file that was delivered.")
    for one in found:
        place = places[one.unmatched_stop_id]
        terminal.say(
            f"{one.unmatched_stop_id}  {one.source_id}, {place.file}, {place.row}"
            f" ({place.about}), batch {one.batch_id}, since {one.since:%Y-%m-%d %H:%M} UTC,"
            f" due {one.due_at:%Y-%m-%d}"
        )
    terminal.say("Then: ./ringfence unmatched settle ID --as-stop (it asks for the number)")
    terminal.say("  or: ./ringfence unmatched settle ID --not-a-stop --reason … --approved-by …")


@unmatched_command.command("settle")
@click.argument("stop_id", metavar="ID")
@click.option("--as-stop", is_flag=True, help="Stop the number that was meant (by prompt).")
@click.option("--not-a-stop", is_flag=True, help="It stops nobody; needs both words below.")
@click.option("--country", help="Country of a number in national notation.")
@click.option("--reason", default="", help="Kept in clear: no number, no name.")
@click.option("--approved-by", help="Who looked at it. Kept in clear.")
@click.option("--json", "json_", is_flag=True, help="For machines.")
def settle_command(
    stop_id: str,
    as_stop: bool,
    not_a_stop: bool,
    country: str | None,
    reason: str,
    approved_by: str | None,
    json_: bool,
) -> None:
    """Say what an unmatched stop was: a stop of a number you give, or none.

    ID is its id as `./ringfence unmatched` lists it, or the first characters of it, 8 at least.
    """
    from ringfence.landing.unmatched import settle_as_no_stop, settle_as_stop

    if as_stop == not_a_stop:
        raise Misconfigured(
            "Say what it was: --as-stop or --not-a-stop.", remedy="give exactly one of the two"
        )
    if as_stop:
        number = ask_number()
        with working_home(is_brake=True) as settings:
            tell_entered(settle_as_stop(settings, stop_id, number, country), json_=json_)
        if not json_:
            _say_closed(stop_id, "a stop")
        return
    with working_home() as settings:
        settled = settle_as_no_stop(settings, stop_id, reason=reason, approved_by=approved_by)
    if json_:
        terminal.as_json({"settled": str(settled), "as": "no_stop"})
    else:
        _say_closed(str(settled), "no stop")


def _say_closed(stop_id: str, as_what: str) -> None:
    terminal.say(
        f"Closed: task {stop_id} is settled as {as_what}. Numbers it could have meant stay stopped."
    )
