"""What a shell has set for other programs neither changes nor breaks what is decided here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.support_settings import settings_for
from tests.support_shell import check_told, shell, variables_of

from ringfence.decision.dbt_runner import run_dbt
from ringfence.errors import Refusal
from ringfence.home import Home
from ringfence.services.cluster import Cluster
from ringfence.settings import Settings, product_folder


def test_variables_of_dbt_switch_off_no_check(database: Settings) -> None:
    hostile = {
        "DBT_RESOURCE_TYPES": "model",
        "DBT_EXCLUDE_RESOURCE_TYPES": "test",
        "DBT_EMPTY": "1",
        "DBT_TARGET": "replay",
        "DBT_SELECT": "no_such_model",
        "DBT_PROFILES_DIR": "/nonexistent",
        "RINGFENCE_DBT_SSLMODE": "verify-full",
    }
    done = shell("decide", "--json", **variables_of(database), **hostile)
    assert done.returncode == 0, done.stderr
    kinds = {model["kind"] for model in json.loads(done.stdout)["models"]}
    assert kinds >= {"seed", "model", "test"}


def test_a_build_that_leaves_a_node_out_is_refused(database: Settings) -> None:
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    with pytest.raises(Refusal, match="was not built"):
        run_dbt(database, "daily", [*arguments, "--exclude", "test_type:data"])


HOSTILE = {
    "PGSSLMODE": "verify-full",
    "PGSERVICE": "no_such_service",
    "PGHOST": "192.0.2.1",
    "PGHOSTADDR": "192.0.2.1",
    "PGPORT": "1",
    "PGTARGETSESSIONATTRS": "standby",
    "PGCHANNELBINDING": "require",
    "PGOPTIONS": "-c search_path=elsewhere",
    "PGUSER": "somebody",
    "PGPASSWORD": "wrong",
    "PGDATABASE": "elsewhere",
}


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, role_prefix: str) -> Iterator[Settings]:
    """Return a home with a cluster of its own, made under hostile variables."""
    home = tmp_path_factory.mktemp("embedded") / "home"
    settings = settings_for(home, None, role_prefix, product_folder("dags"))
    try:
        made = shell("setup", "--demo", **variables_of(settings), **HOSTILE)
        assert made.returncode == 0, made.stderr
        yield settings
    finally:
        Cluster(Home(home)).remove()


def test_variables_of_libpq_reach_no_embedded_server(embedded: Settings) -> None:
    for arguments in (("stop", "--reason", "a test"), ("psql", "--", "-c", "select 1")):
        done = shell(*arguments, **variables_of(embedded), **HOSTILE)
        assert done.returncode == 0, done.stderr


def test_a_password_for_an_own_server_may_come_from_outside_of_its_url(
    database: Settings, tmp_path: Path
) -> None:
    url = str(database.database_url)
    bare = url.replace(":test@", "@")
    assert bare != url
    known = {**variables_of(database), "RINGFENCE_DATABASE_URL": bare}
    place = urlsplit(url)
    file = tmp_path / "pgpass"
    file.write_text(f"{place.hostname}:{place.port}:*:*:test\n")
    file.chmod(0o600)
    for login in ({"PGPASSWORD": "test"}, {"PGPASSFILE": str(file)}):
        elsewhere = {"PGHOSTADDR": "192.0.2.1", "PGSERVICE": "no_such_service"}
        done = shell("decide", "--json", **known, **login, **elsewhere)
        assert done.returncode == 0, done.stderr
    check_told(shell("stop", "--reason", "x", **known), 1, "refuses the login")


def test_encryption_asked_for_an_own_server_is_asked_for(database: Settings) -> None:
    done = shell("stop", "--reason", "x", **variables_of(database), PGSSLMODE="require")
    check_told(done, 1, "SSL")


def test_nothing_in_a_url_lets_a_reader_out_of_his_role(database: Settings) -> None:
    url = f"{database.database_url}?options=-c%20role%3Dnone"
    known = {**variables_of(database), "RINGFENCE_DATABASE_URL": url}
    done = shell("psql", "--", "-Atc", "select current_role", **known)
    assert done.stdout.strip() == database.role("analyst")
