"""Run the embedded Postgres of a home: one cluster, 127.0.0.1 only, a password for every role.

`ensure_started` starts it for good (`up`); `running` for the length of a block (`demo`, `test`).
Two processes may do either at once: a file lock orders them, and the last user of a cluster that
was only lent turns it off.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from ringfence.errors import Refusal
from ringfence.file_lock import hold_lock, release, try_lock
from ringfence.home import Home
from ringfence.services import ports
from ringfence.services.postgres_place import Place, find_place, known_place, wheel_programs
from ringfence.services.postgres_server import (
    SUPERUSER,
    check_version,
    end_orphans,
    find_postmaster,
    make_data,
    port_of,
    set_password,
    start_server,
    sweep,
    wait_until_ready,
)

PATIENCE = 180.0


@dataclass(frozen=True)
class ClusterInfo:
    """Say how to reach a running cluster."""

    host: str
    port: int
    user: str
    password: str

    def url(self, database: str, user: str | None = None, password: str | None = None) -> str:
        """Return a postgresql:// URL, of the superuser when no other role is named."""
        login, secret = (user, password) if user else (self.user, self.password)
        credentials = f"{login}:{secret}" if secret else login
        return f"postgresql://{credentials}@{self.host}:{self.port}/{database}"

    def __repr__(self) -> str:
        return f"ClusterInfo({self.host}:{self.port})"


@dataclass(frozen=True)
class ClusterStatus:
    """Say whether the cluster runs, since when (seconds since 1970), and where it lies."""

    is_running: bool
    port: int | None
    pid: int | None
    since: float | None
    data: str | None
    log: str | None


class Cluster:
    """Start, stop and repair the cluster of one home."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def ensure_started(self, *, keep: bool = True) -> ClusterInfo:
        """Start the cluster unless it runs, repairing what a crash has left; safe to repeat.

        `keep=False` lends it: `stop_unused` may turn it off. Raises Refusal with the reason.
        """
        with self._locked():
            place = find_place(self.home)
            known = self._remembered()
            postmaster = find_postmaster(place.data)
            if postmaster is not None and "password" not in known:
                self._stop(place, postmaster)
                postmaster = None
            if postmaster is None:
                password = self._prepare(place, known.get("password"))
                port = start_server(place, known.get("port"), str(self.home.root))
                kept = keep
            else:
                password, port = str(known["password"]), port_of(place.data)
                kept = keep or bool(known.get("kept"))
                wait_until_ready(place)
            try:
                self._remember(port=port, password=password, kept=kept)
            except OSError:
                if keep:
                    raise
                # Lent to this process, which knows where it is: a full disk is no reason to fail.
            return ClusterInfo(ports.HOST, port, SUPERUSER, password)

    def info(self) -> ClusterInfo | None:
        """Return how to reach the cluster if it runs now."""
        place = known_place(self.home)
        known = self._remembered()
        if place is None or find_postmaster(place / "data") is None or "password" not in known:
            return None
        return ClusterInfo(ports.HOST, port_of(place / "data"), SUPERUSER, str(known["password"]))

    def is_running(self) -> bool:
        place = known_place(self.home)
        return place is not None and find_postmaster(place / "data") is not None

    def status(self) -> ClusterStatus:
        folder = known_place(self.home)
        if folder is None:
            return ClusterStatus(False, None, None, None, None, None)
        postmaster = find_postmaster(folder / "data")
        return ClusterStatus(
            is_running=postmaster is not None,
            port=self._remembered().get("port"),
            pid=postmaster.pid if postmaster else None,
            since=postmaster.create_time() if postmaster else None,
            data=str(folder / "data"),
            log=str(folder / "log"),
        )

    def stop(self) -> bool:
        """Stop the cluster at once, whoever uses it; False if it did not run."""
        with self._locked():
            return self._stop_if_running()

    def stop_unused(self) -> bool:
        """Stop a lent cluster when nobody holds it any more."""
        with self._locked():
            if self._remembered().get("kept"):
                return False
            alone = try_lock(self._users)
            if alone is None:
                return False
            try:
                return self._stop_if_running()
            finally:
                release(alone)

    def remove(self) -> bool:
        """Stop the cluster and delete all its data; False, and nothing done, while others hold it.

        For homes that are thrown away: as root the data does not lie in the home.
        """
        with self._locked():
            alone = try_lock(self._users)
            if alone is None:
                return False
            try:
                self._stop_if_running()
                folder = known_place(self.home)
                inside = self.home.root / "postgres"
                for path in {folder or inside, inside}:
                    shutil.rmtree(path, ignore_errors=True)
                self.home.write_run(postgres={})
            finally:
                release(alone)
            return True

    def add_settings(self, lines: str) -> None:
        """Set the lines of `postgresql.local.conf`, which win over ours from the next start."""
        with self._locked():
            path = find_place(self.home).folder / "postgresql.local.conf"
            path.write_text(lines, "utf-8")
            path.chmod(0o644)

    @property
    def _users(self) -> Path:
        return self.home.root / "postgres.users"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.home.create()
        lock = self.home.root / "postgres.lock"
        with hold_lock(lock, patience=PATIENCE, waiting_for="starting or stopping Postgres"):
            yield

    def _remembered(self) -> dict[str, Any]:
        return dict(self.home.read_run().get("postgres") or {})

    def _remember(self, **facts: Any) -> None:
        known = self._remembered()
        if {**known, **facts} != known:
            self.home.write_run(postgres={**known, **facts})

    def _prepare(self, place: Place, remembered: str | None) -> str:
        """Make or repair the data folder; return the superuser's password."""
        end_orphans(place.data)
        sweep(place)
        # Remembered before it is set: after a crash in between it is still the right one.
        password = remembered or secrets.token_urlsafe(24)
        self._remember(password=password)
        if not place.data.exists():
            make_data(place, password)
        else:
            check_version(place)
            (place.data / "postmaster.pid").unlink(missing_ok=True)
            if remembered is None:
                set_password(place, password)
        place.make_folder(place.log)
        return password

    def _stop_if_running(self) -> bool:
        folder = known_place(self.home)
        postmaster = find_postmaster(folder / "data") if folder else None
        if postmaster is None:
            return False
        self._stop(find_place(self.home), postmaster)
        return True

    def _stop(self, place: Place, postmaster: psutil.Process) -> None:
        for mode in ("fast", "immediate"):
            place.run("pg_ctl", "stop", "-D", str(place.data), "-m", mode, "-w", "-t", "60", "-s")
            if find_postmaster(place.data) is None:
                self._remember(kept=False)
                return
        raise Refusal(
            f"Postgres does not stop (process {postmaster.pid}).",
            where=str(place.log),
            remedy="look into its log, then end that process",
        )


@contextmanager
def running(home: Home) -> Iterator[ClusterInfo]:
    """Have the cluster for a block; stop it afterwards unless it ran before or others use it."""
    cluster = Cluster(home)
    home.create()
    try:
        users = home.root / "postgres.users"
        with hold_lock(users, shared=True, patience=PATIENCE, waiting_for="stopping Postgres"):
            yield cluster.ensure_started(keep=False)
    finally:
        # Without room it goes on running, and what was done in the block stays done.
        with suppress(OSError):
            cluster.stop_unused()


def psql_command(
    info: ClusterInfo, database: str, user: str | None = None, password: str | None = None
) -> tuple[list[str], dict[str, str]]:
    """Return the wheel's psql with its arguments, and the variables that carry the password."""
    program = wheel_programs() / "bin" / "psql"
    place = ["--host", info.host, "--port", str(info.port), "--dbname", database]
    secret = password if user else info.password
    variables = {"PGPASSWORD": secret or "", "PGSSLMODE": "disable", "PGGSSENCMODE": "disable"}
    return [str(program), *place, "--username", user or info.user], variables
