"""Encrypt the cells of a faulty row, so that quarantine can be mended but not browsed.

AES-256-GCM under a key derived from the subject key and the batch; deleting the row is enough to
forget it, and retention does so soon.
"""

from __future__ import annotations

import json
import secrets
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ringfence.keys import Keys

NONCE_BYTES = 12


class CellSeal:
    """Encrypt and decrypt rows of one batch."""

    def __init__(self, keys: Keys, batch_id: UUID) -> None:
        self._cipher = AESGCM(keys.derive("quarantine", batch_id.bytes))

    def close(self, cells: dict[str, str]) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, json.dumps(cells).encode(), None)

    def open(self, sealed: bytes) -> dict[str, str]:
        opened = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
        return dict(json.loads(opened))
