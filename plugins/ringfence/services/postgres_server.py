"""Start, find and repair one Postgres server and its data folder.

Every function expects that the caller holds the cluster's lock (`cluster.py`).
"""

from __future__ import annotations

import logging
import shutil
import time
from pathlib import Path

import psutil

from ringfence.errors import Refusal
from ringfence.services import ports
from ringfence.services.postgres_config import write_configuration
from ringfence.services.postgres_place import Place

SUPERUSER = "postgres"
# Built in, so that order and case are the same on every machine whatever locales it has.
INITDB = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")

log = logging.getLogger("ringfence.services.cluster")


def find_postmaster(data: Path) -> psutil.Process | None:
    """Return the server that runs on this data folder; a number in a stale pid file is no proof."""
    try:
        pid = int((data / "postmaster.pid").read_text("utf-8").splitlines()[0])
        process = psutil.Process(pid)
        if process.name() != "postgres" or process.status() == psutil.STATUS_ZOMBIE:
            return None
        return process if Path(process.cwd()) == data.resolve() else None
    except (OSError, ValueError, IndexError, psutil.Error):
        return None


def port_of(data: Path) -> int:
    """Return the port that the running server has written down."""
    return int((data / "postmaster.pid").read_text("utf-8").splitlines()[3])


def wait_until_ready(place: Place) -> None:
    """Wait for a server that somebody else is just starting."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        lines = (place.data / "postmaster.pid").read_text("utf-8").splitlines()
        if len(lines) > 7 and lines[7].strip() == "ready":
            return
        time.sleep(0.05)
    raise Refusal("Postgres is running but not ready.", where=str(place.log), remedy="try again")


def start_server(place: Place, remembered: int | None, name: str) -> int:
    """Start the server and return its port; another one is taken if a program sits on ours."""
    tried: set[int] = set()
    for _ in range(5):
        port = ports.choose_port(remembered, f"postgres {name}", avoid=frozenset(tried))
        if remembered and port != remembered:
            log.warning(
                "port %d is taken by another program: Postgres moves to %d", remembered, port
            )
        write_configuration(place, port)
        options = ("-D", str(place.data), "-l", str(place.start_log), "-w", "-t", "600", "-s")
        done = place.run("pg_ctl", "start", *options, timeout=660)
        if done.returncode == 0:
            return port
        if ports.is_free(port):
            break
        tried.add(port)  # somebody took it between our look and the start
    raise Refusal(
        f"Postgres did not start: {_last_words(place)}",
        where=f"{place.start_log} and {place.log}",
        remedy="read the last lines there; the data lies untouched",
    )


def _last_words(place: Place) -> str:
    logs = [place.start_log, *sorted(place.log.glob("*.log"), key=lambda one: one.stat().st_mtime)]
    lines = [
        line for path in logs if path.exists() for line in path.read_text("utf-8").splitlines()
    ]
    fatal = [line for line in lines if "FATAL" in line or "PANIC" in line]
    return (fatal or lines or ["it said nothing"])[-1].strip()


def end_orphans(data: Path) -> None:
    """End server processes whose postmaster was killed; until they go no new one may start."""
    orphans = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == "postgres" and Path(process.cwd()) == data.resolve():
                orphans.append(process)
        except (OSError, psutil.Error):
            continue  # not ours to look at
    for process in psutil.wait_procs(orphans, timeout=2)[1]:
        process.kill()
    psutil.wait_procs(orphans, timeout=5)


def sweep(place: Place) -> None:
    """Remove what an interrupted initdb left; put a data folder that is none out of the way."""
    for rest in place.folder.glob("data.making*"):
        shutil.rmtree(rest)
    data = place.data
    marks = (data / "PG_VERSION", data / "global" / "pg_control")
    if not data.exists() or all(mark.exists() for mark in marks):
        return
    if any(data.iterdir()):
        number = len(list(place.folder.glob("data.unfinished-*"))) + 1
        aside = place.folder / f"data.unfinished-{number}"
        data.rename(aside)
        log.warning("a half-made database was put aside to %s", aside)
    else:
        data.rmdir()


def make_data(place: Place, password: str) -> None:
    """Run initdb beside and rename: a data folder is there whole or not at all."""
    making = place.folder / "data.making"
    secret = place.folder / ".password"
    secret.touch(mode=0o600)
    secret.write_text(f"{password}\n", "utf-8")
    place.give(secret)
    try:
        access = ("--auth=scram-sha-256", f"--pwfile={secret}", "-U", SUPERUSER)
        done = place.run("initdb", "-D", str(making), *access, *INITDB)
    finally:
        secret.unlink()
    if done.returncode != 0:
        raise Refusal(
            f"The database could not be made: {done.stdout.strip().splitlines()[-1:]}",
            where=str(place.folder),
            remedy="check the free space and the rights of this folder, then run it again",
        )
    making.rename(place.data)


def check_version(place: Place) -> None:
    """Refuse a data folder that another major version of Postgres has made."""
    found = (place.data / "PG_VERSION").read_text("utf-8").strip()
    shipped = place.run("postgres", "--version").stdout.split()[-1].split(".")[0]
    if found != shipped:
        raise Refusal(
            f"The database was made by PostgreSQL {found}, and this Ringfence ships {shipped}.",
            where=str(place.data),
            remedy="dump it with the Ringfence that made it (pg_dump), move the folder away, "
            "then restore the dump here (pg_restore)",
        )


def set_password(place: Place, password: str) -> None:
    """Give the superuser a new password without a server; only the data's owner can."""
    command = f"alter role {SUPERUSER} password '{password}'\n"
    done = place.run("postgres", "--single", "-D", str(place.data), "postgres", given=command)
    if done.returncode != 0:
        raise Refusal(
            "The database's password is lost and could not be set anew.",
            where=str(place.data),
            remedy=f"look into {place.log}",
        )
