"""The wheel is the whole product: installed into an empty environment, it does a day."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import psycopg
import pytest

from ringfence.services.cluster import ClusterInfo

CHECKOUT = Path(__file__).parents[1]


def run(command: list[str], *, home: Path, **variables: str) -> str:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("RINGFENCE_")
    }
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        command,
        cwd=home,
        env={**environment, "RINGFENCE_HOME": str(home / "home"), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True)
    (built,) = folder.glob("ringfence-*.whl")
    return built


def test_the_wheel_holds_every_part_of_the_product(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "plugins/ringfence", "dags", "dbt_project", "expectations"],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert len(tracked) > 100
    for file in tracked:
        inside = (
            file.removeprefix("plugins/")
            if file.startswith("plugins/")
            else f"ringfence/product/{file}"
        )
        assert inside in names, f"{file} is not in the wheel"
    assert not [name for name in names if "__pycache__" in name]


def test_an_installed_wheel_does_a_day_on_a_postgres_that_a_dba_prepared(
    wheel: Path, cluster: ClusterInfo, worker_id: str, tmp_path: Path
) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    # The dependencies are the locked ones of this environment; the wheel itself is installed.
    site = next((tmp_path / "venv" / "lib").glob("python*/site-packages"))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    run(pip, home=tmp_path)
    ringfence = [str(tmp_path / "venv" / "bin" / "ringfence")]
    where = run([str(python), "-c", "import ringfence; print(ringfence.__file__)"], home=tmp_path)
    assert str(tmp_path) in where

    prefix = f"acme_{worker_id}_"
    sql = run(
        [*ringfence, "setup", "--print-admin-sql", "--app-role", f"{prefix}login"],
        home=tmp_path,
        RINGFENCE_ROLE_PREFIX=prefix,
    )
    name = f"wheel_{worker_id}"
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as admin:
        admin.execute(f"create role {prefix}login login password 'test'")
        admin.execute(f"create database {name}")
    with psycopg.connect(cluster.url(name)) as admin:
        admin.execute(sql.encode())
    deployment = {
        "RINGFENCE_DATABASE_URL": cluster.url(name, f"{prefix}login", "test"),
        "RINGFENCE_ROLE_PREFIX": prefix,
    }
    run([*ringfence, "setup", "--demo"], home=tmp_path, **deployment)
    told = run([*ringfence, "run-day", "--json"], home=tmp_path, **deployment)
    day = json.loads(told)
    assert day["decision"]["totals"]["count_callable"] > 400
    assert {one["status"] for one in day["publications"]} == {"published"}
    lists = sorted((tmp_path / "home" / "published").glob("*/*/manifest.json"))
    assert len(lists) == 5
    for manifest in lists:
        run([*ringfence, "verify", str(manifest)], home=tmp_path, **deployment)
