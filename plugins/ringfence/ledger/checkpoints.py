"""Sign the newest link of the chain, and write the signature outside the database too.

Whoever can write to the database could rewrite the whole chain; not the checkpoints of it that lie
elsewhere. Tampering is detected up to the last checkpoint held outside: keep the folder of
RINGFENCE_CHECKPOINTS on another machine, or copy it there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg import Connection

from ringfence.errors import Refusal
from ringfence.home import write_atomically
from ringfence.keys import Keys
from ringfence.settings import Settings
from ringfence.signing import sign

FORMAT = "ringfence checkpoint 1"


def write_checkpoint(connection: Connection, settings: Settings, keys: Keys) -> Path | None:
    """Sign the newest link and write it to database and folder; call it after the commit.

    Does nothing when the newest link is signed and its file is there; None without any link.
    """
    newest = connection.execute(
        "select seq, link_hash from ledger.chain_links order by seq desc limit 1"
    ).fetchone()
    if newest is None:
        return None
    link_seq, link_hash = newest[0], bytes(newest[1])
    path = settings.checkpoints / f"checkpoint-{link_seq:010d}.json"
    signed = connection.execute(
        "select recorded_at from ledger.checkpoints where link_seq = %s and key_id = %s"
        " order by seq limit 1",
        [link_seq, keys.signing_key_id()],
    ).fetchone()
    if signed is None:
        recorded_at = _record(connection, keys, link_seq, link_hash)
    elif path.exists():
        return path
    else:
        recorded_at = signed[0]
    try:
        write_atomically(path, sign(document(link_seq, link_hash, recorded_at), keys))
    except OSError as error:
        raise Refusal(
            f"The checkpoint could not be written ({error.strerror}); the ledger itself is safe.",
            where=str(settings.checkpoints),
            remedy="make the folder writable; the next acceptance writes the newest checkpoint",
        ) from None
    return path


def document(link_seq: int, link_hash: bytes, recorded_at: datetime) -> dict[str, Any]:
    """Return what a checkpoint says, before it is signed."""
    return {
        "format": FORMAT,
        "link_seq": link_seq,
        "link_hash": link_hash.hex(),
        "recorded_at": recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
    }


def checkpoint_files(settings: Settings) -> Iterator[Path]:
    """Yield the checkpoints held outside the database, oldest first."""
    yield from sorted(settings.checkpoints.glob("checkpoint-*.json"))


def _record(connection: Connection, keys: Keys, link_seq: int, link_hash: bytes) -> datetime:
    with connection.transaction():
        instant = connection.execute("select ledger.now()").fetchone()
        if instant is None:
            raise RuntimeError("ledger.now() returned no row")
        recorded_at: datetime = instant[0]
        file = json.loads(sign(document(link_seq, link_hash, recorded_at), keys))
        connection.execute(
            """
            insert into ledger.checkpoints (link_seq, link_hash, key_id, signature, recorded_at)
            values (%s, %s, %s, %s, %s)
            """,
            [
                link_seq,
                link_hash,
                keys.signing_key_id(),
                bytes.fromhex(file["signature"]),
                recorded_at,
            ],
        )
    return recorded_at
