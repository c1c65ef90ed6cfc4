"""Start our own Airflow once, for real, and look at all of it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from ringfence.errors import Misconfigured, Refusal
from ringfence.home import Home
from ringfence.services import ports
from ringfence.services.airflow_client import AirflowClient
from ringfence.services.airflow_config import environment, load_secrets
from ringfence.services.airflow_service import AirflowService
from ringfence.services.cluster import Cluster
from ringfence.services.supervisor import Supervisor, status
from ringfence.settings import load_settings

DAG = '''
"""A DAG of the test."""
from airflow.sdk import dag, task

@dag(schedule=None)
def say_it():
    @task
    def look(dag_run=None):
        import os
        import great_expectations, ringfence
        return {"conf": dag_run.conf["word"], "home": os.environ["RINGFENCE_HOME"]}
    look()

say_it()
'''
BROKEN = "from airflow.sdk import dag\nraise ValueError('a fault of the test')\n"


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    """Start Postgres and Airflow in a home and a DAG folder with awkward names."""
    root = tmp_path_factory.mktemp("airflow 100% %(real)s")
    (root / "dags").mkdir()
    (root / "dags" / "say_it.py").write_text(DAG)
    (root / "dags" / "broken.py").write_text(BROKEN)
    home = Home(root / "home")
    home.create()
    Cluster(home).add_settings("fsync = off\nshared_buffers = 64MB\n")
    settings = replace(load_settings(), home=home.root)
    # As if the user had an Airflow of his own: nothing of it may get in.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW__CORE__EXECUTOR", "NoSuchExecutor")
        patch.setenv("AIRFLOW_HOME", "/nowhere")
        patch.setenv("PYTHONPATH", "/nowhere")
        patch.setenv("http_proxy", "http://127.0.0.1:9")
        with Supervisor(settings, dags=root / "dags") as supervisor:
            yield supervisor
    Cluster(home).remove()


@pytest.fixture(scope="module")
def airflow(services: Supervisor) -> AirflowService:
    assert services.airflow is not None
    return services.airflow


@pytest.fixture(scope="module")
def client(airflow: AirflowService) -> Iterator[AirflowClient]:
    client = airflow.client()
    yield client
    client.close()


def test_a_run_gets_its_conf_and_gives_its_result(
    client: AirflowClient, services: Supervisor
) -> None:
    client.wait_for_dags({"say_it"})
    client.trigger("say_it", {"word": "hello"}, run_id="first")
    assert client.wait_for_run("say_it", "first", timeout=90)["state"] == "success"
    [task] = client.task_instances("say_it", "first")
    assert (task["task_id"], task["state"]) == ("look", "success")
    result = client.xcom("say_it", "first", "look")
    assert result == {"conf": "hello", "home": str(services.settings.home)}
    assert any("Done" in line for line in client.task_log("say_it", "first", "look"))


def test_the_same_run_id_again_is_the_same_run(client: AirflowClient) -> None:
    client.wait_for_dags({"say_it"})
    first = client.trigger("say_it", {"word": "hello"}, run_id="again")
    second = client.trigger("say_it", {"word": "other"}, run_id="again")
    assert second["dag_run_id"] == first["dag_run_id"]
    assert [run["dag_run_id"] for run in client.dag_runs("say_it")].count("again") == 1


def test_a_broken_dag_file_is_reported_and_takes_no_other_down(client: AirflowClient) -> None:
    client.wait_for_dags({"say_it"})
    with pytest.raises(Refusal, match="no_such_dag") as caught:
        client.wait_for_dags({"say_it", "no_such_dag"}, timeout=1)
    assert "a fault of the test" in caught.value.where
    [error] = client.import_errors()
    assert str(error["filename"]).endswith("broken.py")


def test_an_unknown_dag_is_refused_in_airflows_words(client: AirflowClient) -> None:
    with pytest.raises(Refusal, match="404"):
        client.trigger("no_such_dag")


def test_nobody_gets_in_without_the_password(airflow: AirflowService) -> None:
    url, user, password = airflow.login()
    assert user == "admin"
    assert httpx.get(f"{url}/api/v2/dags", trust_env=False).status_code == 401
    wrong = {"username": user, "password": password + "x"}
    assert httpx.post(f"{url}/auth/token", json=wrong, trust_env=False).status_code == 401
    right = {"username": user, "password": password}
    assert httpx.post(f"{url}/auth/token", json=right, trust_env=False).status_code == 201


def test_every_port_is_open_to_this_machine_alone(services: Supervisor) -> None:
    leaders = [child["pid"] for child in status(services.home)["processes"].values()]
    family = [
        process
        for leader in map(psutil.Process, leaders)
        for process in [leader, *leader.children(recursive=True)]
    ]
    listening = set()
    for process in family:
        # Airflow makes processes with secrets unreadable, to their own user as well; one that has
        # ended since we looked listens to nobody.
        with contextlib.suppress(psutil.AccessDenied, psutil.NoSuchProcess):
            listening |= {
                connection.laddr.ip
                for connection in process.net_connections("inet")
                if connection.status == psutil.CONN_LISTEN
            }
    assert listening == {ports.HOST}


def test_secrets_lie_in_files_for_the_owner_alone(airflow: AirflowService) -> None:
    kept = load_secrets(airflow.home)
    for name in ("secrets.json", "airflow.cfg", "passwords.json"):
        assert (airflow.home.airflow / name).stat().st_mode & 0o077 == 0
    variables = " ".join(environment(airflow.home).values())
    logs = [path.read_text() for path in (airflow.home.airflow / "logs").glob("*.log")]
    for secret in (kept.fernet_key, kept.jwt_secret, kept.login_password, kept.database_password):
        assert secret not in variables
        assert not any(secret in text for text in logs)


def test_airflows_role_has_no_say_over_other_databases(airflow: AirflowService) -> None:
    role = airflow.settings.role("airflow")
    with psycopg.connect(airflow.cluster.url("postgres")) as admin:
        row = admin.execute(
            "select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = %s", [role]
        ).fetchone()
    assert row == (False, False, False)


def test_a_migrated_database_is_not_migrated_again(airflow: AirflowService) -> None:
    log = airflow.home.airflow / "logs" / "migrate.log"
    before = log.stat().st_mtime_ns
    started = time.monotonic()
    airflow._migrate_if_needed()
    assert time.monotonic() - started < 2
    assert log.stat().st_mtime_ns == before


def test_a_client_without_a_server_says_what_to_do() -> None:
    port = ports.choose_port(None, "nobody")
    client = AirflowClient(f"http://{ports.HOST}:{port}", "admin", "none")
    assert client.health() == {}
    with pytest.raises(Refusal, match="does not answer"):
        client.dags()


def test_secrets_that_cannot_be_read_are_a_clear_error(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.create()
    (home.airflow / "secrets.json").write_text("{}")
    with pytest.raises(Misconfigured, match="cannot be read"):
        load_secrets(home)
