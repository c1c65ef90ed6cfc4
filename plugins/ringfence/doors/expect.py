"""Run a suite with Great Expectations over one table of ours, and bring back counts, never values.

Three guards against values leaking: the result format leaves them out, an SQL expectation selects
the constant 1, and of a result only the numbers named in `_outcome` are ever read.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ringfence.database import database_url
from ringfence.doors.facts import Facts, resolve
from ringfence.doors.suites import Expectation, Severity, Suite
from ringfence.doors.vocabulary import TYPES, Shape, Value
from ringfence.errors import Misconfigured, Refusal
from ringfence.settings import Settings

# `partial_unexpected_count: 0` on top of the exclusion: the values are not even fetched.
RESULT_FORMAT = {
    "result_format": "SUMMARY",
    "exclude_unexpected_values": True,
    "partial_unexpected_count": 0,
}
GX_SEVERITY = {Severity.reject: "critical", Severity.warn: "warning"}
# The address is never used: the connection is made by our own function, so that no password gets
# into a Great Expectations object, where a `$` in it would be taken for a template besides.
NO_ADDRESS = "postgresql+psycopg2://role@localhost/ringfence"
# Errors of the machine, not of the rows: nothing is held against the delivery.
OF_THE_MACHINE = frozenset(
    {
        "OperationalError", "InterfaceError", "AdminShutdown", "CrashShutdown", "CannotConnectNow",
        "DiskFull", "OutOfMemory", "LockNotAvailable", "QueryCanceled",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """Tell how one expectation fared; `is_met` is None when it did not apply to this delivery."""

    expectation: Expectation
    is_met: bool | None
    count_rows: int | None = None
    count_unexpected: int | None = None
    error: str = ""


def run_suite(settings: Settings, suite: Suite, table: str, facts: Facts) -> list[Outcome]:
    """Return one outcome for each expectation of the suite, in its order."""
    applied: dict[str, dict[str, Value]] = {}
    for expectation in suite.expectations:
        arguments = resolve(expectation, facts)
        if arguments is not None and facts.count_rows >= expectation.from_rows:
            applied[expectation.id] = arguments
    try:
        results = _validate(settings, suite, table, applied) if applied else {}
    except ConnectionError:
        raise _not_checked("ConnectionError") from None
    return [
        _outcome(one, results[one.id]) if one.id in applied else Outcome(one, None)
        for one in suite.expectations
    ]


def _validate(
    settings: Settings, suite: Suite, table: str, applied: dict[str, dict[str, Value]]
) -> dict[str, Any]:
    # Airflow opens all loggers at INFO; at ERROR this one would print failing SQL with its values.
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx

        context = gx.get_context(mode="ephemeral", project_config=_project())
        source = context.data_sources.add_postgres(
            "ringfence",
            connection_string=NO_ADDRESS,
            create_temp_table=False,
            kwargs={"creator": _connector(settings), "hide_parameters": True},
        )
        schema, name = table.split(".")
        batch = source.add_table_asset(
            name, table_name=name, schema_name=schema
        ).add_batch_definition_whole_table("whole")
        built = [_build(one, applied[one.id]) for one in suite.expectations if one.id in applied]
        gx_suite = context.suites.add(gx.ExpectationSuite(name=suite.name, expectations=built))
        _refuse_losses(suite, applied, (one.meta["id"] for one in gx_suite.expectations))
        definition = context.validation_definitions.add(
            gx.ValidationDefinition(name=suite.name, data=batch, suite=gx_suite)
        )
        checkpoint = context.checkpoints.add(
            gx.Checkpoint(
                name=suite.name, validation_definitions=[definition], result_format=RESULT_FORMAT
            )
        )
        try:
            ran = checkpoint.run()
        finally:
            source.get_engine().dispose()
    results = {
        result.expectation_config.meta["id"]: result
        for one in ran.run_results.values()
        for result in one.results
    }
    _refuse_losses(suite, applied, results)
    return results


def _project() -> Any:
    """Keep everything in memory: no docs folder, no home-phoning, no progress bar."""
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
    )

    return DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars={"globally": False},
    )


def _connector(settings: Settings) -> Callable[[], Any]:
    """Return a function that opens a session in the pipeline's role over psycopg2."""
    url = database_url(settings)
    options = (
        f"-c role={settings.role('pipeline')} -c timezone=UTC -c lock_timeout=30s"
        " -c work_mem=64MB -c default_transaction_read_only=on"
    )

    def connect() -> Any:
        import psycopg2

        return psycopg2.connect(url, options=options, application_name="ringfence door")

    return connect


def _build(expectation: Expectation, arguments: dict[str, Value]) -> Any:
    """Make the Great Expectations object of one declared expectation."""
    from great_expectations.expectations.registry import get_expectation_impl

    told: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in arguments.items()
    }
    shape = TYPES[expectation.type].shape
    if shape is Shape.column:
        told["column"] = expectation.column
    elif shape is Shape.columns:
        told["column_list"] = list(expectation.columns)
    elif shape is Shape.rows:
        told = {"unexpected_rows_query": _rows_query(str(arguments["where"]))}
    if expectation.only_where:
        told["row_condition"] = _row_condition(expectation.only_where)
    try:
        return get_expectation_impl(expectation.type)(
            **told, severity=GX_SEVERITY[expectation.severity], meta={"id": expectation.id}
        )
    except (ValueError, TypeError) as error:
        raise Misconfigured(
            f"Great Expectations cannot build `{expectation.id}` ({type(error).__name__}).",
            where=expectation.origin,
            remedy="compare its kwargs with the type's own",
        ) from None


def _rows_query(where: str) -> str:
    """Select the constant 1 for each row that meets the condition; `{batch}` is the table."""
    condition = where.replace("{", "{{").replace("}", "}}")
    return f"select 1 from (select * from {{batch}}) as entry where ({condition})"


def _row_condition(only_where: dict[str, tuple[str, ...]]) -> Any:
    from great_expectations.expectations.row_conditions import Column

    conditions = [Column(name).is_in(list(values)) for name, values in only_where.items()]
    joined = conditions[0]
    for condition in conditions[1:]:
        joined = joined & condition
    return joined


def _refuse_losses(suite: Suite, applied: Iterable[str], found: Iterable[str]) -> None:
    """Compare declared with built: Great Expectations drops what it cannot place without a word."""
    lost = set(applied) - set(found)
    if lost:
        raise Misconfigured(
            f"Great Expectations lost {', '.join(sorted(lost))} of the suite `{suite.name}`.",
            where=next(one.origin for one in suite.expectations if one.id in lost),
            remedy="compare its type and kwargs with the installed version of Great Expectations",
        )


def _outcome(expectation: Expectation, result: Any) -> Outcome:
    """Read the counts out of a result, and of an exception nothing but its kind."""
    error = _kind_of_error(result.exception_info)
    if error:
        return Outcome(expectation, False, error=error)
    told = result.result or {}
    is_met = bool(result.success)
    observed = _count(told.get("observed_value"))
    shape = TYPES[expectation.type].shape
    if shape is Shape.table:
        return Outcome(expectation, is_met, observed)
    if shape is Shape.rows:
        return Outcome(expectation, is_met, None, observed)
    # Over no rows at all the sum of the unexpected is NULL.
    unexpected = _count(told.get("unexpected_count")) or 0
    return Outcome(expectation, is_met, _count(told.get("element_count")), unexpected)


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) else None


def _kind_of_error(exception_info: dict[str, Any]) -> str:
    """Return '' or the class of the error; its text may quote a cell and is not handed on."""
    if exception_info.get("raised_exception") is False:
        return ""
    found = re.search(r"psycopg2\.(?:errors\.)?(\w+)", str(exception_info))
    kind = found[1] if found else "Error"
    if kind in OF_THE_MACHINE:
        raise _not_checked(kind)
    return kind


def _not_checked(kind: str) -> Refusal:
    return Refusal(
        f"Postgres broke off a door check ({kind}); nothing was accepted or handed out.",
        remedy="see to Postgres, then run this again; it begins anew by itself",
    )
