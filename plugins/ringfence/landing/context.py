"""Hold what every row of one delivery shares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.keys import Keys


@dataclass(frozen=True, slots=True)
class Context:
    """Name what every row of one delivery shares."""

    source_id: str
    controller_id: str
    batch_id: UUID
    keys: Keys
    received_at: datetime
    zone: str | None
    dates: str | None
