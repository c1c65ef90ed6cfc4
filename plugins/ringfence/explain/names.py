"""Say what ids and codes are called: controllers and campaigns, registers, reasons."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ringfence.registers.official import official_registers
from ringfence.settings import product_folder


@dataclass(frozen=True)
class Names:
    """Hold what the newest registers call controllers and campaigns."""

    controllers: Mapping[str, str]
    campaigns: Mapping[str, str]

    def controller(self, controller_id: str | None) -> str:
        """Return the name of a controller; none means every one."""
        if controller_id is None:
            return "every controller"
        return self.controllers.get(controller_id, controller_id)


@cache
def seed(name: str) -> tuple[dict[str, str], ...]:
    """Return a seed of the rules as it was shipped; the database's copy moves while dbt runs."""
    path = product_folder("dbt_project") / "seeds" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def reason_texts() -> dict[str, tuple[str, str]]:
    """Return sentence and citation of every reason code."""
    return {row["reason_code"]: (row["sentence"], row["citation"]) for row in seed("reason_codes")}


@cache
def _registers() -> dict[str, str]:
    return {one.register_id: one.name for one in official_registers()}


def is_register(register_id: str) -> bool:
    """Tell whether an id is a register of ours."""
    return register_id in _registers()


def register(register_id: str) -> str:
    """Return a register's name with its id."""
    name = _registers().get(register_id)
    return f"{name} ({register_id})" if name else register_id
