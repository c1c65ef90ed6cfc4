"""Tell whether bytes that were received before are sent once more, or merely lie there.

A sending is a name and a time of the file. The same bytes under another name, or of a later time,
are sent once more; what was asked by a query is sent whenever it is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection, sql

from ringfence.landing.batches import TAKEN_BACK, Identity

_OF_THIS_SENDING = sql.SQL(
    """
    heard.name_hash = %(name)s
    and (heard.file_modified_at = %(modified)s or heard.sent_at >= %(modified)s)
    """
)


@dataclass(frozen=True)
class Sending:
    """Name one sending of some bytes; `modified_at` is None for a query."""

    identity: Identity
    name_hash: bytes
    modified_at: datetime | None

    def is_heard(self, connection: Connection) -> bool:
        """Tell whether this sending, or a later one of the name, has come to its end before."""
        query = sql.SQL(
            """
            select from landing.batches as heard
            where heard.source_id = %(source)s and heard.file_sha256 = %(sha256)s
                and heard.part = 'rest' and {}
                and (
                    heard.status in ('accepted', 'reconfirmed', 'retracted')
                    or heard.reason_code = %(taken_back)s
                )
            """
        )
        return self._ask(connection, query) != []

    def heard_stops(self, connection: Connection) -> list[UUID]:
        """Return the parts in which stops of this sending, or of a later one, were accepted."""
        query = sql.SQL(
            """
            select stops.batch_id
            from landing.batches as heard
            inner join landing.batches as stops on heard.batch_id = stops.delivery_id
            where heard.source_id = %(source)s and heard.file_sha256 = %(sha256)s
                and heard.part = 'rest' and stops.part = 'stops'
                and stops.mapping_sha256 = %(mapping)s and stops.status = 'accepted' and {}
            """
        )
        return [batch_id for (batch_id,) in self._ask(connection, query)]

    def _ask(self, connection: Connection, query: sql.SQL) -> list[tuple[UUID, ...]]:
        return connection.execute(
            query.format(_OF_THIS_SENDING),
            {
                "source": self.identity.source_id, "sha256": self.identity.file_sha256,
                "mapping": self.identity.mapping_sha256, "name": self.name_hash,
                "modified": self.modified_at, "taken_back": TAKEN_BACK,
            },
        ).fetchall()  # fmt: skip
