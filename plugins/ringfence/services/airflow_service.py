"""Run our own Airflow over the embedded cluster: migrate, start, wait until healthy, stop.

Three processes, no triggerer (nothing of ours is deferred), one API worker, four task slots:
healthy 5-6 s after the start on two cores, 0.6 GB of memory.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import sql

from ringfence.errors import Refusal
from ringfence.home import Home
from ringfence.services import ports
from ringfence.services.airflow_client import AirflowClient, seconds_of
from ringfence.services.airflow_config import (
    DATABASE,
    USER,
    airflow_version,
    environment,
    load_secrets,
    write_configuration,
)
from ringfence.services.children import Child, stop_children
from ringfence.services.cluster import ClusterInfo
from ringfence.settings import Settings, product_folder

COMMANDS = {
    "api-server": ("airflow", "api-server"),
    # Task logs are read from the disk; its log server would listen on every address.
    "scheduler": ("ringfence.services.airflow_launch", "scheduler", "--skip-serve-logs"),
    "dag-processor": ("airflow", "dag-processor"),
}
TRIGGERER = {"triggerer": ("airflow", "triggerer", "--skip-serve-logs")}
PARTS = ("metadatabase", "scheduler", "dag_processor")


class AirflowService:
    """Own the Airflow processes of one home for as long as this process lives."""

    def __init__(
        self,
        settings: Settings,
        cluster: ClusterInfo,
        *,
        dags: Path | None = None,
        with_triggerer: bool = False,
    ) -> None:
        self.settings = settings
        self.home = Home(settings.home)
        self.cluster = cluster
        self.dags = dags or product_folder("dags")
        self.commands = {**COMMANDS, **(TRIGGERER if with_triggerer else {})}
        self.children: list[Child] = []
        self._started_at = 0.0

    def prepare(self) -> None:
        """Write the configuration and bring the database to this version; quick when it is."""
        self.home.create()
        known = self.home.read_run().get("airflow") or {}
        port = ports.choose_port(known.get("port"), f"airflow {self.home.root}")
        self.home.write_run(airflow={**known, "port": port})
        self._make_database()
        write_configuration(self.settings, self.cluster, port, self.dags)
        self._migrate_if_needed()

    def start(self) -> None:
        """Start all processes at once; `wait_healthy` tells when they serve."""
        self.prepare()
        self._started_at = time.time()
        for name, (module, *arguments) in self.commands.items():
            command = [sys.executable, "-P", "-m", module, *arguments]
            log = self.home.airflow / "logs" / f"{name}.log"
            child = Child(name, command, environment(self.home), log)
            self.children.append(child)
            child.start()

    def is_healthy(self) -> bool:
        """Tell whether every part answers; a heartbeat from before our start does not count."""
        client = self.client()
        try:
            health = client.health()
        finally:
            client.close()
        return all(health.get(part, {}).get("status") == "healthy" for part in PARTS) and all(
            seconds_of(health[part][f"latest_{part}_heartbeat"]) >= self._started_at
            for part in PARTS[1:]
        )

    def wait_healthy(self, timeout: float = 90, tick: Callable[[], None] | None = None) -> float:
        """Return the seconds from the start until all is healthy. Raises Refusal with the log."""
        deadline = time.monotonic() + timeout
        while not self.is_healthy():
            ended = [child for child in self.children if not child.is_alive()]
            if ended or time.monotonic() > deadline:
                self._refuse(ended, timeout)
            if tick is not None:
                tick()
            time.sleep(0.2)
        return time.time() - self._started_at

    def stop(self, patience: float = 15.0) -> None:
        """Stop all processes; running tasks get `patience` seconds to end."""
        stop_children(self.children, patience)
        self.children.clear()

    def login(self) -> tuple[str, str, str]:
        """Return address, user and password for a person's browser."""
        return login(self.home)

    def client(self) -> AirflowClient:
        return AirflowClient(*self.login())

    def _refuse(self, ended: list[Child], timeout: float) -> None:
        if ended:
            child = ended[0]
            raise Refusal(
                f"Airflow's {child.name} ended at once: {child.last_words()}",
                where=str(child.log),
                remedy="read this log; `./ringfence up` starts it again",
            )
        raise Refusal(
            f"Airflow is not healthy after {timeout:.0f} s.",
            where=str(self.home.airflow / "logs"),
            remedy="is the machine very busy? Try again, then read the logs there",
        )

    def _make_database(self) -> None:
        role = self.settings.role("airflow")
        password = load_secrets(self.home).database_password
        with psycopg.connect(self.cluster.url("postgres"), autocommit=True) as admin:
            for catalogue, column, name, statement in (
                ("pg_roles", "rolname", role, sql.SQL("create role {} login")),
                ("pg_database", "datname", DATABASE, sql.SQL("create database {}")),
            ):
                query = sql.SQL("select 1 from {} where {} = %s")
                look = query.format(sql.Identifier(catalogue), sql.Identifier(column))
                if admin.execute(look, [name]).fetchone() is None:
                    admin.execute(statement.format(sql.Identifier(name)))
            # Also when they exist: the secrets' file may have been made anew.
            set_password = sql.SQL("alter role {} password {}")
            admin.execute(set_password.format(sql.Identifier(role), sql.Literal(password)))
            own = sql.SQL("alter database {} owner to {}")
            admin.execute(own.format(sql.Identifier(DATABASE), sql.Identifier(role)))
            close = sql.SQL("revoke all on database {} from public")
            admin.execute(close.format(sql.Identifier(DATABASE)))

    def _revision(self) -> str | None:
        try:
            with psycopg.connect(self.cluster.url(DATABASE)) as connection:
                row = connection.execute("select version_num from alembic_version").fetchone()
        except psycopg.errors.UndefinedTable:
            return None
        return str(row[0]) if row else None

    def _migrate_if_needed(self) -> None:
        """Tell it from our stamp and one query: to ask Airflow itself costs 3 s."""
        known = self.home.read_run().get("airflow") or {}
        if known.get("migrated") == self._stamp() and self._revision() is not None:
            return
        self._migrate()
        self.home.write_run(airflow={**known, "migrated": self._stamp()})

    def _stamp(self) -> dict[str, str | None]:
        return {"version": airflow_version(), "revision": self._revision()}

    def _migrate(self) -> None:
        log = self.home.airflow / "logs" / "migrate.log"
        child = Child(
            "db migrate",
            [sys.executable, "-P", "-m", "airflow", "db", "migrate"],
            environment(self.home),
            log,
        )
        child.start()
        try:
            if child.process is None or child.process.wait(300) != 0:
                raise Refusal(
                    f"Airflow's database could not be migrated: {child.last_words()}",
                    where=str(log),
                    remedy="read this log, then run the command again",
                )
        except subprocess.TimeoutExpired:
            raise Refusal("Airflow's migration takes too long.", where=str(log)) from None
        finally:
            stop_children([child], 1.0)


def login(home: Home) -> tuple[str, str, str]:
    """Return address, user and password of this home's Airflow, whoever started it."""
    port = (home.read_run().get("airflow") or {}).get("port")
    if not port:
        raise Refusal(
            "Our Airflow has never been started in this home.",
            where=str(home.root),
            remedy="start it with `./ringfence up`",
        )
    return f"http://{ports.HOST}:{port}", USER, load_secrets(home).login_password
