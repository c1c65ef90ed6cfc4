"""Hold one lock file at a time between processes; the kernel lets go when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ringfence.errors import Busy


def try_lock(path: Path, *, shared: bool = False) -> int | None:
    """Return the open file that holds the lock, or None; close it with `release`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def release(handle: int) -> None:
    """Let go of a lock taken by `try_lock`."""
    os.close(handle)


@contextmanager
def hold_lock(
    path: Path, *, shared: bool = False, patience: float = 0.0, waiting_for: str = ""
) -> Iterator[int]:
    """Hold the lock for the block. Raises Busy when it is not free within `patience` seconds."""
    deadline = time.monotonic() + patience
    while (handle := try_lock(path, shared=shared)) is None:
        if time.monotonic() >= deadline:
            raise Busy(
                f"Another Ringfence process is busy with {waiting_for or path.stem}.",
                where=str(path),
                remedy="wait until it has ended, then run the command again",
            )
        time.sleep(0.05)
    try:
        yield handle
    finally:
        release(handle)
