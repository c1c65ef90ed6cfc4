"""What a shell has set for other programs neither changes nor breaks what is decided here."""

from __future__ import annotations

import json

import pytest
from tests.support_shell import shell, variables_of

from ringfence.decision.dbt_runner import run_dbt
from ringfence.errors import Refusal
from ringfence.settings import Settings


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
