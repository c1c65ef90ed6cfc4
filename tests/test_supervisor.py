"""Run the supervisor for real: over a real Postgres, with small commands beside it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from ringfence.errors import Busy
from ringfence.home import Home
from ringfence.services.cluster import Cluster
from ringfence.services.processes import wait_gone
from ringfence.services.supervisor import Command, Supervisor, down, status, supervisor_of
from ringfence.settings import Settings, clean_environment, load_settings

SLEEPER = Command("sleeper", ("sleep", "600"))
PROGRAM = """
import sys
from dataclasses import replace
from pathlib import Path
from ringfence.settings import load_settings
from ringfence.services.supervisor import Command, Supervisor

settings = replace(load_settings(), home=Path(sys.argv[1]))
command = Command("sleeper", ("sh", "-c", "sleep 600 & sleep 600"))
supervisor = Supervisor(settings, with_airflow=False, commands=[command])
supervisor.run(lambda services: print("ready", flush=True))
"""


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    home = Home(tmp_path / "my home")
    home.create()
    Cluster(home).add_settings("fsync = off\nshared_buffers = 32MB\n")
    yield replace(load_settings(), home=home.root)
    down(home)
    Cluster(home).remove()


@pytest.fixture
def apart(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """Start a supervisor in a process of its own and wait until it serves."""
    plugins = str(Path(__file__).parent.parent / "plugins")
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(settings.home)],
        stdout=subprocess.PIPE,
        env=clean_environment(PYTHONPATH=plugins),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    yield process
    process.kill()
    process.wait(10)
    process.stdout.close()


def family_of(home: Home) -> list[psutil.Process]:
    """Return all processes that the supervisor of this home has started."""
    leader = psutil.Process(status(home)["processes"]["sleeper"]["pid"])
    return [leader, *leader.children(recursive=True)]


def soon(is_true: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not is_true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return is_true()


def test_a_block_runs_everything_and_leaves_nothing(settings: Settings) -> None:
    home = Home(settings.home)
    with Supervisor(settings, with_airflow=False, commands=[SLEEPER]):
        found = status(home)
        assert found["supervisor"]["pid"] == os.getpid()
        assert found["postgres"]["is_running"]
        assert found["processes"]["sleeper"]["is_running"]
        processes = family_of(home)
    assert wait_gone(processes, 0) == []
    found = status(home)
    assert found["supervisor"] is None
    assert not found["postgres"]["is_running"]
    assert found["processes"] == {}


def test_a_block_that_fails_leaves_nothing_either(settings: Settings) -> None:
    def fail() -> None:
        with Supervisor(settings, with_airflow=False, commands=[SLEEPER]):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not Cluster(Home(settings.home)).is_running()


def test_a_second_supervisor_is_told_who_holds_the_home(settings: Settings) -> None:
    with Supervisor(settings, with_airflow=False):
        with pytest.raises(Busy, match=f"process {os.getpid()}") as caught, Supervisor(settings):
            pass
        assert "down" in caught.value.remedy
        assert Cluster(Home(settings.home)).is_running()


def test_postgres_that_ran_before_is_left_running(settings: Settings) -> None:
    Cluster(Home(settings.home)).ensure_started()
    with Supervisor(settings, with_airflow=False):
        pass
    assert Cluster(Home(settings.home)).is_running()


def test_what_crashes_is_started_again(settings: Settings) -> None:
    home = Home(settings.home)
    said: list[str] = []
    with Supervisor(
        settings, with_airflow=False, commands=[SLEEPER], say=said.append
    ) as supervisor:
        first = status(home)
        os.kill(first["processes"]["sleeper"]["pid"], signal.SIGKILL)
        os.kill(first["postgres"]["pid"], signal.SIGKILL)
        assert soon(lambda: not Cluster(home).is_running())
        supervisor.tick()
        second = status(home)
        assert second["processes"]["sleeper"]["is_running"]
        assert second["processes"]["sleeper"]["pid"] != first["processes"]["sleeper"]["pid"]
        assert second["postgres"]["is_running"]
        assert second["postgres"]["port"] == first["postgres"]["port"]
    assert any("sleeper is gone" in text for text in said)


def test_what_crashes_again_and_again_gets_ever_longer_pauses(settings: Settings) -> None:
    said: list[str] = []
    broken = Command("broken", ("false",))
    with Supervisor(settings, with_airflow=False, commands=[broken], say=said.append) as supervisor:
        for _ in range(10):
            supervisor.tick()
            time.sleep(0.05)
    assert len([text for text in said if "broken is gone" in text]) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_signal_to_end_stops_all(
    settings: Settings, apart: subprocess.Popen[bytes], number: signal.Signals
) -> None:
    home = Home(settings.home)
    processes = family_of(home)
    assert len(processes) >= 3
    apart.send_signal(number)
    assert apart.wait(30) == 0
    assert wait_gone(processes, 10) == []
    assert not Cluster(home).is_running()


def test_down_stops_a_supervisor_in_another_process(
    settings: Settings, apart: subprocess.Popen[bytes]
) -> None:
    home = Home(settings.home)
    assert supervisor_of(home) is not None
    assert down(home)
    assert apart.wait(10) == 0
    assert not down(home)


def test_what_a_killed_supervisor_left_is_ended_by_the_next(
    settings: Settings, apart: subprocess.Popen[bytes]
) -> None:
    home = Home(settings.home)
    processes = family_of(home)
    apart.kill()
    apart.wait(10)
    assert all(process.is_running() for process in processes)
    assert supervisor_of(home) is None
    with Supervisor(settings, with_airflow=False):
        assert wait_gone(processes, 0) == []
    assert not Cluster(home).is_running()


def test_down_cleans_up_after_a_killed_supervisor(
    settings: Settings, apart: subprocess.Popen[bytes]
) -> None:
    home = Home(settings.home)
    processes = family_of(home)
    apart.kill()
    apart.wait(10)
    assert down(home)
    assert wait_gone(processes, 10) == []
    assert not Cluster(home).is_running()


def test_a_stale_number_that_now_is_a_stranger_is_never_touched(settings: Settings) -> None:
    home = Home(settings.home)
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as stranger:
        stale = {"pid": stranger.pid, "started": time.time() - 86_400}
        home.write_run(supervisor={**stale, "children": {"sleeper": stale}})
        assert supervisor_of(home) is None
        assert not down(home)
        with Supervisor(settings, with_airflow=False):
            pass
        assert stranger.poll() is None
        stranger.kill()


def test_the_run_file_names_processes_by_number_and_start(settings: Settings) -> None:
    with Supervisor(settings, with_airflow=False, commands=[SLEEPER]):
        known = json.loads((settings.home / "run.json").read_text())["supervisor"]
    own = psutil.Process()
    assert known["pid"] == own.pid
    assert abs(known["started"] - own.create_time()) < 2
    assert set(known["children"]["sleeper"]) == {"pid", "started"}
