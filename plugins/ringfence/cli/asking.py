"""Take a phone number from a person or a pipe; never as an argument, which a process list shows."""

from __future__ import annotations

import sys

import click

from ringfence.errors import Misconfigured


def ask_number() -> str:
    """Return one line from the prompt or standard input; raises Misconfigured for an empty one."""
    if sys.stdin.isatty():
        number = str(click.prompt("Number", hide_input=True)).strip()
    else:
        number = sys.stdin.readline().strip()
    if not number:
        raise Misconfigured(
            "No number was given.", remedy="type it at the prompt, or give it on standard input"
        )
    return number
