"""A setting that cannot be meant is told in words, exit 2, before anything is begun."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support_settings import settings_for
from tests.support_shell import check_told, shell, variables_of

from ringfence.home import Home
from ringfence.services.cluster import Cluster
from ringfence.settings import Settings, product_folder

COMMANDS = [["status"], ["run-day"], ["stop", "--reason", "x"], ["setup"]]


@pytest.mark.parametrize(
    "url",
    [
        "garbage",
        "mysql://u:hush-hush@127.0.0.1/x",
        "postgresql://u:hush-hush@[bad/x",
        "postgresql://u:hush-hush@127.0.0.1:99999/x",
        "postgresql://u:hush-hush@127.0.0.1:port/x",
        "postgresql://u:hush-hush@127.0.0.1/x?no_such_setting=1",
        "postgresql:///",
    ],
)
def test_a_url_that_is_none_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    known = {"RINGFENCE_HOME": str(tmp_path), "RINGFENCE_DATABASE_URL": url}
    done = shell("run-day", **known)
    check_told(done, 2, "RINGFENCE_DATABASE_URL", "postgresql://login")
    assert "hush" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("home", ["/etc/passwd", "/etc/passwd/below", "/proc/x"])
def test_a_home_that_can_be_none_is_refused(home: str, command: list[str]) -> None:
    done = shell(*command, RINGFENCE_HOME=home)
    if command == ["status"] and home == "/proc/x":
        assert (done.returncode, done.stderr) == (0, "")  # it makes nothing, and says so
    else:
        check_told(done, 2, home if command != ["run-day"] else "do:")


@pytest.mark.parametrize("name", ["RINGFENCE_REGISTERS", "RINGFENCE_CHECKPOINTS"])
def test_a_folder_that_is_none_is_refused_but_a_brake_gets_through(
    database: Settings, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "file"
    file.touch()
    wrong = [file, tmp_path / "nowhere"] if name == "RINGFENCE_REGISTERS" else [file]
    for path in wrong:
        known = {**variables_of(database), name: str(path)}
        for command in (["run-day"], ["ingest", "crm_export"], ["setup", "--demo"]):
            check_told(shell(*command, **known), 2, name, str(path))
        assert shell("stop", "--reason", "x", **known).returncode == 0


def test_two_databases_are_one_too_many(database: Settings) -> None:
    known = {**variables_of(database), "RINGFENCE_DATABASE_CONN_ID": "warehouse"}
    check_told(shell("status", **known), 2, "unset one of them")


@pytest.fixture
def by_connection(database: Settings, tmp_path: Path) -> dict[str, str]:
    known = variables_of(database)
    url = known.pop("RINGFENCE_DATABASE_URL")
    return {
        **known,
        "RINGFENCE_DATABASE_CONN_ID": "ringfence_db",
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW_CONN_RINGFENCE_DB": url,
    }


def test_the_shell_works_on_the_database_of_the_connection(
    database: Settings, by_connection: dict[str, str]
) -> None:
    done = shell("stop", "--reason", "by connection", "--json", **by_connection)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["stopped"] == "every campaign"
    told = shell("status", "--json", **variables_of(database))
    assert "by connection" in json.loads(told.stdout)["publication"]


def test_a_connection_that_airflow_does_not_know_is_refused(by_connection: dict[str, str]) -> None:
    unknown = {**by_connection, "RINGFENCE_DATABASE_CONN_ID": "no_such_one"}
    check_told(shell("stop", "--reason", "x", **unknown), 2, "no_such_one")


@pytest.fixture(scope="module")
def own_home(tmp_path_factory: pytest.TempPathFactory, role_prefix: str) -> Iterator[Settings]:
    home = tmp_path_factory.mktemp("damaged") / "home"
    settings = settings_for(home, None, role_prefix, product_folder("dags"))
    try:
        assert shell("setup", "--demo", **variables_of(settings)).returncode == 0
        yield settings
    finally:
        Cluster(Home(home)).remove()


@pytest.mark.parametrize("content", [b"", b'{"mode": "demo", "post', b"null", b"[]", b"\xff\xfe"])
def test_a_damaged_memory_is_told_and_made_anew_by_setup(
    own_home: Settings, content: bytes
) -> None:
    file = own_home.home / "run.json"
    file.write_bytes(content)
    known = variables_of(own_home)
    for command in (["status"], ["stop", "--reason", "x"]):
        check_told(shell(*command, **known), 2, "damaged", "setup")
    done = shell("setup", "--demo", **known)
    assert done.returncode == 0, done.stderr
    assert shell("stop", "--reason", "x", **known).returncode == 0
