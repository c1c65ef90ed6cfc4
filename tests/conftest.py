"""Share one real Postgres between all tests of a session, and between the workers of xdist."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from tests.support_settings import settings_for

from ringfence.database import connect
from ringfence.home import Home
from ringfence.installation import prepare_embedded, set_up
from ringfence.keys import demo_keys, store_keys
from ringfence.services.cluster import Cluster, ClusterInfo, running
from ringfence.settings import Settings, product_folder

# A test's database need not survive a power cut: a commit then costs no wait for the disk.
QUICK = """
fsync = off
full_page_writes = off
shared_buffers = 256MB
max_connections = 200
"""


@pytest.fixture(scope="session")
def session_folder(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Path:
    """Return a folder that all workers of this session share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if hasattr(request.config, "workerinput") else own


@pytest.fixture(scope="session")
def cluster_home(session_folder: Path) -> Home:
    home = Home(session_folder / "cluster home")
    home.create()
    return home


@pytest.fixture(scope="session")
def cluster(cluster_home: Home) -> Iterator[ClusterInfo]:
    """Lend the session's cluster; whoever comes last turns it off and deletes it."""
    Cluster(cluster_home).add_settings(QUICK)
    with running(cluster_home) as info:
        yield info
    Cluster(cluster_home).remove()


SAMPLE_INSTANT = datetime(2026, 11, 24, 5, tzinfo=UTC)


@pytest.fixture(scope="session")
def role_prefix(worker_id: str) -> str:
    """Return a prefix of its own for each worker: roles belong to the whole cluster."""
    return "ringfence_" if worker_id == "master" else f"ringfence_{worker_id}_"


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    workers: dict[str, str] = getattr(request.config, "workerinput", {})
    return workers.get("workerid", "master")


@pytest.fixture(scope="session")
def template(
    cluster: ClusterInfo, role_prefix: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Migrate one database in demo mode; the modules' databases are clones of it."""
    name = f"template_{worker_id}"
    home = tmp_path_factory.mktemp("template home")
    settings = settings_for(home, None, role_prefix, product_folder("dags"))
    url = prepare_embedded(cluster, settings, name, "test")
    set_up(replace(settings, database_url=url), mode="demo", stands_at=SAMPLE_INSTANT)
    return name


@contextmanager
def cloned_database(
    cluster: ClusterInfo, template: str, prefix: str, home: Path, parsed: Path
) -> Iterator[Settings]:
    """Lend a clone of the template, with a demo home around it.

    Copied by file and dropped at once: its pages go neither through the log nor to the disk. What
    dbt parses belongs to a database by name, so that clones of one name in turn share `parsed`.
    """
    name, registers = parsed.name, product_folder("dags")
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as admin:
        admin.execute(f'create database "{name}" template "{template}" strategy file_copy')
        admin.execute(f'revoke all on database "{name}" from public')
        admin.execute(f'grant connect, temporary on database "{name}" to {prefix}app')
    url = cluster.url(name, f"{prefix}app", "test")
    own = shutil.copytree(registers, home / "own_registers", ignore=shutil.ignore_patterns("*.py*"))
    settings = settings_for(home, url, prefix, own)
    Home(home).create()
    store_keys(settings, demo_keys())
    set_up(settings, mode="demo", stands_at=SAMPLE_INSTANT)
    _copy_parsed(parsed, Home(home).dbt)
    try:
        yield settings
    finally:
        _copy_parsed(Home(home).dbt, parsed)
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as admin:
            admin.execute(f'drop database "{name}" with (force)')


def _copy_parsed(source: Path, target: Path) -> None:
    """Copy what dbt has parsed for each of its targets, where there is such a thing."""
    for file in source.glob("*/partial_parse.msgpack"):
        kept = target / file.parent.name / file.name
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, kept)


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where a worker keeps what dbt parsed, by the name of the database."""
    return tmp_path_factory.mktemp("parsed")


@pytest.fixture(scope="module")
def database(
    cluster: ClusterInfo,
    template: str,
    role_prefix: str,
    tmp_path_factory: pytest.TempPathFactory,
    parsed: Path,
) -> Iterator[Settings]:
    """Lend the settings of a demo home whose database is this module's own."""
    home, name = tmp_path_factory.mktemp("home"), f"module_{template}"
    with cloned_database(cluster, template, role_prefix, home, parsed / name) as settings:
        yield settings


@pytest.fixture
def fresh_database(
    cluster: ClusterInfo, template: str, role_prefix: str, tmp_path: Path, parsed: Path
) -> Iterator[Settings]:
    """Lend the settings of a demo home with a database for one test alone."""
    home, name = tmp_path / "home", f"alone_{template}"
    with cloned_database(cluster, template, role_prefix, home, parsed / name) as settings:
        yield settings


@pytest.fixture
def connection(database: Settings) -> Iterator[psycopg.Connection]:
    with connect(database, name="a test") as open_connection:
        yield open_connection


KINDS = {
    "test_demo": "whole days: scheduler, wheel",
    "test_wheel": "whole days: scheduler, wheel",
    "test_sample_day": "whole days: scheduler, wheel",
    "test_real_leads": "real files by others",
    "test_phones_real_files": "real files by others",
    "test_propose": "real files by others",
    "test_auditor_site": "pages in a browser",
    "test_bootstrap": "our own services",
    "test_supervisor": "our own services",
    "test_cluster": "our own services",
    "test_airflow_service": "our own services",
    "test_dags": "DAGs and alarms",
    "test_alarms": "DAGs and alarms",
    "test_notify": "DAGs and alarms",
    "test_cases": "decisions: dbt, rules, law",
    "test_case_files": "decisions: dbt, rules, law",
    "test_verdicts": "decisions: dbt, rules, law",
    "test_rules": "decisions: dbt, rules, law",
    "test_decide": "decisions: dbt, rules, law",
    "test_dbt_runner": "decisions: dbt, rules, law",
    "test_marts": "decisions: dbt, rules, law",
}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what share of the time each kind of test took."""
    seconds: dict[str, float] = defaultdict(float)
    counts: dict[str, int] = defaultdict(int)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                module = Path(report.nodeid.partition("::")[0]).stem
                kind = KINDS.get(module, "units, and steps on Postgres")
                seconds[kind] += report.duration
                counts[kind] += report.when == "call"
    whole = sum(seconds.values()) or 1.0
    terminalreporter.section("share of each kind of test")
    for kind, spent in sorted(seconds.items(), key=lambda item: -item[1]):
        line = f"{100 * spent / whole:4.0f} %  {spent:6.0f} s  {counts[kind]:5} tests  {kind}"
        terminalreporter.write_line(line)
