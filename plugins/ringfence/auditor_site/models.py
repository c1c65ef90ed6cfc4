"""Describe every dbt model in plain facts: what a row is, its columns, tests, and what it rests on.

Read from what dbt wrote about itself (manifest.json, catalog.json) and from the seed of reasons.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringfence.settings import product_folder

Node = dict[str, Any]
GROUPS = (
    ("marts", "Marts", "What analysts and auditors read."),
    ("governance", "Governance", "How registers, deliveries and runs stand."),
    ("rules", "Rules", "One file for each reason that can stop a call."),
    ("intermediate", "Intermediate", "The steps from what is known to a verdict."),
    ("staging", "Staging", "What was known at the run’s instant, renamed and filtered."),
    ("seeds", "Seeds", "The policy and the reasons: dated content, kept as rows."),
)


@dataclass(frozen=True)
class Column:
    """Hold one column with the names of its tests."""

    name: str
    type: str
    description: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """Hold one model; `reason` is the seed's row of a rule, `unit_tests` what a rule must do."""

    name: str
    relation: str
    kind: str
    description: str
    columns: tuple[Column, ...]
    tests: tuple[str, ...]
    unit_tests: tuple[str, ...]
    rests_on: tuple[str, ...]
    used_by: tuple[str, ...]
    reason: dict[str, str] | None


@dataclass(frozen=True)
class Group:
    """Hold the models of one folder."""

    id: str
    title: str
    about: str
    models: tuple[Model, ...]


def describe(target: Path) -> list[Group]:
    """Return all models by group, from the folder that `dbt docs generate` wrote to."""
    manifest = json.loads((target / "manifest.json").read_bytes())
    catalog = json.loads((target / "catalog.json").read_bytes())
    seed = product_folder("dbt_project") / "seeds" / "reason_codes.csv"
    with seed.open(encoding="utf-8", newline="") as file:
        reasons = {row["reason_code"]: row for row in csv.DictReader(file)}
    nodes = {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed")
    }
    tests = [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    unit_tests = list(manifest.get("unit_tests", {}).values())
    models: dict[str, list[tuple[int, Model]]] = {}
    for unique_id, node in nodes.items():
        typed = catalog["nodes"].get(unique_id, {}).get("columns", {})
        reason = reasons.get(node["name"].removeprefix("rule_"))
        model = Model(
            name=node["name"],
            relation=f"{node['schema']}.{node['name']}",
            kind=node["config"]["materialized"],
            description=node["description"].strip(),
            columns=tuple(_columns(unique_id, node, typed, tests)),
            tests=tuple(_tests(unique_id, tests)),
            unit_tests=tuple(
                sorted(one["name"].replace("_", " ") for one in unit_tests
                       if unique_id in one["depends_on"]["nodes"])
            ),
            rests_on=tuple(_names(node["depends_on"].get("nodes", ()), manifest)),
            used_by=tuple(_names(manifest["child_map"].get(unique_id, ()), manifest)),
            reason=reason,
        )  # fmt: skip
        place = int(reason["precedence"]) if reason else 0
        models.setdefault(_group(node), []).append((place, model))
    return [
        Group(id_, title, about, tuple(model for _, model in sorted(found, key=_order)))
        for id_, title, about in GROUPS
        if (found := models.get(id_))
    ]


def _order(placed: tuple[int, Model]) -> tuple[int, str]:
    return placed[0], placed[1].name


def _group(node: Node) -> str:
    if node["resource_type"] == "seed":
        return "seeds"
    folders = node["fqn"][1:-1]
    return "rules" if "rules" in folders else str(folders[0])


def _columns(
    unique_id: str, node: Node, typed: dict[str, Node], tests: list[Node]
) -> Iterable[Column]:
    """Yield declared and built columns, in the order of the table."""
    names = {**dict.fromkeys(typed), **dict.fromkeys(node["columns"])}
    for name in names:
        told = node["columns"].get(name, {})
        yield Column(
            name,
            str(typed.get(name, {}).get("type") or told.get("data_type") or ""),
            str(told.get("description") or "").strip(),
            tuple(
                sorted(
                    _test_name(test)
                    for test in tests
                    if test.get("attached_node") == unique_id and test.get("column_name") == name
                )
            ),
        )


def _tests(unique_id: str, tests: list[Node]) -> list[str]:
    """Return the names of tests about the whole model, its own and those in tests/."""
    return sorted(
        _test_name(test)
        for test in tests
        if not test.get("column_name")
        and unique_id in (test.get("attached_node"), *test["depends_on"]["nodes"])
    )


def _test_name(test: Node) -> str:
    named = test.get("test_metadata") or {}
    name = str(named.get("name") or test["name"]).replace("_", " ")
    values = (named.get("kwargs") or {}).get("values")
    return f"{name}: {', '.join(map(str, values))}" if values else name


def _names(unique_ids: Iterable[str], manifest: Node) -> list[str]:
    """Return models and seeds by name, sources as `schema.table`."""
    found = set()
    for unique_id in unique_ids:
        kind, *_, name = unique_id.split(".")
        if kind == "source":
            source = manifest["sources"][unique_id]
            found.add(f"{source['schema']}.{source['identifier']}")
        elif kind in ("model", "seed"):
            found.add(name)
    return sorted(found)
