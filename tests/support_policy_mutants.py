"""Change cells of the policy and decide again, with the project's own SQL and without dbt.

One build compiles every model. What stands between the changed seed and the decisions is then made
again in a schema of its own, inside a transaction that is rolled back: a change costs some tenths
of a second instead of a build.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

SCHEMA = "mutant"
LAST = "model.ringfence.call_decisions"


@dataclass(frozen=True)
class Decided:
    """Hold what may be called: by candidate, from when, until when, and how long it is valid."""

    windows: dict[Any, tuple[Any, ...]]

    def allows_no_more_than(self, other: Decided) -> bool:
        return not self.opened_beside(other)

    def opened_beside(self, other: Decided) -> list[Any]:
        """Return the candidates that are callable here and were not, or not as long."""
        return [
            candidate
            for candidate, window in self.windows.items()
            if candidate not in other.windows or not _within(window, other.windows[candidate])
        ]


def _within(window: tuple[Any, ...], old: tuple[Any, ...]) -> bool:
    if None in window or None in old:
        return window == old
    (starts, ends, valid_until), (old_starts, old_ends, old_valid_until) = window, old
    return bool(starts >= old_starts and ends <= old_ends and valid_until <= old_valid_until)


class Mutants:
    """Hold the models between some seeds and the decisions, in the order of their making."""

    def __init__(self, connection: psycopg.Connection, target: Path, seeds: list[str]) -> None:
        self.connection = connection
        manifest = json.loads((target / "manifest.json").read_text("utf-8"))
        self.nodes: dict[str, dict[str, Any]] = manifest["nodes"]
        self.seeds = [f"seed.ringfence.{name}" for name in seeds]
        self.chain = list(dict.fromkeys(self._between(LAST)))
        changed = {*self.seeds, *self.chain}
        self.checks = [
            name
            for name, node in self.nodes.items()
            if node["resource_type"] == "test" and changed & set(node["depends_on"]["nodes"])
        ]
        self.names = {
            self.nodes[name]["relation_name"]: f'"{SCHEMA}"."{self.nodes[name]["name"]}"'
            for name in changed
        }
        connection.execute(f"drop schema if exists {SCHEMA} cascade".encode())
        connection.execute(f"create schema {SCHEMA}".encode())
        for name in self.seeds:
            relation = self.nodes[name]["relation_name"]
            connection.execute(f"create table {self.names[relation]} as table {relation}".encode())
        connection.commit()

    def _between(self, name: str) -> Iterator[str]:
        """Yield the tables that the seeds change, each after those it is made of."""
        node = self.nodes.get(name)
        if node is None or name in self.seeds or not self._depends(name):
            return
        for parent in node["depends_on"]["nodes"]:
            yield from self._between(parent)
        if node["config"]["materialized"] != "ephemeral":
            yield name

    def _depends(self, name: str) -> bool:
        parents = self.nodes.get(name, {}).get("depends_on", {}).get("nodes", [])
        return any(parent in self.seeds or self._depends(parent) for parent in parents)

    @contextmanager
    def changed(self, statement: str, values: list[Any] | None = None) -> Iterator[None]:
        """Change seeds for as long as the block lasts."""
        try:
            self.connection.execute(statement.encode(), values)
            yield
        finally:
            self.connection.rollback()

    def decide(self) -> Decided:
        """Make every model of the chain again and return what may be called."""
        for name in self.chain:
            node = self.nodes[name]
            table = self.names[node["relation_name"]]
            self.connection.execute(f"drop table if exists {table}".encode())
            self.connection.execute(f"create unlogged table {table} as {self._here(node)}".encode())
        rows = self.connection.execute(
            f"""
            select candidate_id, call_start_local, call_end_local, valid_until
            from {SCHEMA}.call_decisions
            where verdict = 'callable'
            """.encode()
        ).fetchall()
        return Decided({row[0]: tuple(row[1:]) for row in rows})

    def failed_check(self) -> str | None:
        """Return a check of the build that turns the change away, so that nothing is decided."""
        for name in self.checks:
            query = self._here(self.nodes[name])
            row = self.connection.execute(
                f"select exists (select from ({query}) as failing)".encode()
            ).fetchone()
            if row and row[0]:
                return str(self.nodes[name]["name"])
        return None

    def _here(self, node: dict[str, Any]) -> str:
        code = str(node["compiled_code"])
        for relation, own in self.names.items():
            code = code.replace(relation, own)
        return code

    def columns(self, seed: str) -> dict[str, str]:
        """Return the type of each column of a seed."""
        return dict(
            self.connection.execute(
                "select column_name, data_type from information_schema.columns"
                " where table_schema = %s and table_name = %s order by ordinal_position",
                [SCHEMA, seed],
            ).fetchall()
        )


def set_cell(seed: str, column: str, condition: str) -> str:
    """Return the statement that puts one value into a column of the rows named."""
    told = sql.SQL("update {} as changed set {} = %s where ").format(
        sql.Identifier(SCHEMA, seed), sql.Identifier(column)
    )
    return f"{told.as_string()}{condition}"


def in_force(day: date) -> str:
    return f"(changed.valid_from <= '{day}' and coalesce(changed.valid_to, '{day}') >= '{day}')"
