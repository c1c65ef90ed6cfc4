"""Offer the product on the command line; every command is a thin function over the library.

    running.py     setup migrate up down status psql         our own services
    days.py        demo run-day ingest decide publish         the way of the data
    sources.py     sources check|propose, retract
    evidence.py    explain verify site
    policy.py      policy rows|diff
    control.py     stop resume suppress retention keys
    recall.py      recall
    unmatched.py   unmatched                               stops of no certain number
    testing.py     test

Exit codes: 0 done, 1 refused for a stated reason, 2 wrong usage or configuration.
"""

from __future__ import annotations

import io
import sys
from importlib import import_module

import click

from ringfence import __version__
from ringfence.settings import settle_environment

COMMANDS = {
    "setup": "running", "migrate": "running", "up": "running", "down": "running",
    "status": "running", "psql": "running",
    "demo": "days", "run-day": "days", "ingest": "days", "decide": "days", "publish": "days",
    "sources": "sources", "retract": "sources",
    "explain": "evidence", "verify": "evidence", "site": "evidence", "replay": "evidence",
    "policy": "policy",
    "stop": "control", "resume": "control", "suppress": "control", "retention": "control",
    "keys": "control",
    "recall": "recall",
    "unmatched": "unmatched",
    "test": "testing",
}  # fmt: skip


class LazyGroup(click.Group):
    """Import a command's module when it is called: `--help` and `status` stay quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"ringfence.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_") + "_command")
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ringfence")
def group() -> None:
    """Turn phone leads into the list that may lawfully be called today, with the evidence."""


def main() -> None:
    """Run the command line; a refusal is three lines on standard error, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a file's name may be no text at all
    settle_environment()
    try:
        group.main(prog_name="ringfence", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        print("Stopped.", file=sys.stderr)
        sys.exit(130)
    except Exception as error:
        from ringfence.unforeseen import refusal_of

        told = refusal_of(error)
        print(f"ringfence: {told}", file=sys.stderr)
        sys.exit(told.exit_code)
