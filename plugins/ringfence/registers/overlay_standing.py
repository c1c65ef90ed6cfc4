"""Keep what an overlay tightened while nobody can read its file: a fault must not loosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg import Connection

from ringfence.registers.overlay_cells import TIGHTENS
from ringfence.registers.policy_overlays import FOLDER, PolicyOverlay
from ringfence.registers.yaml_marks import Fault


def tightenings_kept(
    connection: Connection, found: Iterable[PolicyOverlay], faults: Iterable[Fault]
) -> list[dict[str, Any]]:
    """Return the tightened cells last in force of overlays that are not found any more.

    As long as a file of overlays has a fault it may be theirs, under whatever name. Where none has,
    an overlay that is gone was taken back.
    """
    if not any(fault.file.parent.name == FOLDER for fault in faults):
        return []
    row = connection.execute(
        "select content from ledger.config_versions where kind = %s order by seq desc limit 1",
        [FOLDER],
    ).fetchone()
    known = {overlay.overlay_id for overlay in found}
    kept = []
    for overlay in row[0] if row else ():
        cells = [cell for cell in overlay["cells"] if cell["effect"] == TIGHTENS]
        if cells and overlay["overlay_id"] not in known:
            kept.append(overlay | {"cells": cells})
    return kept
