"""Let a source of objections go for good: until somebody says so, its silence holds lists back."""

from __future__ import annotations

import getpass

from ringfence import clock
from ringfence.audit import record
from ringfence.clear_text import refuse_personal
from ringfence.database import connect
from ringfence.errors import Refusal
from ringfence.known_names import check_known
from ringfence.registers.load import load_registers
from ringfence.settings import Settings

RETIRED = "retire_source"


def retire_source(settings: Settings, source_id: str, *, reason: str, approved_by: str) -> None:
    """Record that a source will bring nothing any more; what it brought goes on counting.

    Raises Misconfigured for a source nobody knows, Refusal for one that still is.
    """
    refuse_personal(reason, where="--reason")
    refuse_personal(approved_by, where="--approved-by")
    with connect(settings, name="ringfence retire") as connection:
        check_known(connection, "source", source_id)
        registers, _ = load_registers(settings.registers, clock.mode(connection))
        if any(source.source_id == source_id for source in registers.sources):
            raise Refusal(
                "This source is still in force.",
                where=source_id,
                remedy="take its file out of the registers first",
            )
        record(
            connection,
            actor=getpass.getuser(),
            action=RETIRED,
            object_kind="source",
            object_id=source_id,
            details={"reason": reason, "approved_by": approved_by},
        )
