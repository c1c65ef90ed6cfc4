"""Work out at the door what a suite leaves open: the last delivery's size, the time, a country."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import Connection, sql

from ringfence.doors.suites import Expectation
from ringfence.doors.vocabulary import Derived, Value
from ringfence.registers.load import load_registers
from ringfence.registers.official import OfficialRegister, register_of
from ringfence.settings import Settings


@dataclass(frozen=True, slots=True)
class Facts:
    """Hold what is known when the door is asked; None where there is nothing to compare with."""

    now: datetime
    count_rows: int
    previous_rows: int | None = None
    register_country: str | None = None


def resolve(expectation: Expectation, facts: Facts) -> dict[str, Value] | None:
    """Return the arguments with every derived value filled in, or None if one is not known."""
    resolved: dict[str, Value] = {}
    for name, value in expectation.arguments.items():
        if not isinstance(value, Derived):
            resolved[name] = value
            continue
        known = _derive(value, facts)
        if known is None:
            return None
        resolved[name] = known
    return resolved


def _derive(derived: Derived, facts: Facts) -> Value | None:
    if derived.name == "days_from_now":
        return facts.now + timedelta(days=derived.number)
    if derived.name == "register_country":
        return (facts.register_country,) if facts.register_country else None
    if facts.previous_rows is None:
        return None
    return math.ceil(facts.previous_rows * derived.number)


def count_rows(connection: Connection, table: str) -> int:
    """Return the number of rows of a schema-qualified table."""
    row = connection.execute(
        sql.SQL("select count(*) from {}").format(sql.Identifier(*table.split(".")))
    ).fetchone()
    return int(row[0]) if row else 0


def previous_rows(connection: Connection, source_id: str, suite: str) -> int | None:
    """Return how many rows the source's last accepted delivery brought to this suite."""
    row = connection.execute(
        """
        select door_checks.count_rows
        from ledger.door_checks
        inner join landing.batches using (batch_id)
        where
            batches.source_id = %s and door_checks.suite = %s and door_checks.door = 'incoming'
            and door_checks.is_passed and batches.status in ('accepted', 'reconfirmed')
        order by batches.accepted_at desc, door_checks.seq desc
        limit 1
        """,
        [source_id, suite],
    ).fetchone()
    return int(row[0]) if row else None


def register_of_source(settings: Settings, source_id: str, mode: str) -> OfficialRegister | None:
    """Return the register that a source delivers, as the seed describes it."""
    registers, _ = load_registers(settings.registers, mode)
    found = (one.register for one in registers.sources if one.source_id == source_id)
    return register_of(next(found, None))
