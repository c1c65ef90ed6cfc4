"""Run every check of the project: style, types, SQL style, and the tests on real services."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import click

from ringfence.cli import terminal
from ringfence.errors import Misconfigured, Refusal
from ringfence.settings import PACKAGE, clean_environment

CHECKOUT = PACKAGE.parent.parent


def checks(arguments: tuple[str, ...]) -> list[tuple[str, list[str], Path]]:
    """Return (name, command, folder) of each check, quickest first."""
    python = [sys.executable, "-m"]
    tests = [*python, "pytest", "-n", "2", "--dist", "worksteal", *arguments]
    if arguments:
        return [("tests", tests, CHECKOUT)]
    code = ["plugins", "dags", "tests"]
    lint_sql = [*python, "sqlfluff", "lint", "-p", "2", "."]
    return [
        ("style: ruff", [*python, "ruff", "check", "--quiet", *code], CHECKOUT),
        ("style: format", [*python, "ruff", "format", "--check", "--quiet", *code], CHECKOUT),
        ("types: mypy --strict", [*python, "mypy"], CHECKOUT),
        (
            "style: sqlfluff",
            lint_sql,
            CHECKOUT / "dbt_project",
        ),
        ("tests", tests, CHECKOUT),
    ]


@click.command("test", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test_command(arguments: tuple[str, ...]) -> None:
    """Run all checks and tests; arguments go to pytest alone (`test -k landing`)."""
    if not (CHECKOUT / "tests").is_dir():
        raise Misconfigured(
            "The tests are not part of an installed wheel.", remedy="run this in a checkout"
        )
    # The tests make homes and databases of their own: nothing of the caller's may leak in.
    environment = clean_environment(PYTHONUNBUFFERED="1")
    for name in [name for name in environment if name.startswith("RINGFENCE_")]:
        del environment[name]
    rows = []
    failed = []
    started = time.monotonic()
    for name, command, folder in checks(arguments):
        terminal.say(f"[bold]{name}[/bold]")
        sys.stdout.flush()
        begun = time.monotonic()
        code = subprocess.run(command, cwd=folder, env=environment, check=False).returncode
        seconds = time.monotonic() - begun
        rows.append((name, "passed" if code == 0 else "FAILED", seconds))
        if code:
            failed.append(name)
    whole = time.monotonic() - started
    terminal.table(
        "Checks",
        ("check", "result", "seconds", "share"),
        [(name, told, f"{s:.0f}", f"{100 * s / whole:.0f} %") for name, told, s in rows],
    )
    if failed:
        raise Refusal(f"Failed: {', '.join(failed)}.", remedy="their output stands above")
    terminal.say("Next: ./ringfence demo shows the product; CONTRIBUTING.md tells the house rules.")
