"""Find what people stood for at the decision and do not stand for now: signatures, loosenings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ringfence.registers.content import content_of
from ringfence.registers.load import Registers
from ringfence.registers.overlay_cells import LOOSENS

Entries = list[dict[str, Any]]


def policy_taken_back(signoffs: Entries, overlays: Entries, now: Registers) -> list[str]:
    """Return the name of each signature and overlay of the run that is in force no more.

    What only tightened may go: a list decided under it calls nobody whom it forbade.
    """
    standing = content_of(now)
    gone = [one for one in signoffs if one not in standing["policy_signoffs"]]
    names = [f"signature {one['country']}/{one['audience']}" for one in gone]
    left = list(_loosened(standing["policy_overlays"]))
    names += [f"overlay {name}" for name, cell in _loosened(overlays) if (name, cell) not in left]
    return sorted(set(names))


def _loosened(overlays: Entries) -> Iterator[tuple[str, dict[str, Any]]]:
    for overlay in overlays:
        for cell in overlay["cells"]:
            if cell["effect"] == LOOSENS:
                yield overlay["overlay_id"], cell
