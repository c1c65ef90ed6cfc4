"""Record a row whose stop cannot be matched: which it is, and what tells it again in another file.

A list that is sent anew each day brings the same row in other bytes. What somebody settled stays
settled then, as long as the very row comes again, every cell of it: the same unusable number may
be somebody else's. Which row it is tells a digest under the subject key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from ringfence.keys import Keys
from ringfence.landing.batches import Identity
from ringfence.landing.fields import Outcome
from ringfence.landing.sealed_cells import CellSeal
from ringfence.readers import Row


def unmatched_rows(
    keys: Keys, identity: Identity, row: Row, outcome: Outcome, seal: CellSeal
) -> Iterator[tuple[Any, ...]]:
    """Yield the record of each stop of a row that cannot be matched.

    A row that could not be read whole may look like another such row: it has no digest.
    """
    source, file, mapping = identity.source_id, identity.file_sha256, identity.mapping_sha256
    for number, kind in enumerate(outcome.unmatched):
        # Two sources may bring the same bytes.
        told = "/".join(map(str, (source, file, row.number, number)))
        whole = json.dumps([source, mapping, kind, number, row.cells], ensure_ascii=False)
        yield (
            UUID(bytes=keys.derive("unmatched", told.encode())[:16]),
            row.number,
            kind,
            seal.close(row.cells),
            list(outcome.uncertain),
            None if row.fault else keys.derive("unmatched row", whole.encode()),
        )
