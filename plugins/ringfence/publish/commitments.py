"""Commit to each row of a list, so that one row can be proved, or erased, without the others.

    commitment = SHA-256(salt ‖ 01 ‖ decision id and cells, encoded as ledger rows are)
    root       = Merkle root over the commitments in order of call_ref: leaves SHA-256(00 ‖ c),
                 nodes SHA-256(01 ‖ left ‖ right), an odd node moves up as it is

They lie in `commitments.csv` beside the list and stay when the list is deleted: call_ref, decision
id, salt, commitment. They lie in a file, not in a ledger table, because a salt must be erasable and
because `verify` works on the folder alone. Erasing a row removes it from the list and its salt
from here; its commitment stays, so the root in the manifest still comes out, while nothing that
was in the row can be guessed at any more. The salt is derived from the home's key, the list and the
call_ref: a restart writes the same bytes. It enters no list.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from uuid import UUID

from ringfence.keys import Keys
from ringfence.ledger.chain import VERSION
from ringfence.publish.call_list import COLUMNS

FILE_NAME = "commitments.csv"
HEADER = ("call_ref", "decision_id", "salt", "commitment")
SALT_BYTES = 16
TAGS = tuple(
    len(name.encode()).to_bytes(4, "big") + name.encode() for name in ("decision_id", *COLUMNS)
)


@dataclass(frozen=True, slots=True)
class Commitment:
    """Hold one line of the file; an erased row has no salt."""

    call_ref: str
    decision_id: str
    salt: bytes
    commitment: bytes

    @property
    def is_erased(self) -> bool:
        return not self.salt

    def fits(self, cells: Iterable[str]) -> bool:
        """Tell whether these are the cells that were committed to."""
        return row_commitment(self.salt, self.decision_id, cells) == self.commitment

    def erased(self) -> Commitment:
        return Commitment(self.call_ref, self.decision_id, b"", self.commitment)


def row_salt(keys: Keys, list_id: UUID, call_ref: str) -> bytes:
    """Return the salt of one row, the same at every writing."""
    return keys.derive("row salt", list_id.bytes + call_ref.encode())[:SALT_BYTES]


def row_commitment(salt: bytes, decision_id: str, cells: Iterable[str]) -> bytes:
    """Return the commitment to one row of call_list.csv; equals `chain.commitment` of its fields.

    Written out for speed, since it is made for every row: the names' bytes never change.
    """
    parts = [salt, VERSION]
    for tag, cell in zip(TAGS, (decision_id, *cells), strict=True):
        value = cell.encode()
        parts += (tag, len(value).to_bytes(4, "big"), value)
    return hashlib.sha256(b"".join(parts)).digest()


def merkle_root(commitments: Iterable[bytes]) -> bytes:
    """Return the root; of nothing it is SHA-256 of nothing."""
    level = [hashlib.sha256(b"\x00" + one).digest() for one in commitments]
    if not level:
        return hashlib.sha256().digest()
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]
        level = above + level[-1:] if len(level) % 2 else above
    return level[0]


def writer(file: TextIO) -> Callable[[Commitment], object]:
    """Write the header and return what writes a line."""
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(HEADER)
    return lambda one: rows.writerow(
        (one.call_ref, one.decision_id, one.salt.hex(), one.commitment.hex())
    )


def read(path: Path) -> Iterator[Commitment]:
    """Yield the lines of a commitments file; raises ValueError if it is not one."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        if tuple(next(rows, ())) != HEADER:
            raise ValueError("not a commitments file")
        for call_ref, decision_id, salt, hashed in rows:
            yield Commitment(call_ref, decision_id, bytes.fromhex(salt), bytes.fromhex(hashed))
