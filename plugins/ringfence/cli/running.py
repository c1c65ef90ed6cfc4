"""Run our own services: setup, migrate, up, down, status, psql."""

from __future__ import annotations

import sys

import click

from ringfence.cli import terminal
from ringfence.cli.context import chosen_settings, running_database, working_home
from ringfence.home import Home
from ringfence.settings import load_settings


@click.command("setup")
@click.option("--print-admin-sql", is_flag=True, help="Print what a DBA has to run once.")
@click.option("--app-role", default=None, help="The login Ringfence will use (with the above).")
@click.option("--demo", is_flag=True, help="A demo home with the sample day in its inbox.")
def setup_command(print_admin_sql: bool, app_role: str | None, demo: bool) -> None:
    """Make a live home: folders, database, roles, migrations, keys. Safe to repeat."""
    settings = chosen_settings()
    if print_admin_sql:
        from ringfence.migrate import admin_sql

        print(admin_sql(settings, app_role or settings.role("app")))
        return
    from ringfence.installation import set_up
    from ringfence.sample import INSTANT, place

    damaged = Home(settings.home).put_damaged_run_aside()
    if damaged:
        terminal.say(f"run.json was damaged and is made anew; the old one is {damaged}")
    with running_database(settings), terminal.step("set up the home") as line:
        if demo:
            done = set_up(settings, mode="demo", stands_at=INSTANT)
            place(Home(settings.home))
        else:
            done = set_up(settings, mode="live")
        line.says(f"{done.database}, {len(done.migrations)} migrations applied")
    terminal.say(f"\nHome: {settings.home}")
    terminal.say(f"Lists are signed by key [bold]{done.key_fingerprint}[/bold]: write it down;")
    terminal.say("`./ringfence verify … --key` trusts nothing else.")
    terminal.say("Keep a copy of keys/ elsewhere: without it nobody's objection matches.")


@click.command("migrate")
def migrate_command() -> None:
    """Bring the database's schema to this version."""
    with working_home() as settings:
        from ringfence.database import connect
        from ringfence.migrate import migrate

        with connect(settings, "owner", name="ringfence migrate") as owner:
            applied = migrate(owner, settings)
    terminal.say(f"Applied: {', '.join(applied)}" if applied else "Nothing to apply.")


@click.command("up")
@click.option("--no-airflow", is_flag=True, help="Postgres and the pages only.")
def up_command(no_airflow: bool) -> None:
    """Keep Postgres, Airflow and the pages running until Ctrl-C."""
    from ringfence.services.operate import run_until_stopped

    run_until_stopped(chosen_settings(), with_airflow=not no_airflow, say=terminal.say)


@click.command("down")
def down_command() -> None:
    """Stop what `up` started, from another terminal."""
    from ringfence.services.operate import stop_everything

    terminal.say(stop_everything(load_settings()))


@click.command("status")
@click.option("--json", "json_", is_flag=True, help="For machines.")
def status_command(json_: bool) -> None:
    """Say what runs, where, since when; and which stops stand."""
    from ringfence.services.operate import describe

    found = describe(chosen_settings(is_brake=True))
    if json_:
        terminal.as_json(found)
    else:
        terminal.table("Ringfence", ("part", "state"), found.items())


@click.command("psql")
@click.option(
    "--role",
    type=click.Choice(["pipeline", "analyst", "auditor", "dialler", "owner"]),
    default="analyst",
    show_default=True,
)
@click.argument("arguments", nargs=-1)
def psql_command(role: str, arguments: tuple[str, ...]) -> None:
    """Open psql as one of the roles; further arguments go to psql (`-- -c 'select 1'`)."""
    from ringfence.services.operate import run_psql

    with working_home() as settings:
        sys.stdout.flush()
        code = run_psql(settings, role, arguments)
    sys.exit(code)
