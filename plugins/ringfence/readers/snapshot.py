"""Copy a delivery aside before reading it, and refuse one that changes meanwhile."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ringfence.clear_text import shown_name
from ringfence.errors import Refusal, RejectedBatch
from ringfence.unforeseen import is_no_room, no_room

CHUNK_BYTES = 1024 * 1024
LONGEST_NAME = 200
"""Bytes of a name that are kept; file systems take 255, and ours begins with a hash."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Hold one file as it was received: the copy at `path` belongs to us and stays as it is."""

    path: Path
    sha256: str
    size: int
    modified_at: datetime


def take_snapshot(
    path: Path, into: Path, *, progress: Callable[[int], None] | None = None
) -> Delivery:
    """Copy `path` to `into/<16 hex of its hash>_<name>`, 0600; `progress` gets the bytes so far.

    Raises RejectedBatch when the file grows, shrinks or is replaced while it is copied
    (`file_changed_while_read`), is gone (`file_vanished`) or cannot be read (`file_unreadable`),
    and Refusal when there is no room.
    """
    temporary: Path | None = None
    try:
        before = _identity(path)  # before opening: opening a pipe would wait for ever
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=into, prefix=".snapshot.")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as target, path.open("rb") as source:
            sha256, size = _copy(source, target, before.size, progress)
        if not path.exists() or _identity(path) != before or size != before.size:
            raise _changed(path)
        kept = into / f"{sha256[:16]}_{os.fsdecode(os.fsencode(path.name)[-LONGEST_NAME:])}"
        temporary.replace(kept)
    except OSError as error:
        raise _unreadable(path, into, error) from None
    finally:
        if temporary:
            temporary.unlink(missing_ok=True)
    modified_at = datetime.fromtimestamp(before.modified_ns / 1e9, UTC)
    return Delivery(kept, sha256, size, modified_at)


class _Identity(NamedTuple):
    device: int
    inode: int
    size: int
    modified_ns: int


def _identity(path: Path) -> _Identity:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise RejectedBatch(
            "This is no ordinary file.",
            code="file_unreadable",
            where=_shown(path),
            remedy="put the file itself there",
        )
    return _Identity(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _copy(
    source: BinaryIO, target: BinaryIO, expected: int, progress: Callable[[int], None] | None
) -> tuple[str, int]:
    """Copy and hash; a file that grows while it is read is not followed past one more chunk."""
    digest = hashlib.sha256()
    size = 0
    while size <= expected and (chunk := source.read(CHUNK_BYTES)):
        digest.update(chunk)
        target.write(chunk)
        size += len(chunk)
        if progress:
            progress(size)
    return digest.hexdigest(), size


def _changed(path: Path) -> RejectedBatch:
    return RejectedBatch(
        "The file changed while it was read, so nobody can say which version was meant.",
        code="file_changed_while_read",
        where=shown_name(path.name),
        remedy="let the sender write under another name and rename when complete; run again",
    )


def _unreadable(path: Path, into: Path, error: OSError) -> Refusal:
    if is_no_room(error):
        return no_room(str(into))
    if isinstance(error, FileNotFoundError) and not path.exists():
        return RejectedBatch(
            "The file does not exist.",
            code="file_vanished",
            where=_shown(path),
            remedy="check its name; a sender should rename a file only when it is complete",
        )
    return RejectedBatch(
        f"The file cannot be copied aside: {error.strerror}.",
        code="file_unreadable",
        where=f"{_shown(path)} → {into}",
        remedy="check the rights on both",
    )


def _shown(path: Path) -> str:
    return str(path.parent / shown_name(path.name))
