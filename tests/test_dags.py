"""The DAGs as Airflow itself sees them: parsed by its own DagBag, in a process of their own."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ringfence.home import Home
from ringfence.settings import PACKAGE, clean_environment, product_folder

DAGS = product_folder("dags")
SHIPPED_SOURCES = {
    "auction_leads_gb",
    "boiler_leads_gb",
    "consent_log_nordlicht",
    "crm_export",
    "customers_nordlicht",
    "dialler_calls_fernhill",
    "dialler_calls_halcyon",
    "dialler_leads_gb",
    "gb_tps",
    "partner_leads_fr",
    "reseller_leads_gb",
    "se_nix",
    "solar_fair_de",
    "stop_list_nordlicht",
    "web_leads_de",
    "web_leads_se",
    "web_leads_us",
}
STANDING = {
    "build_auditor_site",
    "decide_calls",
    "enforce_retention",
    "publish_call_list",
    "raise_alarms",
    "recall_withdrawals",
}
TASKS = {
    "build_auditor_site": "build",
    "decide_calls": "decide",
    "enforce_retention": "apply",
    "publish_call_list": "publish_call_lists",
    "raise_alarms": "due_alarms",
    "recall_withdrawals": "recall_lists",
}
HEAVY = ("great_expectations", "dbt", "pandas", "pyarrow", "numpy", "openpyxl", "fastapi")
SECTIONS = (
    "**Purpose.**",
    "**Trigger.**",
    "**A failure means**",
    "**What to do.**",
    "**Safe to re-run?**",
)

PARSE = """
import json, sys, time
from datetime import timedelta
from pathlib import Path
connections = []
def heard(name, data):
    if name == "socket.connect":
        connections.append(str(data[1]))
sys.addaudithook(heard)
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
started = time.monotonic()
bag = DagBag(sys.argv[1])
seconds = time.monotonic() - started
def about(dag):
    # What the scheduler gets: serialised and read back, custom timetable and all.
    back = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    condition = back.timetable.asset_condition
    return {
        "file": Path(dag.fileloc).name, "doc": dag.doc_md, "tags": sorted(dag.tags),
        "description": dag.description, "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs, "start": dag.start_date.isoformat(),
        "timetable": type(back.timetable).__name__, "summary": back.timetable.summary,
        "by_time": back.timetable.periodic and "Triggered" not in type(back.timetable).__name__,
        "assets": sorted(asset.name for _, asset in condition.iter_assets()) if condition else [],
        "tasks": {
            task.task_id: {
                "retries": task.retries, "timeout": task.execution_timeout.total_seconds(),
                "pause": task.retry_delay.total_seconds(),
                "backoff": bool(task.retry_exponential_backoff),
                "longest_pause": task.max_retry_delay.total_seconds(),
                "policy": task.retry_policy is not None, "owner": task.owner,
                "outlets": sorted(asset.name for asset in task.outlets),
            }
            for task in dag.tasks
        },
    }
print("::result::" + json.dumps({
    "dags": {dag_id: about(dag) for dag_id, dag in bag.dags.items()},
    "errors": {Path(file).name: text for file, text in bag.import_errors.items()},
    "modules": sorted(sys.modules), "connections": connections, "seconds": seconds,
}))
"""


def in_airflow(code: str, folder: Path, *arguments: str, **variables: str) -> dict[str, Any]:
    """Run code in a process with an Airflow of its own; return what it prints behind ::result::."""
    environment = clean_environment(
        AIRFLOW_HOME=str(folder / "airflow"),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__PLUGINS_FOLDER=str(PACKAGE.parent),
        AIRFLOW__CORE__DAGS_FOLDER=str(DAGS),
        PYTHONPATH=str(PACKAGE.parent),
        RINGFENCE_HOME=str(folder / "home"),
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**environment, **variables},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("::result::")]
    assert lines, done.stdout[-3000:] + done.stderr[-3000:]
    result: dict[str, Any] = json.loads(lines[-1].removeprefix("::result::"))
    return {**result, "output": done.stdout + done.stderr}


def parse(folder: Path, mode: str, registers: Path = DAGS, dags: Path = DAGS) -> dict[str, Any]:
    Home(folder / "home").create()
    Home(folder / "home").write_run(mode=mode)
    return in_airflow(PARSE, folder, str(dags), RINGFENCE_REGISTERS=str(registers))


SOURCE = """\
source_id: {name}
controller: nordlicht
obtained: from_person
approved: {{by: dpo, on: 2026-01-15}}
delivery: {{pattern: "*.csv"{schedule}}}
format: {{type: csv}}
timezone: Europe/Berlin
columns: {{source_record_id: id, phone: phone}}
emits: {{leads: {{}}}}
"""
CAMPAIGN = """\
campaign_id: {name}
controller: nordlicht
purpose: energy_offers
call_mode: live_manual
sector: other
countries: [DE]
sources: [fair_leads]
priority: {priority}
dialler: generic
cut_off: "{cut_off}"
timezone: {zone}
"""
CONTROLLERS = """\
controllers:
  - controller_id: nordlicht
    name: Nordlicht
    contact: privacy@nordlicht.example
    purposes: [{purpose: energy_offers, title: Offers of energy}]
    notices: [{version: v1, from: 2024-01-01, language: de}]
"""


@pytest.fixture
def registers(tmp_path: Path) -> Path:
    """Write registers of a live home: two sources, campaigns in two time zones."""
    folder = tmp_path / "registers"
    for name in ("sources", "campaigns"):
        (folder / name).mkdir(parents=True)
    texts = {
        "sources/fair_leads.yml": SOURCE.format(name="fair_leads", schedule=""),
        "sources/shop_leads.yml": SOURCE.format(
            name="shop_leads", schedule=', schedule: "30 3 * * 1-5"'
        ),
        "campaigns/east.yml": CAMPAIGN.format(
            name="east", priority=1, cut_off="05:00", zone="Europe/Berlin"
        ),
        "campaigns/west.yml": CAMPAIGN.format(
            name="west", priority=2, cut_off="05:30", zone="America/New_York"
        ),
        "controllers.yml": CONTROLLERS,
        "policy_signoffs.yml": "signoffs: []\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Parse dags/ as it is shipped, in a demo home."""
    return parse(tmp_path_factory.mktemp("demo"), "demo")


def test_the_shipped_folder_gives_exactly_these_dags_and_no_import_error(
    shipped: dict[str, Any],
) -> None:
    assert shipped["errors"] == {}
    assert set(shipped["dags"]) == STANDING | {f"ingest__{name}" for name in SHIPPED_SOURCES}
    assert {path.stem for path in (DAGS / "sources").glob("*.yml")} == SHIPPED_SOURCES


def test_every_dag_is_named_for_its_file_and_every_task_for_its_function(
    shipped: dict[str, Any],
) -> None:
    for dag_id, dag in shipped["dags"].items():
        if dag_id.startswith("ingest__"):
            assert (dag["file"], list(dag["tasks"])) == ("ingest_sources.py", ["ingest_source"])
        else:
            assert (dag["file"], list(dag["tasks"])) == (f"{dag_id}.py", [TASKS[dag_id]])


def test_every_task_is_tried_again_ends_in_time_and_no_dag_overlaps_itself(
    shipped: dict[str, Any],
) -> None:
    for dag in shipped["dags"].values():
        assert dag["max_active_runs"] == 1
        assert dag["catchup"] is False
        assert dag["start"] == "2026-01-01T00:00:00+00:00"
        assert set(dag["tags"]) <= {"ringfence", "ingest", "decide", "publish", "govern"}
        assert len(dag["tags"]) == 2
        for task in dag["tasks"].values():
            assert task["retries"] == 3
            assert (task["pause"], task["backoff"], task["longest_pause"]) == (30, True, 600)
            assert task["policy"]
            assert 0 < task["timeout"] <= 2 * 3600
            assert task["owner"] == "ringfence"


def test_assets_lead_from_sources_to_decisions_to_lists_to_pages(shipped: dict[str, Any]) -> None:
    dags = shipped["dags"]
    outlets = {dag_id: next(iter(dag["tasks"].values()))["outlets"] for dag_id, dag in dags.items()}
    assert outlets["ingest__web_leads_us"] == ["ringfence.accepted_leads"]
    assert outlets["ingest__stop_list_nordlicht"] == ["ringfence.accepted_stops"]
    assert outlets["ingest__crm_export"] == ["ringfence.accepted_leads", "ringfence.accepted_stops"]
    assert outlets["ingest__gb_tps"] == []
    assert outlets["decide_calls"] == ["ringfence.call_decisions"]
    assert outlets["publish_call_list"] == ["ringfence.published_lists"]
    assert dags["publish_call_list"]["assets"] == ["ringfence.call_decisions"]
    assert dags["build_auditor_site"]["assets"] == ["ringfence.published_lists"]


def test_a_recall_follows_stops_by_their_asset_and_by_the_clock_where_there_is_one(
    shipped: dict[str, Any], tmp_path: Path
) -> None:
    live = parse(tmp_path, "live")["dags"]["recall_withdrawals"]
    for dag in (shipped["dags"]["recall_withdrawals"], live):
        assert dag["assets"] == ["ringfence.accepted_stops"]
        assert dag["tasks"]["recall_lists"]["outlets"] == ["ringfence.published_lists"]
    assert live["timetable"] == "AssetOrTimeSchedule"
    assert "*/5 * * * *" in live["summary"]


def test_in_a_demo_nothing_runs_by_the_clock_of_the_wall(shipped: dict[str, Any]) -> None:
    assert [dag_id for dag_id, dag in shipped["dags"].items() if dag["by_time"]] == []


def test_parsing_is_quick_needs_no_database_and_imports_nothing_heavy(
    shipped: dict[str, Any],
) -> None:
    assert "ringfence.dag_factories" in shipped["modules"]
    assert [name for name in HEAVY if name in shipped["modules"]] == []
    assert shipped["connections"] == []
    assert shipped["seconds"] < 10


def test_a_live_home_runs_its_own_sources_by_the_hour_and_no_demo_source(
    tmp_path: Path, registers: Path
) -> None:
    parsed = parse(tmp_path, "live", registers)
    assert parsed["errors"] == {}
    dags = parsed["dags"]
    assert set(dags) == STANDING | {"ingest__fair_leads", "ingest__shop_leads"}
    assert [dag_id for dag_id, dag in dags.items() if not dag["by_time"]] == ["publish_call_list"]
    assert dags["ingest__shop_leads"]["summary"] == "30 3 * * 1-5"
    minute, rest = dags["ingest__fair_leads"]["summary"].split(" ", 1)
    assert int(minute) in range(60)
    assert rest == "* * * *"
    assert dags["decide_calls"]["timetable"] == "CutOffTimetable"
    assert dags["decide_calls"]["summary"] == "05:00 Europe/Berlin, 05:30 America/New_York"
    assert set(parse(tmp_path / "shipped", "live")["dags"]) == STANDING


def test_faults_are_one_import_error_with_file_and_line_and_spare_the_other_dags(
    tmp_path: Path, registers: Path
) -> None:
    source = registers / "sources" / "shop_leads.yml"
    source.write_text(source.read_text().replace("from_person", "found_in_a_bin"))
    campaign = registers / "campaigns" / "west.yml"
    campaign.write_text(campaign.read_text().replace("05:30", "half past five"))
    (registers / "sources" / "broken.yml").write_text("source_id: [\n")
    parsed = parse(tmp_path, "live", registers)
    assert list(parsed["errors"]) == ["source_faults.py"]
    error = parsed["errors"]["source_faults.py"]
    assert "sources/shop_leads.yml:3: " in error
    assert "sources/broken.yml:" in error
    assert "campaigns/west.yml:10: " in error
    assert set(parsed["dags"]) == STANDING | {"ingest__fair_leads"}
    assert parsed["dags"]["decide_calls"]["summary"] == "05:00 Europe/Berlin"


def test_airflow_trips_over_no_register_and_imports_no_module_of_ours_by_its_bare_name(
    shipped: dict[str, Any],
) -> None:
    bare = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    known = {"settings", "database"}  # names a library of Airflow may use for its own
    assert len(bare) > 20
    assert (bare - known) & set(shipped["modules"]) == set()
    assert (DAGS / ".airflowignore").exists()


CUT_OFFS = """
import json
import pendulum
from airflow.timetables.base import TimeRestriction, DataInterval
from ringfence.airflow_dags.timetables import CutOffTimetable
table = CutOffTimetable("05:00 Europe/Berlin", "05:30 America/New_York")
begin = pendulum.datetime(2026, 10, 23, 0, 0)
rules = TimeRestriction(earliest=begin, latest=None, catchup=True)
last, found = None, []
for _ in range(8):
    info = table.next_dagrun_info(last_automated_data_interval=last, restriction=rules)
    last = info.data_interval
    found.append(info.run_after.in_timezone("UTC").isoformat())
print("::result::" + json.dumps({"found": found, "serialised": table.serialize(),
    "again": CutOffTimetable.deserialize(table.serialize()).summary}))
"""


def test_each_cut_off_fires_at_its_own_local_time_on_both_sides_of_the_clock_change(
    tmp_path: Path,
) -> None:
    result = in_airflow(CUT_OFFS, tmp_path)
    found = [datetime.fromisoformat(text) for text in result["found"]]
    clocks = [(one.day, f"{one:%H:%M}") for one in found]
    # Europe leaves summer time on 25 October 2026, New York a week later.
    assert clocks == [
        (23, "03:00"), (23, "09:30"), (24, "03:00"), (24, "09:30"),
        (25, "04:00"), (25, "09:30"), (26, "04:00"), (26, "09:30"),
    ]  # fmt: skip
    assert result["again"] == "05:00 Europe/Berlin, 05:30 America/New_York"


def test_every_dag_file_is_a_runbook_over_one_call() -> None:
    files = sorted(DAGS.glob("*.py"))
    assert {file.stem for file in files} == STANDING | {"ingest_sources", "source_faults"}
    for file in files:
        text = file.read_text("utf-8")
        tree = ast.parse(text)
        doc = ast.get_docstring(tree) or ""
        assert [section for section in SECTIONS if section not in doc] == [], file.name
        assert len(text.splitlines()) <= 120
        assert len(tree.body) == 3, file.name
        assert not any(isinstance(node, ast.If | ast.For) for node in ast.walk(tree))
        assert "airflow" in text.lower(), "Airflow's safe mode would not look at this file"


def test_the_runbook_is_what_airflow_shows(shipped: dict[str, Any]) -> None:
    for dag in shipped["dags"].values():
        assert dag["doc"] == ast.get_docstring(
            ast.parse((DAGS / dag["file"]).read_text("utf-8")), clean=False
        )
        assert dag["description"]


def test_task_bodies_have_at_most_five_lines_and_ask_for_no_logical_date() -> None:
    tree = ast.parse((PACKAGE / "airflow_dags" / "tasks.py").read_text("utf-8"))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for name in {*TASKS.values(), "ingest_source"}:
        body = functions[name].body[1:]
        lines = {
            node.lineno for outer in body for node in ast.walk(outer) if hasattr(node, "lineno")
        }
        assert 1 <= len(lines) <= 5, name
    for file in [PACKAGE / "dag_factories.py", *(PACKAGE / "airflow_dags").glob("*.py")]:
        names = {
            getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None)
            for node in ast.walk(ast.parse(file.read_text("utf-8")))
        }
        assert (
            names & {"ds", "ts", "logical_date", "execution_date", "data_interval_start"} == set()
        )
