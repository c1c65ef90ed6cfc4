"""Keep our services running: one supervisor a home, holding a lock that dies with it.

    with Supervisor(settings) as services:      # demo, test: for the length of a block
        services.airflow.client().trigger(…)
    Supervisor(settings).run(say)               # up: until Ctrl-C, restarting what crashes

A supervisor that was killed leaves processes behind; `run.json` names them by number and start,
and the next supervisor, or `down`, ends them first.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from ringfence.errors import Busy, Refusal
from ringfence.file_lock import release, try_lock
from ringfence.home import Home
from ringfence.services.airflow_service import AirflowService, login
from ringfence.services.children import Child, end_leftovers, stop_children
from ringfence.services.cluster import Cluster, ClusterInfo, running
from ringfence.services.processes import Identity, end, find, from_json, identify
from ringfence.settings import Settings, clean_environment

LONGEST_PAUSE = 60.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Command:
    """Name one more process to keep running beside Postgres and Airflow (the pages' server)."""

    name: str
    arguments: tuple[str, ...]
    variables: Mapping[str, str] | None = None


class Supervisor:
    """Start Postgres, Airflow and further commands; stop them in reverse order."""

    cluster: ClusterInfo
    airflow: AirflowService | None

    def __init__(
        self,
        settings: Settings,
        *,
        with_airflow: bool = True,
        dags: Path | None = None,
        commands: Sequence[Command] = (),
        say: Callable[[str], None] | None = None,
    ) -> None:
        self.settings = settings
        self.home = Home(settings.home)
        self.airflow = None
        self._with_airflow = with_airflow
        self._dags = dags
        self._commands = commands
        self._say = say or (lambda text: None)
        self._others: list[Child] = []
        self._crashes: dict[str, tuple[int, float]] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Supervisor:
        with ExitStack() as stack:
            stack.enter_context(_signals_interrupt())
            stack.enter_context(self._locked())
            stack.callback(self._remember, None)
            _end_what_was_left(self.home)
            self._remember([])
            self.cluster = stack.enter_context(running(self.home))
            self._say(f"Postgres runs on port {self.cluster.port}")
            if self._with_airflow:
                self._start_airflow(stack)
            stack.callback(lambda: stop_children(self._others, 10.0))
            for command in self._commands:
                self._start_command(command)
            self._remember(self._children())
            # Registered last, so done first: from here on a second Ctrl-C would leave a mess.
            stack.enter_context(_signals_wait_at_exit())
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def run(self, ready: Callable[[Supervisor], None] | None = None) -> None:
        """Keep all running until SIGINT, SIGTERM or SIGHUP; `ready` is told once they serve."""
        try:
            with self:
                if ready is not None:
                    ready(self)
                while True:
                    time.sleep(1)
                    self.tick()
        except KeyboardInterrupt:
            self._say("stopped")

    def tick(self) -> None:
        """Start again what has crashed: at once, then after ever longer pauses up to a minute."""
        if not Cluster(self.home).is_running() and self._may_restart("postgres"):
            self._say("Postgres is gone: starting it again")
            Cluster(self.home).ensure_started(keep=False)
        changed = False
        for child in self._children():
            if not child.is_alive() and self._may_restart(child.name):
                self._say(f"{child.name} is gone (see {child.log}): starting it again")
                stop_children([child], 1.0)  # what it may have left of its session
                child.start()
                changed = True
        if changed:
            self._remember(self._children())

    def _start_airflow(self, stack: ExitStack) -> None:
        airflow = AirflowService(self.settings, self.cluster, dags=self._dags)
        self.airflow = airflow
        stack.callback(airflow.stop)
        airflow.start()
        self._remember(self._children())
        seconds = airflow.wait_healthy()
        self._say(f"Airflow serves on {airflow.login()[0]} ({seconds:.0f} s)")

    def _start_command(self, command: Command) -> None:
        environment = clean_environment(
            RINGFENCE_HOME=str(self.home.root), **(command.variables or {})
        )
        log = self.home.logs / f"{command.name}.log"
        child = Child(command.name, command.arguments, environment, log)
        self._others.append(child)
        child.start()

    def _children(self) -> list[Child]:
        return [*(self.airflow.children if self.airflow else ()), *self._others]

    def _may_restart(self, name: str) -> bool:
        count, last = self._crashes.get(name, (0, 0.0))
        quiet = time.monotonic() - last
        if count and quiet > 5 * LONGEST_PAUSE:
            count = 0
        if count and quiet < min(LONGEST_PAUSE, 2.0**count):
            return False
        self._crashes[name] = (count + 1, time.monotonic())
        return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.home.create()
        handle = try_lock(self.home.root / "supervisor.lock")
        if handle is None:
            holder = supervisor_of(self.home)
            raise Busy(
                "Ringfence's services already run in this home"
                + (f" (process {holder.pid})." if holder else "."),
                where=str(self.home.root),
                remedy="use them as they are, or stop them with `./ringfence down`",
            )
        try:
            yield
        finally:
            release(handle)

    def _remember(self, children: Sequence[Child] | None) -> None:
        if children is None:
            self.home.write_run(supervisor=None)
            return
        own = identify(os.getpid())
        identities = {child.name: child.identity() for child in children}
        self.home.write_run(
            supervisor={
                **(own.as_json() if own else {}),
                "children": {name: one.as_json() for name, one in identities.items() if one},
            }
        )


def supervisor_of(home: Home) -> Identity | None:
    """Return the living supervisor of a home; a number from a stale file is none."""
    identity = from_json(home.read_run().get("supervisor"))
    return identity if find(identity) is not None else None


def down(home: Home, timeout: float = 60.0) -> bool:
    """Stop the supervisor of a home and all it runs; False if there was nothing to stop.

    Also ends what a killed supervisor has left. Raises Refusal when it does not end in time.
    """
    process = find(from_json(home.read_run().get("supervisor")))
    if process is None:
        left = _end_what_was_left(home)
        return Cluster(home).stop() or left > 0
    process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + timeout
    while supervisor_of(home) is not None:
        if time.monotonic() > deadline:
            end(process, patience=1.0)
            _end_what_was_left(home)
            Cluster(home).stop()
            raise Refusal(
                f"The supervisor (process {process.pid}) did not end in time and was killed.",
                where=str(home.logs),
                remedy="the next start repairs what it left",
            )
        time.sleep(0.1)
    return True


def status(home: Home) -> dict[str, Any]:
    """Return what runs in a home, where, and since when (seconds since 1970)."""
    known = home.read_run()
    supervisor = supervisor_of(home)
    recorded = (known.get("supervisor") or {}).get("children") or {}
    children = {}
    for name, value in recorded.items():
        identity = from_json(value)
        is_running = find(identity) is not None
        children[name] = {"is_running": is_running, **(identity.as_json() if identity else {})}
    has_airflow = bool((known.get("airflow") or {}).get("port"))
    url, user, _ = login(home) if has_airflow else (None, None, None)
    return {
        "home": str(home.root),
        "supervisor": supervisor.as_json() if supervisor else None,
        "postgres": asdict(Cluster(home).status()),
        "airflow": {
            "url": url,
            "user": user,
            "is_running": children.get("api-server", {}).get("is_running", False),
        },
        "processes": children,
    }


def _end_what_was_left(home: Home) -> int:
    recorded = (home.read_run().get("supervisor") or {}).get("children") or {}
    known = [identity for value in recorded.values() if (identity := from_json(value))]
    return end_leftovers(known)


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """Let SIGTERM and SIGHUP do what Ctrl-C does, so that everything is stopped for each."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with _handling(interrupt):
        yield


@contextmanager
def _signals_wait_at_exit() -> Iterator[None]:
    """Ignore further signals once the stopping has begun; it takes seconds, not minutes."""
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                signal.signal(number, signal.SIG_IGN)


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in SIGNALS}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
