"""Start, watch and end the child processes of our services; each is the head of a session."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from ringfence.services.processes import Identity, family, find, identify, send, wait_gone

LARGEST_LOG = 10_000_000


class Child:
    """Run one command with its output in a log file that is turned over at 10 MB."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.command = tuple(command)
        self.environment = dict(environment)
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".old.log"))
        handle = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=self.log.parent,
                start_new_session=True,
                umask=0o077,
            )
        finally:
            os.close(handle)

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def identity(self) -> Identity | None:
        return identify(self.process.pid) if self.process and self.is_alive() else None

    def last_words(self, count: int = 3) -> str:
        """Return the end of the log, for an error text that names it."""
        if not self.log.exists():
            return ""
        return " / ".join(self.log.read_text("utf-8", "replace").strip().splitlines()[-count:])


def stop_children(children: Sequence[Child], patience: float) -> None:
    """Ask all of them at once to end, wait, then force whatever is left of their sessions."""
    started = [child.process for child in children if child.process is not None]
    end_sessions([process.pid for process in started], patience)
    for process in started:
        process.wait(10)


def end_sessions(leaders: Sequence[int], patience: float) -> None:
    """End every process of these sessions.

    The heads are asked first and get `patience` seconds to end their own; what then still lives is
    asked as well, and after one more second forced.
    """
    heads = [process for leader in leaders for process in _session(leader) if process.pid == leader]
    send(heads, signal.SIGTERM)
    wait_gone(heads, patience)
    for number in (signal.SIGTERM, signal.SIGKILL):
        rest = [process for leader in leaders for process in _session(leader)]
        rest = list({one.pid: one for member in rest for one in family(member)}.values())
        if not rest:
            return
        send(rest, number)
        wait_gone(rest, 1.0 if number == signal.SIGTERM else 5.0)


def end_leftovers(known: Sequence[Identity], patience: float = 5.0) -> int:
    """End the sessions that a killed supervisor has left behind; returns how many there were.

    A leader's number that now belongs to another program is left alone: then its session is gone.
    """
    leaders = [
        identity.pid
        for identity in known
        if find(identity) is not None or identify(identity.pid) is None
    ]
    living = [leader for leader in leaders if _session(leader)]
    end_sessions(living, patience)
    return len(living)


def _session(leader: int) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (OSError, psutil.Error):
            continue
    return found
