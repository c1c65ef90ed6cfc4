"""Write to the terminal: one line a step with its seconds, tables at the end, JSON on request."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.table import Table

# In a pipe or a log there is no width to ask for, and 80 columns break every code in two.
console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120)


class Line:
    """Take the words a step ends with."""

    def __init__(self) -> None:
        self.result = ""

    def says(self, result: str) -> None:
        self.result = result


@contextmanager
def step(name: str) -> Iterator[Line]:
    """Print `name … result  1.2 s` around a piece of work; a failure is marked and goes on up."""
    line = Line()
    started = time.monotonic()
    if sys.stdout.isatty():
        console.print(f"  {name} …", end="\r")
    try:
        yield line
    except BaseException:
        console.print(f"[red]✗[/red] {name}")
        raise
    seconds = time.monotonic() - started
    console.print(f"[green]✓[/green] {name:<34} {line.result}  [dim]{seconds:.1f} s[/dim]")


@contextmanager
def quiet_step(name: str) -> Iterator[Line]:
    """Do a piece of work without a word, for JSON output."""
    yield Line()


def say(text: str) -> None:
    """Print a line of plain words."""
    console.print(text)


def warn(text: str) -> None:
    """Print to standard error what is left to do although the command has done its work."""
    print(f"ringfence: {text}", file=sys.stderr)


def plain(text: str) -> None:
    """Print a text as it is, without markup."""
    print(text)


def table(title: str, headings: Iterable[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows under headings; numbers to the right."""
    drawn = Table(title=title, title_justify="left", header_style="bold")
    rows = list(rows)
    for position, heading in enumerate(headings):
        numeric = rows and all(isinstance(row[position], int | float) for row in rows)
        drawn.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    console.print(drawn)


def as_json(value: Any) -> None:
    """Print one JSON document for machines; times and ids as text."""
    print(json.dumps(value, default=str, indent=2, ensure_ascii=False))


def progress(unit: str) -> Callable[[int], None]:
    """Return a callback that keeps one line of progress on a terminal and is silent in a log."""
    if not sys.stdout.isatty():
        return lambda count: None
    return lambda count: console.print(f"    {count:,} {unit}", end="\r")
