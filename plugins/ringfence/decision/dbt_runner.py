"""Run dbt in this process over the shipped project, and say in our words what went wrong.

One `dbt build` a run: dbt's own start costs more than the models. Telemetry is off, nothing is
written outside the home, and each target keeps its own parsed project so that both stay warm.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from ringfence.database import database_url
from ringfence.errors import Refusal
from ringfence.home import Home
from ringfence.settings import Settings, lent_environment, product_folder
from ringfence.unforeseen import is_no_room, no_room

SSL_PARAMETERS = ("sslmode", "sslrootcert", "sslcert", "sslkey")
OF_LIBPQ = ("passfile", "sslcrl")
"""What dbt has no setting for, and libpq reads from the environment."""
# Postgres quotes names and values alike; a name is announced by one of these words.
_NAMES = "relation|column|function|type|schema|role|constraint|table|index|view|operator|database"
_QUOTED = re.compile(rf'(?P<name>(?:{_NAMES})\s+"[^"]*")|"[^"]*"|\'[^\']*\'')
_DIGITS = re.compile(r"\d{5,}")


@dataclass(frozen=True)
class ModelResult:
    """Hold what one model, seed or data test came to; `rows` is None where none were written."""

    name: str
    kind: str
    status: str
    rows: int | None
    seconds: float


def build(settings: Settings, target: str) -> list[ModelResult]:
    """Build seeds, models and data tests of `target`, daily or replay; raises Refusal on a failure.

    Unit tests are left out: they belong to the project's own tests and cost seconds.
    """
    return run_dbt(settings, target, ["build", "--exclude-resource-type", "unit_test"])


def run_dbt(settings: Settings, target: str, arguments: Sequence[str]) -> list[ModelResult]:
    """Run one dbt command and return its results; raises Refusal with the first failure."""
    from dbt.cli.main import dbtRunner

    home = Home(settings.home).dbt
    project = product_folder("dbt_project")
    # Its options can all be given as variables too: an inherited one would leave out checks.
    with lent_environment(without=("DBT_", "RINGFENCE_DBT_", "PG"), **_environment(settings)):
        outcome = dbtRunner().invoke(
            [
                "--log-level", "none", "--log-level-file", "none", "--no-use-colors",
                "--no-version-check", "--no-send-anonymous-usage-stats",
                *arguments,
                "--project-dir", str(project), "--profiles-dir", str(project),
                "--target", target, "--target-path", str(home / target),
                "--log-path", str(home / "logs"),
            ]
        )  # fmt: skip
    results = getattr(outcome.result, "results", None) or []
    if outcome.exception is not None and not results:
        if is_no_room(getattr(outcome.exception, "exception", outcome.exception)):
            raise no_room(str(home))
        raise Refusal(
            f"dbt could not start: {without_values(str(outcome.exception))}",
            where=str(project),
            remedy="run `./ringfence setup`, then this again",
        )
    for result in results:
        if result.status in {"error", "fail", "runtime error"}:
            raise _refusal(result)
    if not outcome.success:
        raise Refusal(
            f"dbt {arguments[0]} did not succeed and does not say why.",
            where=str(project),
            remedy="run it again; if it stays, look at the database's own log",
        )
    if arguments[0] == "build":
        _refuse_left_out(home / target / "manifest.json", results, project)
    return [_model_result(result) for result in results if hasattr(result, "node")]


def _refuse_left_out(manifest: Path, results: Sequence[Any], project: Path) -> None:
    """Refuse a build in which a seed, a model or a data test of the project did not take part.

    Whatever made dbt leave it out: a decision without one of its checks is none.
    """
    nodes = json.loads(manifest.read_text("utf-8"))["nodes"]
    done = {result.node.unique_id for result in results if result.status in {"success", "pass"}}
    missing = sorted(
        str(node["name"])
        for unique_id, node in nodes.items()
        if node["resource_type"] in {"seed", "model", "test"}
        and node["config"].get("materialized") != "ephemeral"
        and unique_id not in done
    )
    if missing or not nodes:
        more = f" and {len(missing) - 1} others" if len(missing) > 1 else ""
        raise Refusal(
            f"`{missing[0] if missing else 'ringfence'}`{more} was not built or checked.",
            where=str(project),
            remedy="nothing was frozen and nothing can be published; look for settings of dbt that"
            " leave parts of a project out, then decide again",
        )


def _refusal(result: Any) -> Refusal:
    kind = str(result.node.resource_type)
    if kind.endswith("test"):
        said = (
            f"{result.failures or 0:,} rows fail"
            if result.status == "fail"
            else without_values(result.message or "")
        )
        what = f"The check `{result.node.name}` of the decision failed: {said}."
    else:
        what = f"`{result.node.name}` could not be built: {without_values(result.message or '')}"
    return Refusal(
        what,
        where=str(result.node.original_file_path),
        remedy="nothing was frozen and nothing can be published; mend the cause, decide again",
    )


def without_values(message: str) -> str:
    """Return the first lines of a database's message with every value cut out."""
    lines = [line.strip() for line in message.strip().splitlines() if line.strip()]
    told = [
        line for line in lines if not line.startswith(("DETAIL", "CONTEXT", "compiled", "LINE"))
    ]
    kept = " ".join(told[:3])
    kept = _QUOTED.sub(lambda match: match["name"] or "…", kept)
    return _DIGITS.sub("…", kept)


def _model_result(result: Any) -> ModelResult:
    rows = (result.adapter_response or {}).get("rows_affected")
    kind = str(result.node.resource_type)
    return ModelResult(
        name=str(result.node.name),
        kind=kind,
        status=str(result.status),
        rows=int(rows) if rows is not None and rows >= 0 and not kind.endswith("test") else None,
        seconds=round(float(result.execution_time), 3),
    )


def _environment(settings: Settings) -> dict[str, str]:
    """Return what profiles.yml asks for; dbt scrubs a value named `DBT_ENV_SECRET_`."""
    place = conninfo_to_dict(database_url(settings))
    return {
        "RINGFENCE_ROLE_PREFIX": settings.role_prefix,
        "RINGFENCE_DBT_HOST": str(place.get("host") or "127.0.0.1"),
        "RINGFENCE_DBT_PORT": str(place.get("port") or 5432),
        "RINGFENCE_DBT_USER": str(place.get("user") or ""),
        "RINGFENCE_DBT_DATABASE": str(place.get("dbname") or ""),
        "DBT_ENV_SECRET_RINGFENCE_PASSWORD": str(place.get("password") or ""),
        **{
            f"RINGFENCE_DBT_{name.upper()}": str(place[name])
            for name in SSL_PARAMETERS
            if place.get(name)
        },
        **{f"PG{name.upper()}": str(place[name]) for name in OF_LIBPQ if place.get(name)},
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "PGOPTIONS": "-c lock_timeout=30s -c timezone=UTC -c datestyle=ISO",
    }
