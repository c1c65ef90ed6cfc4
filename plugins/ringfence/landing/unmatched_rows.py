"""Record a row whose stop cannot be matched: which it is, and what tells it again in another file.

A list that is sent anew each day brings the same row in other bytes. What somebody settled stays
settled then: found to be no stop, as long as the very row comes again; as a stop, as long as the
row says the same of the same cells. Both are digests under the subject key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from ringfence.keys import Keys
from ringfence.landing.batches import Identity
from ringfence.landing.fields import Fields, Outcome
from ringfence.landing.sealed_cells import CellSeal
from ringfence.readers import Row

_SAID = (
    "phone", "country", "call_ref", "kind", "scope", "purpose", "channel", "event_type", "event_at",
    "disposition", "attempted_at",
)  # fmt: skip


def said(kind: str, fields: Fields) -> str:
    """Return what a row says of the numbers in its cells, word for word."""
    return _written([kind, *(fields.get(name) for name in _SAID)])


def unmatched_rows(
    keys: Keys, identity: Identity, row: Row, outcome: Outcome, seal: CellSeal
) -> Iterator[tuple[Any, ...]]:
    """Yield the record of each stop of a row that cannot be matched."""
    source, file, mapping = identity.source_id, identity.file_sha256, identity.mapping_sha256
    for number, (kind, content) in enumerate(outcome.unmatched):
        # Two sources may bring the same bytes.
        told = "/".join(map(str, (source, file, row.number, number)))
        whole = _written([source, mapping, kind, number, row.cells])
        yield (
            UUID(bytes=keys.derive("unmatched", told.encode())[:16]),
            row.number,
            kind,
            seal.close(row.cells),
            list(outcome.uncertain),
            keys.derive("unmatched row", whole.encode()),
            keys.derive("unmatched content", f"{source}\x1f{content}".encode())
            if content
            else None,
        )


def _written(told: list[Any]) -> str:
    return json.dumps(told, ensure_ascii=False, default=str)
