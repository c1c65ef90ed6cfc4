"""Know a process by its number AND its start: a number alone is soon another program's."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psutil


@dataclass(frozen=True)
class Identity:
    """Name one process for as long as the machine runs."""

    pid: int
    started: float

    def as_json(self) -> dict[str, Any]:
        return {"pid": self.pid, "started": self.started}


def identify(pid: int) -> Identity | None:
    """Return the identity of a running process, or None when there is none."""
    try:
        return Identity(pid, psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def from_json(value: Any) -> Identity | None:
    """Read back what `Identity.as_json` gave; None for anything else."""
    try:
        return Identity(int(value["pid"]), float(value["started"]))
    except (KeyError, TypeError, ValueError):
        return None


def find(identity: Identity | None) -> psutil.Process | None:
    """Return the live process behind an identity; None if it ended or its number was reused."""
    if identity is None:
        return None
    try:
        process = psutil.Process(identity.pid)
        # The start is counted from boot in clock ticks; a corrected clock may move it a little.
        same = abs(process.create_time() - identity.started) < 2.0
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None


def family(process: psutil.Process) -> list[psutil.Process]:
    """Return the process and all it has started, the oldest first."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return [process]


def send(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    """Signal each process that is still the one we mean."""
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.Error:
            continue


def wait_gone(processes: Iterable[psutil.Process], timeout: float) -> list[psutil.Process]:
    """Return those that are still alive after `timeout` seconds; a zombie counts as gone."""
    deadline = time.monotonic() + timeout
    remaining = [process for process in processes if _alive(process)]
    while remaining and time.monotonic() < deadline:
        time.sleep(0.05)
        remaining = [process for process in remaining if _alive(process)]
    return remaining


def end(process: psutil.Process, *, patience: float) -> None:
    """End a process with all its descendants: ask, wait `patience` seconds, then force."""
    members = family(process)
    send([process], signal.SIGTERM)
    left = wait_gone(members, patience)
    if left:
        # Children started meanwhile are ours to end as well.
        left = list({member.pid: member for one in left for member in family(one)}.values())
        send(left, signal.SIGKILL)
        wait_gone(left, 5.0)


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
