"""Change cells of the policy and decide again, with the project's own SQL and without dbt.

One build compiles every model. What stands between the changed seed and the decisions is then made
again in temporary tables, inside a transaction that is rolled back: a change costs some tenths of a
second instead of a build.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.multirange import Multirange

SCHEMA = "mutant"
SEED = "seed.ringfence."
LAST = "model.ringfence.call_decisions"


@dataclass(frozen=True)
class Decided:
    """Hold what may be called: for each candidate the instants, and until when the row is valid."""

    windows: dict[Any, tuple[Multirange[Any], datetime]]

    def opened_beside(self, other: Decided) -> list[Any]:
        """Return the candidates that are callable here and were not, or not as long."""
        return [
            candidate
            for candidate, window in self.windows.items()
            if candidate not in other.windows or not _within(window, other.windows[candidate])
        ]


def _within(
    window: tuple[Multirange[Any], datetime], old: tuple[Multirange[Any], datetime]
) -> bool:
    """Tell whether every stretch lies in one of the old ones: those never touch one another."""
    return window[1] <= old[1] and all(
        any(was.lower <= one.lower and one.upper <= was.upper for was in old[0])
        for one in window[0]
    )


class Mutants:
    """Hold copies of some seeds, and for each the models between it and the decisions, in order."""

    def __init__(self, connection: psycopg.Connection, target: Path) -> None:
        self.connection = connection
        manifest = json.loads((target / "manifest.json").read_text("utf-8"))
        self.nodes: dict[str, dict[str, Any]] = manifest["nodes"]
        self.above: dict[str, set[str]] = {}
        self.seeds = sorted(name.rpartition(".")[2] for name in self._seeds_above(LAST))
        self.chains = {seed: list(dict.fromkeys(self._between(seed, LAST))) for seed in self.seeds}
        self.names = {
            seed: {
                self.nodes[name]["relation_name"]: f'{schema}."{self.nodes[name]["name"]}"'
                for schema, names in ((SCHEMA, [f"{SEED}{seed}"]), ("pg_temp", chain))
                for name in names
            }
            for seed, chain in self.chains.items()
        }
        connection.execute(f"drop schema if exists {SCHEMA} cascade".encode())
        connection.execute(f"create schema {SCHEMA}".encode())
        for seed in self.seeds:
            relation = self.nodes[f"{SEED}{seed}"]["relation_name"]
            connection.execute(f'create table {SCHEMA}."{seed}" as table {relation}'.encode())
        connection.commit()

    def _seeds_above(self, name: str) -> set[str]:
        if name not in self.above:
            parents = self.nodes.get(name, {}).get("depends_on", {}).get("nodes", [])
            own = {name} if name.startswith(SEED) else set()
            self.above[name] = own.union(*map(self._seeds_above, parents))
        return self.above[name]

    def _between(self, seed: str, name: str) -> Iterator[str]:
        """Yield the tables that a seed changes, each after those it is made of."""
        if name.startswith(SEED) or f"{SEED}{seed}" not in self._seeds_above(name):
            return
        node = self.nodes[name]
        for parent in node["depends_on"]["nodes"]:
            yield from self._between(seed, parent)
        if node["config"]["materialized"] != "ephemeral":
            yield name

    @contextmanager
    def changed(self, statement: str, values: list[Any] | None = None) -> Iterator[int]:
        """Change a seed for as long as the block lasts; yields how many rows that touched."""
        try:
            yield self.connection.execute(statement.encode(), values).rowcount
        finally:
            self.connection.rollback()

    def is_named(self, seed: str, column: str) -> bool:
        """Tell whether any model that the seed changes names the column."""
        word = re.compile(rf"\b{column}\b")
        return any(word.search(self.nodes[name]["compiled_code"]) for name in self.chains[seed])

    def decide(self, seed: str) -> Decided:
        """Make every model that the seed changes again and return what may be called."""
        for name in self.chains[seed]:
            node = self.nodes[name]
            code = self._here(seed, node)
            made = self.names[seed][node["relation_name"]]
            self.connection.execute(f"create temp table {made} as {code}; analyze {made}".encode())
        rows = self.connection.execute(
            b"""
            select candidate_id, call_windows_utc, valid_until
            from pg_temp.call_decisions
            where verdict = 'callable'
            """
        ).fetchall()
        return Decided({row[0]: tuple(row[1:]) for row in rows})

    def is_every_row_turned_away(self, seed: str, column: str, count: int) -> bool:
        """Tell whether a check of the seed alone turns each of the changed rows away.

        One of the changed column judges every row by its cell, and they all hold the same.
        """
        return any(
            failing >= (1 if node.get("column_name") == column else count)
            for node in self._checks({f"{SEED}{seed}"})
            if len(node["depends_on"]["nodes"]) == 1
            if (failing := self._failing(seed, node))
        )

    def failed_check(self, seed: str) -> str | None:
        """Return a check of the build that turns the change away, so that nothing is decided."""
        for node in self._checks({f"{SEED}{seed}", *self.chains[seed]}):
            if self._failing(seed, node):
                return str(node["name"])
        return None

    def _checks(self, changed: set[str]) -> Iterator[dict[str, Any]]:
        for node in self.nodes.values():
            if node["resource_type"] == "test" and changed & set(node["depends_on"]["nodes"]):
                yield node

    def _failing(self, seed: str, node: dict[str, Any]) -> int:
        row = self.connection.execute(
            f"select count(*) from ({self._here(seed, node)}) as failing".encode()
        ).fetchone()
        assert row
        return int(row[0])

    def _here(self, seed: str, node: dict[str, Any]) -> str:
        code = str(node["compiled_code"])
        for relation, own in self.names[seed].items():
            code = code.replace(relation, own)
        return code

    def places(self, seed: str, keys: str, apart: str) -> list[str]:
        """Return a condition for the first rows of all keys, one for the second, and so on.

        Rows of the country `apart` have conditions of their own: they stand in for all others.
        """
        is_apart = f"country_code = '{apart}'" if "country_code" in self.columns(seed) else "false"
        rows = self.connection.execute(
            f"""
            select array_agg(placed.ctid::text)
            from (
                select ctid, {is_apart} as is_apart,
                    row_number() over (partition by {keys} order by ctid) as place
                from {SCHEMA}.{seed}
            ) as placed
            group by placed.is_apart, placed.place
            """.encode()
        ).fetchall()
        return [
            f"changed.ctid = any('{{{','.join(map(_quoted, row[0]))}}}'::tid[])" for row in rows
        ]

    def columns(self, seed: str) -> dict[str, str]:
        """Return the type of each column of a seed."""
        return dict(
            self.connection.execute(
                "select column_name, data_type from information_schema.columns"
                " where table_schema = %s and table_name = %s order by ordinal_position",
                [SCHEMA, seed],
            ).fetchall()
        )


def _quoted(place: str) -> str:
    return f'"{place}"'


def set_cell(seed: str, column: str, condition: str) -> str:
    """Return the statement that puts one value into a column of the rows named."""
    told = sql.SQL("update {} as changed set {} = %s where ").format(
        sql.Identifier(SCHEMA, seed), sql.Identifier(column)
    )
    return f"{told.as_string()}{condition}"


def in_force(day: date) -> str:
    return f"(changed.valid_from <= '{day}' and coalesce(changed.valid_to, '{day}') >= '{day}')"
