"""Tell what each decision run stood on, and what of it had changed since the run before.

Registers by their hash (ledger.config_versions at the run's instant); packages, seeds and models as
the run itself recorded them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection

from ringfence.auditor_site.queries import Row, fetch
from ringfence.decision.versions import MODELS, PACKAGES

RECENT_RUNS = 60
CODE = "ringfence"
NOTHING = (
    "nothing: the same versions, registers, policy and SQL; only what was delivered may differ"
)


@dataclass(frozen=True)
class Change:
    """Name one thing that differs from the run before; None where one of them lacks it."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class RunFacts:
    """Hold a run with all it stood on; `changes` is None where there is no run to compare with."""

    facts: Row
    stood_on: dict[str, str]
    changes: tuple[Change, ...] | None = field(default=None)

    @property
    def counts(self) -> dict[str, Any]:
        return self.facts["totals"] or {}

    @property
    def told(self) -> str:
        """Say in a few words what changed."""
        if self.changes is None:
            return "first run"
        return ", ".join(kind_and_name(one.name)[1] for one in self.changes) or NOTHING


def runs(connection: Connection) -> list[RunFacts]:
    """Return the newest runs in order of time, each compared with the daily run before it."""
    rows = fetch(
        connection,
        """
        select
            runs.seq, runs.run_id, runs.mode, runs.call_date, runs.known_as_of, runs.code_version,
            runs.versions, totals.finished_at, totals.totals
        from ledger.decision_runs as runs
        left join ledger.decision_totals as totals using (run_id)
        order by runs.seq desc
        limit %(limit)s
        """,
        limit=RECENT_RUNS + 1,
    )
    registers = fetch(
        connection, "select kind, sha256, accepted_at from ledger.config_versions order by seq"
    )
    found: list[RunFacts] = []
    before: dict[str, str] | None = None
    for row in reversed(rows):
        stood_on = {
            CODE: row["code_version"],
            **row["versions"],
            **_in_force(registers, row["known_as_of"]),
        }
        changes = None if before is None else _changes(before, stood_on)
        found.append(RunFacts(row, stood_on, changes))
        if row["mode"] == "daily":
            before = stood_on
    # A replay knows what was known then: it stands beside the runs of that time.
    found.sort(key=lambda one: (one.facts["known_as_of"], one.facts["seq"]))
    return found[::-1][:RECENT_RUNS]


def kind_and_name(name: str) -> tuple[str, str]:
    """Return what kind of thing this is, and its name in words."""
    words = name.replace("_", " ")
    if name == CODE or name in PACKAGES:
        return "version", name
    if name == MODELS:
        return "SQL", words
    if name in REGISTERS:
        return "register", words
    if name == CALENDAR:
        return "calendar", words
    return "seed", f"{words} (seed)"


CALENDAR = "public_holidays"
REGISTERS = frozenset({"sources", "campaigns", "controllers", "policy_signoffs", "policy_overlays"})


def _in_force(registers: list[Row], known_as_of: datetime) -> dict[str, str]:
    return {row["kind"]: row["sha256"] for row in registers if row["accepted_at"] <= known_as_of}


def _changes(before: dict[str, str], after: dict[str, str]) -> tuple[Change, ...]:
    return tuple(
        Change(name, before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )
