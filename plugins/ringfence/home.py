"""Lay out the home: where state lies, and what `run.json` remembers between commands."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ringfence.errors import Misconfigured
from ringfence.file_lock import hold_lock


@dataclass(frozen=True)
class Home:
    """Name every folder of the home (0700); nothing else in the package spells these out."""

    root: Path

    @property
    def registers(self) -> Path:
        return self.root / "registers"

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def published(self) -> Path:
        return self.root / "published"

    def list_folder(self, call_date: date, campaign_id: str) -> Path:
        """Return where a campaign's list of a day lies, with its manifest."""
        return self.published / call_date.isoformat() / campaign_id

    @property
    def site(self) -> Path:
        return self.root / "site"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def airflow(self) -> Path:
        return self.root / "airflow"

    @property
    def dbt(self) -> Path:
        return self.root / "dbt"

    @property
    def doors(self) -> Path:
        return self.root / "doors"

    def create(self) -> None:
        """Make the folders, private to their owner; safe to repeat.

        Raises Misconfigured where they cannot be made.
        """
        folders = (self.inbox, self.published, self.site, self.keys, self.logs, self.airflow)
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.root.chmod(0o700)
            for folder in (*folders, self.dbt, self.doors):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise Misconfigured(
                f"The home cannot be made there: {error.strerror}.",
                where=f"RINGFENCE_HOME={self.root}",
                remedy="name a folder of your own that you may write to",
            ) from None

    def read_run(self) -> dict[str, Any]:
        """Return run.json (ports, passwords of our own services, mode), or {} before `setup`.

        Raises Misconfigured if it is damaged.
        """
        try:
            found = json.loads(self._run_file.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Misconfigured(
                "What this home remembers (ports and passwords of its own services) is damaged.",
                where=str(self._run_file),
                remedy="run `./ringfence setup` (of a demo: `setup --demo`), which makes it anew",
            )
        return found

    def put_damaged_run_aside(self) -> Path | None:
        """Rename a run.json that cannot be read, so that all of it is made anew; its new place."""
        try:
            self.read_run()
        except Misconfigured:
            return self._run_file.replace(self.root / "run.json.damaged")
        return None

    @property
    def _run_file(self) -> Path:
        return self.root / "run.json"

    def write_run(self, **changes: Any) -> dict[str, Any]:
        """Merge `changes` into run.json atomically, 0600; several processes may do so at once.

        What is known already is not written again: a full disk must not keep a command from going.
        """
        with hold_lock(self.root / "run.lock", patience=10.0, waiting_for="writing run.json"):
            known = self.read_run()
            merged = {**known, **changes}
            if merged != known:
                write_atomically(self._run_file, json.dumps(merged, indent=2).encode())
        return merged


def write_atomically(path: Path, content: bytes | Iterable[bytes], mode: int = 0o600) -> None:
    """Write `content` beside `path`, fsync, rename: a reader sees the old file or the new one.

    Parts are written as they come, and none of them takes effect before the last.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines([content] if isinstance(content, bytes) else content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
