"""Write the query for a register that is asked by hashes, and log that it was written."""

from __future__ import annotations

from pathlib import Path

from ringfence import clock
from ringfence.audit import record
from ringfence.database import connect
from ringfence.errors import Misconfigured
from ringfence.landing.hashed_answers import write_query
from ringfence.registers.load import load_registers
from ringfence.registers.official import register_of
from ringfence.settings import Settings


def ask_register(settings: Settings, source_id: str, file: Path) -> int:
    """Write the hashes that the register of a source is to be asked; returns how many."""
    with connect(settings, name=f"ask {source_id}", autocommit=True) as connection:
        registers, _ = load_registers(settings.registers, clock.mode(connection))
        source = next((one for one in registers.sources if one.source_id == source_id), None)
        register = register_of(source.register) if source else None
        if source is None or register is None or register.key != "hash":
            raise Misconfigured(
                f"`{source_id}` is no source of a register that is asked by hashes.",
                where=str(settings.registers / "sources"),
                remedy="name a source with such a `register`: es_lista_robinson",
            )
        count = write_query(connection, register, source.controller, file)
        record(
            connection,
            actor="operator",
            action="ask_register",
            object_kind="source",
            object_id=source_id,
            details={"register": register.register_id, "count_hashes": count},
        )
    return count
