"""Run, break and repair real clusters of our own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from ringfence.errors import Refusal
from ringfence.home import Home
from ringfence.services.cluster import Cluster, ClusterInfo, psql_command, running
from ringfence.services.postgres_place import find_place, known_place
from ringfence.services.processes import wait_gone
from ringfence.settings import clean_environment

# A made-up text, not a number: what must never be found in a log.
CANARY = "canary-value-in-an-error"


def made_home(root: Path) -> Iterator[Home]:
    home = Home(root / "my home")
    home.create()
    Cluster(home).add_settings("fsync = off\nshared_buffers = 32MB\n")
    yield home
    Cluster(home).remove()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """Return a home with a space in its path, whose cluster is deleted after the test."""
    yield from made_home(tmp_path)


@pytest.fixture(scope="module")
def calm_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Return a home for tests that leave its cluster as they found it."""
    yield from made_home(tmp_path_factory.mktemp("calm"))


def ask(info: ClusterInfo, query: str) -> object:
    with psycopg.connect(info.url("postgres"), autocommit=True) as connection:
        row = connection.execute(query).fetchone()
        return row[0] if row else None


def run(info: ClusterInfo, statement: str) -> None:
    with psycopg.connect(info.url("postgres"), autocommit=True) as connection:
        connection.execute(statement)


def folder_of(home: Home) -> Path:
    folder = known_place(home)
    assert folder is not None
    return folder


def kill_postmaster(home: Home) -> None:
    pid = Cluster(home).status().pid
    assert pid is not None
    process = psutil.Process(pid)
    process.send_signal(signal.SIGKILL)
    assert wait_gone([process], 10) == []


def test_starting_twice_gives_the_same_cluster(calm_home: Home) -> None:
    first = Cluster(calm_home).ensure_started()
    pid = Cluster(calm_home).status().pid
    assert Cluster(calm_home).ensure_started() == first
    assert Cluster(calm_home).status().pid == pid


def test_only_the_right_password_opens_the_door(calm_home: Home) -> None:
    info = Cluster(calm_home).ensure_started()
    for password in ("wrong", ""):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(info.url("postgres", info.user, password))
    assert ask(info, "select current_user") == "postgres"


def test_passwords_lie_in_a_file_for_the_owner_alone(calm_home: Home) -> None:
    info = Cluster(calm_home).ensure_started()
    path = calm_home.root / "run.json"
    assert json.loads(path.read_text())["postgres"]["password"] == info.password
    assert path.stat().st_mode & 0o077 == 0
    assert info.password not in repr(info)


def test_the_server_listens_on_this_machine_alone_and_on_no_socket(calm_home: Home) -> None:
    info = Cluster(calm_home).ensure_started()
    assert ask(info, "show listen_addresses") == "127.0.0.1"
    assert ask(info, "show unix_socket_directories") == ""


def test_an_error_with_a_value_leaves_no_trace_in_the_log(home: Home) -> None:
    info = Cluster(home).ensure_started()
    run(info, "create table guarded (value text primary key)")
    run(info, f"insert into guarded values ('{CANARY}')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        run(info, f"insert into guarded values ('{CANARY}')")
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        run(info, f"select '{CANARY}'::integer")
    Cluster(home).stop()
    logs = [path.read_text() for path in folder_of(home).rglob("*.log")]
    assert any("ready to accept connections" in text for text in logs)
    assert not any(CANARY in text for text in logs)


def test_a_killed_server_starts_again_with_its_data(home: Home) -> None:
    run(Cluster(home).ensure_started(), "create table kept as select 7 as value")
    kill_postmaster(home)
    assert (folder_of(home) / "data" / "postmaster.pid").exists()
    assert not Cluster(home).is_running()
    assert ask(Cluster(home).ensure_started(), "select value from kept") == 7


def test_a_stale_pid_file_that_names_a_living_stranger_is_no_hindrance(home: Home) -> None:
    Cluster(home).ensure_started()
    kill_postmaster(home)
    pid_file = folder_of(home) / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert not Cluster(home).is_running()
    assert not Cluster(home).stop()
    assert ask(Cluster(home).ensure_started(), "select 1") == 1
    assert psutil.pid_exists(os.getpid())


def test_a_half_made_cluster_is_put_aside_and_made_anew(home: Home) -> None:
    folder = find_place(home).folder
    (folder / "data.making").mkdir()
    (folder / "data").mkdir()
    (folder / "data" / "base").mkdir()
    assert ask(Cluster(home).ensure_started(), "select 1") == 1
    assert not (folder / "data.making").exists()
    assert (folder / "data.unfinished-1" / "base").is_dir()


def test_a_lost_run_file_is_repaired_without_loss_of_data(home: Home) -> None:
    run(Cluster(home).ensure_started(), "create table kept as select 7 as value")
    (home.root / "run.json").unlink()
    assert ask(Cluster(home).ensure_started(), "select value from kept") == 7
    Cluster(home).stop()
    (home.root / "run.json").unlink()
    assert ask(Cluster(home).ensure_started(), "select value from kept") == 7


def test_data_of_another_major_version_is_refused_and_untouched(home: Home) -> None:
    Cluster(home).ensure_started()
    Cluster(home).stop()
    version = folder_of(home) / "data" / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(Refusal, match="PostgreSQL 17") as caught:
        Cluster(home).ensure_started()
    assert "restore" in caught.value.remedy
    version.write_text("18\n")
    assert ask(Cluster(home).ensure_started(), "select 1") == 1


def test_the_port_is_remembered_and_given_up_only_to_another_program(home: Home) -> None:
    first = Cluster(home).ensure_started().port
    Cluster(home).stop()
    assert Cluster(home).ensure_started().port == first
    Cluster(home).stop()
    with socket.create_server(("127.0.0.1", first)):
        second = Cluster(home).ensure_started()
        assert second.port != first
        assert ask(second, "select 1") == 1
    Cluster(home).stop()
    assert Cluster(home).ensure_started().port == second.port


def test_two_starts_at_once_make_one_cluster(home: Home) -> None:
    code = (
        "import sys; from pathlib import Path; from ringfence.services.cluster import Cluster; "
        "from ringfence.home import Home; cluster = Cluster(Home(Path(sys.argv[1]))); "
        "cluster.ensure_started(); print(cluster.status().pid)"
    )
    command = [sys.executable, "-c", code, str(home.root)]
    plugins = str(Path(__file__).parent.parent / "plugins")
    starts = [
        subprocess.Popen(command, stdout=subprocess.PIPE, env=clean_environment(PYTHONPATH=plugins))
        for _ in range(3)
    ]
    answers = {start.communicate(timeout=60)[0] for start in starts}
    assert [start.returncode for start in starts] == [0, 0, 0]
    assert answers == {f"{Cluster(home).status().pid}\n".encode()}


def test_a_block_stops_what_it_started(home: Home) -> None:
    with running(home) as info:
        assert ask(info, "select 1") == 1
    assert not Cluster(home).is_running()


def test_a_block_leaves_alone_what_ran_before(home: Home) -> None:
    Cluster(home).ensure_started()
    with running(home):
        pass
    assert Cluster(home).is_running()


def test_the_last_of_two_blocks_turns_the_light_off(home: Home) -> None:
    with running(home):
        with running(home):
            pass
        assert Cluster(home).is_running()
    assert not Cluster(home).is_running()


def test_a_block_that_fails_stops_its_cluster_too(home: Home) -> None:
    def fail(make: Callable[[], Exception]) -> None:
        with running(home):
            raise make()

    with pytest.raises(ZeroDivisionError):
        fail(ZeroDivisionError)
    assert not Cluster(home).is_running()


def test_a_start_that_cannot_work_says_why(home: Home) -> None:
    Cluster(home).ensure_started()
    Cluster(home).stop()
    Cluster(home).add_settings("shared_buffers = nonsense\n")
    with pytest.raises(Refusal, match=r"did not start: .*postgresql\.local\.conf"):
        Cluster(home).ensure_started()
    Cluster(home).add_settings("")


def test_psql_of_the_wheel_reaches_the_cluster(calm_home: Home) -> None:
    info = Cluster(calm_home).ensure_started()
    command, variables = psql_command(info, "postgres")
    assert info.password not in " ".join(command)
    done = subprocess.run(
        [*command, "-Atc", "select 40 + 2"],
        env=clean_environment(**variables),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "42\n"


def test_the_server_never_runs_as_root_and_its_data_is_private(calm_home: Home) -> None:
    Cluster(calm_home).ensure_started()
    status = Cluster(calm_home).status()
    server = psutil.Process(status.pid)
    assert server.uids().effective != 0
    data = Path(str(status.data))
    assert data.stat().st_mode & 0o077 == 0
    assert (calm_home.root / "postgres" / "data").resolve() == data
    assert server.username() == ("ringfence_postgres" if os.geteuid() == 0 else data.owner())


def test_two_homes_never_share_one_database(home: Home, tmp_path: Path) -> None:
    run(Cluster(home).ensure_started(), "create table kept as select 7 as value")
    Cluster(home).stop()
    copy = Home(tmp_path / "copy")
    subprocess.run(["cp", "-a", str(home.root), str(copy.root)], check=True)
    if os.geteuid() == 0:
        # The data lies elsewhere, so the copy holds only a link to it.
        with pytest.raises(Refusal, match="is a copy"):
            Cluster(copy).ensure_started()
    else:
        run(Cluster(copy).ensure_started(), "update kept set value = 8")
        assert ask(Cluster(home).ensure_started(), "select value from kept") == 7
        Cluster(copy).remove()


def test_the_session_cluster_answers(cluster: ClusterInfo) -> None:
    assert ask(cluster, "select 1") == 1
