"""A delivery is copied aside, and one that changes meanwhile is refused."""

from __future__ import annotations

import hashlib
import os
import resource
import stat
from pathlib import Path

import pytest

from ringfence.errors import Refusal, RejectedBatch
from ringfence.readers import take_snapshot

CONTENT = b"Id;Phone\n" * 400_000


@pytest.fixture
def delivered(tmp_path: Path) -> Path:
    path = tmp_path / "leads.csv"
    path.write_bytes(CONTENT)
    return path


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"1;2\n")


def replace(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_bytes(CONTENT)
    other.replace(path)


def shorten(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(10)


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"x")
    os.utime(path, ns=(1, 1))


def test_the_copy_is_private_and_carries_hash_size_and_name(delivered, tmp_path):
    seen: list[int] = []
    delivery = take_snapshot(delivered, tmp_path / "reading", progress=seen.append)
    assert delivery.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert delivery.size == len(CONTENT) == seen[-1]
    assert delivery.path.read_bytes() == CONTENT
    assert delivery.path.name.endswith("_leads.csv")
    assert stat.S_IMODE(delivery.path.stat().st_mode) == 0o600
    assert take_snapshot(delivered, tmp_path / "reading") == delivery


@pytest.mark.parametrize("change", [grow, replace, shorten, overwrite, Path.unlink])
def test_a_file_that_changes_while_it_is_read_is_refused(delivered, tmp_path, change):
    changes = [change]

    def disturb(_: int) -> None:
        if changes:
            changes.pop()(delivered)

    with pytest.raises(RejectedBatch) as caught:
        take_snapshot(delivered, tmp_path / "reading", progress=disturb)
    assert caught.value.code == "file_changed_while_read"
    assert list((tmp_path / "reading").iterdir()) == []


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path / "none.csv", tmp_path, pipe):
        with pytest.raises(Refusal) as caught:
            take_snapshot(path, tmp_path / "reading")
        assert caught.value.remedy


def test_a_full_disk_is_said_in_one_sentence_and_leaves_nothing(delivered, tmp_path):
    """A limit on the size of files stands in for the disk: the write fails in the same place."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, hard))
    try:
        with pytest.raises(Refusal, match="disk is full"):
            take_snapshot(delivered, tmp_path / "reading")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list((tmp_path / "reading").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said(delivered):
    with pytest.raises(Refusal, match="cannot be copied aside"):
        take_snapshot(delivered, Path("/proc/self/reading"))
