"""The plugin in Airflow's own plugin manager and web server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ringfence.home import Home
from ringfence.settings import PACKAGE, clean_environment
from ringfence.ui.site_routes import find_page

PLUGINS = """
import json, sys
from airflow import plugins_manager
plugins, errors = plugins_manager._get_plugins()
print("::result::" + json.dumps({
    "names": [plugin.name for plugin in plugins], "errors": errors,
    "sources": [str(plugin.source) for plugin in plugins],
    "timetables": sorted(plugins_manager.get_timetables_plugins()),
    "views": [view for plugin in plugins for view in plugin.external_views],
    "modules": sorted(sys.modules),
}))
"""

ASK = """
import json, sys
from fastapi.testclient import TestClient
from airflow.api_fastapi.app import create_app
client = TestClient(create_app(apps="all"), follow_redirects=False)
def ask(path, **request):
    got = client.get(path, **request)
    return {"status": got.status_code, "text": got.text[:200], "headers": dict(got.headers)}
paths = json.loads(sys.argv[1])
stranger = {path: ask(path) for path in paths}
forged = {path: ask(path, headers={"Authorization": "Bearer x.y.z"}) for path in paths}
login = {"username": "auditor", "password": "let me in"}
token = client.post("/auth/token", json=login).json()["access_token"]
client.cookies.clear()
member = {path: ask(path, headers={"Authorization": f"Bearer {token}"}) for path in paths}
client.cookies.set("_token", token)
browser = {path: ask(path) for path in paths}
listed = ask("/api/v2/plugins")
print("::result::" + json.dumps({
    "stranger": stranger, "forged": forged, "member": member, "browser": browser,
    "listed": {"plugins": listed},
}))
"""


def in_airflow(folder: Path, code: str, *arguments: str, path: str = "", **more: str) -> Any:
    environment = clean_environment(
        AIRFLOW_HOME=str(folder),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__PLUGINS_FOLDER=str(PACKAGE.parent),
        PYTHONPATH=f"{PACKAGE.parent}:{path}",
        RINGFENCE_HOME=str(folder / "home"),
        **more,
    )
    if "create_app" in code:
        migrate = [sys.executable, "-m", "airflow", "db", "migrate"]
        subprocess.run(migrate, env=environment, capture_output=True, check=True, timeout=240)
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("::result::")]
    assert lines, done.stdout[-3000:] + done.stderr[-3000:]
    return {**json.loads(lines[-1].removeprefix("::result::")), "output": done.stderr + done.stdout}


def test_a_mounted_folder_registers_the_plugin_through_the_shim(tmp_path: Path) -> None:
    found = in_airflow(tmp_path, PLUGINS, AIRFLOW__API__BASE_URL="https://air.example/flow")
    assert (found["names"], found["errors"]) == (["ringfence"], {})
    assert found["sources"] == ["$PLUGINS_FOLDER/ringfence_plugin_shim.py"]
    assert found["timetables"] == ["ringfence.airflow_dags.timetables.CutOffTimetable"]
    assert [view["href"] for view in found["views"]] == ["/flow/ringfence/index.html"]
    heavy = {"fastapi", "great_expectations", "dbt", "pandas", "pyarrow"}
    assert heavy & set(found["modules"]) == set()
    assert {"ringfence", "ringfence.airflow_plugin"} <= set(found["modules"])
    assert {"dag_factories", "notify", "sources", "registers"} & set(found["modules"]) == set()


def test_an_installed_wheel_registers_itself_and_the_shim_stands_back(tmp_path: Path) -> None:
    wheel = tmp_path / "site" / "ringfence-0.1.0.dist-info"
    wheel.mkdir(parents=True)
    (wheel / "METADATA").write_text("Metadata-Version: 2.1\nName: ringfence\nVersion: 0.1.0\n")
    (wheel / "entry_points.txt").write_text(
        "[airflow.plugins]\nringfence = ringfence.airflow_plugin:RingfencePlugin\n"
    )
    found = in_airflow(tmp_path, PLUGINS, path=str(wheel.parent))
    assert (found["names"], found["errors"]) == (["ringfence"], {})
    assert "ringfence==0.1.0" in found["sources"][0]
    assert "already registered" not in found["output"]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Ask Airflow's web server as a stranger, with a forged login, and with a real one."""
    folder = tmp_path_factory.mktemp("airflow")
    home = Home(folder / "home")
    home.create()
    (home.site / "lists").mkdir()
    (home.site / "index.html").write_text("<h1>The funnel</h1>")
    (home.site / "lists" / "index.html").write_text("<h1>The lists</h1>")
    (home.keys / "subject.key").write_text("a secret")
    (home.site / "leak.html").symlink_to(home.keys / "subject.key")
    (folder / "passwords.json").write_text(json.dumps({"auditor": "let me in"}))
    paths = [
        "/ringfence/index.html",
        "/ringfence/",
        "/ringfence/lists/",
        "/ringfence/leak.html",
        "/ringfence/%2e%2e/keys/subject.key",
        "/ringfence/..%2fkeys%2fsubject.key",
        "/ringfence/docs",
        "/ringfence/openapi.json",
        "/ringfence/nothing.html",
    ]
    found: dict[str, dict[str, Any]] = in_airflow(
        folder,
        ASK,
        json.dumps(paths),
        AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS="auditor:viewer",
        AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE=str(folder / "passwords.json"),
        AIRFLOW__API_AUTH__JWT_SECRET="only for this test, and long enough for the algorithm HS512",
    )
    found.pop("output")
    return found


def test_pages_are_for_people_who_are_logged_in_and_for_nobody_else(
    answers: dict[str, dict[str, Any]],
) -> None:
    assert {page["status"] for page in answers["stranger"].values()} == {401}
    assert {page["status"] for page in answers["forged"].values()} <= {401, 403}
    for who in ("stranger", "forged"):
        assert not any("<h1>" in page["text"] for page in answers[who].values())
    for who in ("member", "browser"):
        assert answers[who]["/ringfence/index.html"]["status"] == 200
        assert answers[who]["/ringfence/"]["text"] == "<h1>The funnel</h1>"
        assert answers[who]["/ringfence/lists/"]["text"] == "<h1>The lists</h1>"


def test_airflow_lists_the_pages_in_its_menu(answers: dict[str, dict[str, Any]]) -> None:
    listed = answers["listed"]["plugins"]
    assert listed["status"] == 200
    assert '"name":"ringfence"' in listed["text"]


def test_nothing_outside_the_site_is_served_and_nothing_foreign_may_be_loaded(
    answers: dict[str, dict[str, Any]],
) -> None:
    pages = answers["browser"]
    for path in list(pages)[3:]:
        assert pages[path]["status"] == 404, path
        assert "secret" not in pages[path]["text"]
    headers = pages["/ringfence/index.html"]["headers"]
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "http" not in headers["content-security-policy"]
    assert headers["cache-control"] == "private, no-store"


def test_a_path_is_found_inside_the_site_alone(tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "lists").mkdir(parents=True)
    (site / "index.html").touch()
    (tmp_path / "other.html").touch()
    assert find_page(site, "") == (site / "index.html").resolve()
    for path in ("../other.html", "/etc/passwd", "lists", "x\0y", "a" * 5000):
        assert find_page(site, path) is None
    assert find_page(tmp_path / "not built", "index.html") is None
