"""Hold real file locks, in this process and in others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ringfence.errors import Busy
from ringfence.file_lock import hold_lock, release, try_lock

HOLD = """
import fcntl, sys, time
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


def test_a_lock_is_held_by_one_and_let_go_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with hold_lock(path):
        assert try_lock(path) is None
        with (
            pytest.raises(Busy, match="the books") as caught,
            hold_lock(path, waiting_for="the books"),
        ):
            pass
        assert caught.value.where == str(path)
    handle = try_lock(path)
    assert handle is not None
    release(handle)


def test_shared_holders_do_not_exclude_each_other_but_the_sole_one(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with hold_lock(path, shared=True), hold_lock(path, shared=True):
        assert try_lock(path) is None


def test_a_killed_holder_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert try_lock(path) is None
        holder.kill()
        with hold_lock(path, patience=10):
            pass
