"""Tasks run for real: Airflow's own runner, the package's own functions, a real Postgres."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.support_publish import lay_day, number, object_to_calls, publish

from ringfence.database import connect, held
from ringfence.home import Home
from ringfence.settings import PACKAGE, Settings, clean_environment, product_folder

SOURCE = """\
source_id: shop_leads
controller: nordlicht
obtained: from_person
approved: {by: dpo, on: 2026-01-15}
delivery: {pattern: "*.csv", expected_every: 1d}
format: {type: csv}
columns: {source_record_id: id, phone: phone, country: {constant: GB}}
emits:
  leads: {}
  suppression: {when: stop = "yes", map: {kind: {constant: objection}}}
"""

QUERY_SOURCE = """\
source_id: warehouse_leads
controller: nordlicht
obtained: from_person
approved: {by: dpo, on: 2026-01-15}
delivery: {connection: warehouse, query: "select '7' as id, '07700 900126' as phone"}
columns: {source_record_id: id, phone: phone, country: {constant: GB}}
emits: {leads: {}}
"""
CONTROLLERS = """\
controllers:
  - controller_id: nordlicht
    name: Nordlicht
    contact: privacy@nordlicht.example
    purposes: [{purpose: energy_offers, title: Offers of energy}]
    notices: [{version: v1, from: 2024-01-01, language: de}]
"""

# One process for all runs: Airflow's start costs more than any of them.
RUNNER = """
import json, os, sys
from datetime import timedelta
from airflow.dag_processing.dagbag import DagBag
def run_dag(file, dag_id, retries):
    dag = DagBag(file).dags[dag_id]
    for task in dag.tasks:
        task.retries, task.retry_delay = retries, timedelta(seconds=0)
    run = dag.test(logical_date=None)
    (found,) = run.get_task_instances()
    handed_over = found.xcom_pull(task_ids=found.task_id)
    return {
        "state": str(run.state), "tries": found.try_number, "logical_date": str(run.logical_date),
        "handed_over": handed_over,
    }
def fail_by_database(statement):
    import psycopg
    from ringfence.airflow_dags.task_runs import working
    try:
        with working() as settings, psycopg.connect(settings.database_url) as connection:
            connection.execute(statement)
    except SystemExit as end:
        return {"ended_as": type(end).__name__, "code": end.code}
for line in sys.stdin:
    command = json.loads(line)
    os.environ.update(command["environment"])
    result = globals()[command["function"]](*command["arguments"])
    print("::result::" + json.dumps(result, default=str), flush=True)
"""


class Airflow:
    """Talk to a process in which Airflow runs DAGs one at a time, in its own task runner."""

    warehouse = ""

    def __init__(self, folder: Path) -> None:
        environment = clean_environment(
            AIRFLOW_HOME=str(folder),
            AIRFLOW__CORE__LOAD_EXAMPLES="False",
            AIRFLOW__CORE__PLUGINS_FOLDER=str(PACKAGE.parent),
            AIRFLOW__CORE__DAGS_FOLDER=str(product_folder("dags")),
            PYTHONPATH=str(PACKAGE.parent),
        )
        migrate = [sys.executable, "-m", "airflow", "db", "migrate"]
        subprocess.run(migrate, env=environment, capture_output=True, check=True, timeout=240)
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUNNER],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def call(self, settings: Settings, function: str, *arguments: object) -> dict[str, Any]:
        """Return the function's answer, and under `output` all that was logged meanwhile."""
        assert self.process.stdin
        assert self.process.stdout
        command = {
            "function": function,
            "arguments": arguments,
            "environment": {
                "RINGFENCE_HOME": str(settings.home),
                "RINGFENCE_REGISTERS": str(settings.registers),
                "RINGFENCE_ROLE_PREFIX": settings.role_prefix,
                "RINGFENCE_DATABASE_URL": settings.database_url or "",
                "RINGFENCE_DATABASE_CONN_ID": settings.database_conn_id or "",
                "AIRFLOW_CONN_WAREHOUSE": self.warehouse,
            },
        }
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        output = ""
        for line in self.process.stdout:
            if line.startswith("::result::"):
                return {**json.loads(line.removeprefix("::result::")), "output": output}
            output += line
        raise AssertionError(output[-3000:])

    def run_dag(self, settings: Settings, dag_id: str, retries: int = 3) -> dict[str, Any]:
        stem = "ingest_sources" if dag_id.startswith("ingest__") else dag_id
        file = str(product_folder("dags") / f"{stem}.py")
        return self.call(settings, "run_dag", file, dag_id, retries)


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    started = Airflow(tmp_path_factory.mktemp("airflow"))
    yield started
    assert started.process.stdin
    started.process.stdin.close()
    started.process.wait(30)


@pytest.fixture(scope="module")
def home(database: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return the module's home with one source whose rows are leads or stops."""
    registers = tmp_path_factory.mktemp("registers")
    (registers / "sources").mkdir()
    (registers / "sources" / "shop_leads.yml").write_text(SOURCE, "utf-8")
    (registers / "sources" / "warehouse_leads.yml").write_text(QUERY_SOURCE, "utf-8")
    (registers / "controllers.yml").write_text(CONTROLLERS, "utf-8")
    return replace(database, registers=registers)


def deliver(settings: Settings, name: str, text: str) -> Path:
    folder = Home(settings.home).inbox / "shop_leads"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def test_a_home_without_a_database_fails_once_in_three_lines_and_without_a_traceback(
    airflow: Airflow, home: Settings, tmp_path: Path
) -> None:
    empty = replace(home, home=tmp_path, database_url=None)
    ended = airflow.run_dag(empty, "ingest__shop_leads")
    assert (ended["state"], ended["tries"]) == ("failed", 1)
    assert "This home has no database yet.\n  where: " in ended["output"]
    assert "do:    run `./ringfence setup`" in ended["output"]
    assert "trying again would not help" in ended["output"]
    assert "Traceback" not in ended["output"]


def test_a_run_without_a_logical_date_lands_a_delivery_and_hands_counts_over(
    airflow: Airflow, home: Settings
) -> None:
    file = deliver(home, "day_1.csv", "id,phone,stop\n1,07700 900123,no\n2,07700 900124,yes\n")
    ended = airflow.run_dag(home, "ingest__shop_leads")
    assert (ended["state"], ended["logical_date"]) == ("success", "None"), ended["output"][-3000:]
    (report,) = ended["handed_over"]
    assert (report["status"], report["rows_read"], report["rows_landed"]) == ("accepted", 2, 2)
    assert "900123" not in ended["output"]
    assert "900124" not in ended["output"]
    file.unlink()


def test_an_airflow_connection_names_the_database(airflow: Airflow, home: Settings) -> None:
    airflow.warehouse = str(home.database_url)
    by_name = replace(home, database_url=None, database_conn_id="warehouse")
    ended = airflow.run_dag(by_name, "ingest__shop_leads")
    assert (ended["state"], ended["handed_over"]) == ("success", []), ended["output"][-3000:]
    unknown = replace(by_name, database_conn_id="lake")
    ended = airflow.run_dag(unknown, "ingest__shop_leads")
    assert (ended["state"], ended["tries"]) == ("failed", 1)
    assert "Airflow has no connection `lake`." in ended["output"]
    assert "Traceback" not in ended["output"]


def test_a_source_with_a_query_is_read_over_the_connection_that_airflow_knows(
    airflow: Airflow, home: Settings
) -> None:
    airflow.warehouse = str(home.database_url)
    ended = airflow.run_dag(home, "ingest__warehouse_leads")
    assert ended["state"] == "success", ended["output"][-3000:]
    (report,) = ended["handed_over"]
    assert (report["status"], report["rows_landed"]) == ("accepted", 1)
    assert "900126" not in ended["output"]


def test_a_rejected_delivery_fails_once_after_its_report_was_kept_and_somebody_was_told(
    airflow: Airflow, home: Settings
) -> None:
    file = deliver(home, "day_2.csv", "id,telephone\n1,07700 900125\n")
    ended = airflow.run_dag(home, "ingest__shop_leads")
    file.unlink()
    assert (ended["state"], ended["tries"]) == ("failed", 1)
    (report,) = ended["handed_over"]
    assert (report["source_id"], report["status"]) == ("shop_leads", "rejected")
    assert "Traceback" not in ended["output"]
    assert "alarm_batch_rejected: A delivery of `shop_leads` was rejected" in ended["output"]
    assert "900125" not in ended["output"]
    with connect(home) as connection:
        told = connection.execute(
            "select object_id from ledger.audit_events where action = 'alarm_batch_rejected'"
        ).fetchall()
    assert told == [("shop_leads",)]


def test_a_held_lock_is_waited_for_by_trying_again(airflow: Airflow, home: Settings) -> None:
    with (
        connect(home, name="somebody else", autocommit=True) as connection,
        held(connection, "ingest:shop_leads"),
    ):
        ended = airflow.run_dag(home, "ingest__shop_leads", retries=1)
    assert (ended["state"], ended["tries"]) == ("failed", 2)
    assert "is already being worked on by `somebody else`" in ended["output"]
    assert "Traceback" not in ended["output"]


def test_the_words_of_an_unexpected_error_are_kept_out_of_the_log(
    airflow: Airflow, home: Settings
) -> None:
    statement = "select 'call 07700 900123'::integer"
    with connect(home) as connection, pytest.raises(psycopg.DataError, match="900123"):
        connection.execute(statement)
    ended = airflow.call(home, "fail_by_database", statement)
    assert (ended["ended_as"], ended["code"]) == ("Failed", 1)
    assert (
        "An unexpected psycopg.errors.InvalidTextRepresentation ended this task"
        in (ended["output"])
    )
    assert "SQLSTATE 22P02" in ended["output"]
    assert "900123" not in ended["output"]


def test_a_recall_hands_counts_over_and_is_skipped_when_there_is_nothing_to_recall(
    airflow: Airflow, fresh_database: Settings
) -> None:
    lay_day(fresh_database)
    publish(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        object_to_calls(connection, 3)
    ended = airflow.run_dag(fresh_database, "recall_withdrawals")
    assert ended["state"] == "success", ended["output"][-3000:]
    (report,) = ended["handed_over"]
    assert (report["status"], report["count_new"], report["new_edition"]) == ("recalled", 1, 2)
    assert number(3)[3:] not in ended["output"] + json.dumps(ended["handed_over"])
    again = airflow.run_dag(fresh_database, "recall_withdrawals")
    assert [one["status"] for one in again["handed_over"]] == ["unchanged"]
    assert "skipped" in again["output"].lower()


def test_a_recall_that_finds_the_campaign_at_work_is_tried_again(
    airflow: Airflow, fresh_database: Settings
) -> None:
    lay_day(fresh_database)
    publish(fresh_database)
    with (
        connect(fresh_database, name="a publisher", autocommit=True) as connection,
        held(connection, "publish:energy_gb"),
    ):
        object_to_calls(connection, 3)
        ended = airflow.run_dag(fresh_database, "recall_withdrawals", retries=1)
    assert (ended["state"], ended["tries"]) == ("failed", 2)
    assert "energy_gb could not be recalled from" in ended["output"]
