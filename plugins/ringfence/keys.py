"""Keep the two keys: the subject key (HMAC of phone numbers) and the signing key (Ed25519).

A key is made only when no key of its purpose was ever registered and the ledgers are empty: a
fresh subject key over old data would silently release everybody who ever objected.
The demo's keys are public on purpose, so that two demos agree to the byte; other homes refuse them.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
)
from psycopg import Connection

from ringfence.errors import Misconfigured, Refusal
from ringfence.home import Home, write_atomically
from ringfence.settings import Settings

CHECK_TEXT = b"ringfence key check v1"
KEY_BYTES = 32


@dataclass(frozen=True)
class Keys:
    """Hold both secrets for one process; never printed, never stored in the database."""

    subject: bytes
    signing: bytes

    def __repr__(self) -> str:
        return "Keys(…)"

    def subject_id(self, e164: str) -> UUID:
        """Return the contact point's id: first 128 bits of HMAC-SHA-256(key, E.164)."""
        return UUID(bytes=hmac.digest(self.subject, e164.encode(), "sha256")[:16])

    def unreadable_id(self, raw: str, country: str | None) -> UUID:
        """Return an id for a cell that holds no readable number; never equal to a number's."""
        text = f"unreadable\x1f{country or ''}\x1f{raw}".encode()
        return UUID(bytes=hmac.digest(self.subject, text, "sha256")[:16])

    def person_ref(self, controller_id: str, reference: str) -> UUID:
        """Return the link between one person's numbers, separate for each controller."""
        text = f"person\x1f{controller_id}\x1f{reference}".encode()
        return UUID(bytes=hmac.digest(self.subject, text, "sha256")[:16])

    def derive(self, purpose: str, message: bytes) -> bytes:
        """Return 32 bytes bound to the subject key, for call references and salts."""
        return hmac.digest(self.subject, purpose.encode() + b"\x1f" + message, "sha256")

    def signer(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.signing)

    def public_key(self) -> bytes:
        return raw_public(self.signer().public_key())

    def signing_key_id(self) -> str:
        return fingerprint(self.public_key())


def raw_public(key: Ed25519PublicKey) -> bytes:
    """Return the 32 bytes of a public key."""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def fingerprint(public_key: bytes) -> str:
    """Return the first 32 hex digits of SHA-256, in groups of four."""
    digest = hashlib.sha256(public_key).hexdigest()[:32]
    return "-".join(digest[start : start + 4] for start in range(0, 32, 4))


def demo_keys() -> Keys:
    """Return the published keys of the sample day."""
    return Keys(
        subject=hashlib.sha256(b"ringfence demo subject key: public, never for real data").digest(),
        signing=hashlib.sha256(b"ringfence demo signing key: public, never for real data").digest(),
    )


def create_keys(settings: Settings, owner: Connection, *, mode: str) -> Keys:
    """Make, register and store the home's keys once; later calls load and compare them."""
    registered = owner.execute("select count(*) from ledger.keys").fetchone()
    if registered and registered[0]:
        return load_keys(settings, owner)
    used = owner.execute(
        "select exists (select from ledger.consent_events)"
        " or exists (select from ledger.suppression_entries)"
    ).fetchone()
    if used and used[0]:
        raise Refusal(
            "The ledgers hold entries but no key is registered for them.",
            where="ledger.keys",
            remedy="restore the database and the key from the same backup",
        )
    if mode == "demo":
        keys = demo_keys()
        store_keys(settings, keys)
    elif _subject_file(settings).exists():
        keys = _read(settings)
    else:
        keys = Keys(secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES))
        store_keys(settings, keys)
    if mode != "demo":
        _refuse_demo_keys(keys)
    for purpose, secret, public in (
        ("subject", keys.subject, None),
        ("signing", keys.signing, keys.public_key()),
    ):
        key_id = fingerprint(public or _check_value(secret))
        owner.execute(
            "insert into ledger.keys values (%s, %s, %s, %s, 'active', ledger.now())",
            [key_id, purpose, _check_value(secret), public],
        )
    return keys


def load_keys(settings: Settings, connection: Connection) -> Keys:
    """Read the keys and compare them with the registered check values; refuses on mismatch."""
    keys = _read(settings)
    rows = connection.execute(
        "select purpose, check_value from ledger.keys where state = 'active'"
    ).fetchall()
    registered = {purpose: bytes(value) for purpose, value in rows}
    for purpose, secret in (("subject", keys.subject), ("signing", keys.signing)):
        if not hmac.compare_digest(registered.get(purpose, b""), _check_value(secret)):
            raise Refusal(
                f"The {purpose} key is not the one this database was made with.",
                where=str(_subject_file(settings).parent),
                remedy="put the right key file back; nothing was read or written",
            )
    mode = connection.execute("select mode from ledger.clock").fetchone()
    if not mode or mode[0] != "demo":
        _refuse_demo_keys(keys)
    return keys


def _check_value(secret: bytes) -> bytes:
    return hmac.digest(secret, CHECK_TEXT, "sha256")


def _refuse_demo_keys(keys: Keys) -> None:
    if hmac.compare_digest(keys.subject, demo_keys().subject):
        raise Refusal(
            "This is the demo's subject key; it is public and unfit for real data.",
            remedy="remove it and run `./ringfence setup` in a new home",
        )


def _subject_file(settings: Settings) -> Path:
    return settings.key_file or Home(settings.home).keys / "subject.key"


def _signing_file(settings: Settings) -> Path:
    return Home(settings.home).keys / "signing.key"


def store_keys(settings: Settings, keys: Keys) -> None:
    """Write both key files, readable by their owner alone."""
    write_atomically(_subject_file(settings), keys.subject.hex().encode() + b"\n")
    write_atomically(_signing_file(settings), keys.signing.hex().encode() + b"\n")


def _read(settings: Settings) -> Keys:
    return Keys(_read_one(_subject_file(settings)), _read_one(_signing_file(settings)))


def _read_one(path: Path) -> bytes:
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Misconfigured(
                "The key file can be read by others.", where=str(path), remedy="chmod 600 it"
            )
        secret = bytes.fromhex(path.read_text("ascii").strip())
    except FileNotFoundError:
        raise Refusal(
            "The key file is missing.",
            where=str(path),
            remedy="put it back from your backup; a new key would release all who objected",
        ) from None
    except ValueError:
        raise Refusal("The key file is damaged.", where=str(path), remedy="restore it") from None
    if len(secret) != KEY_BYTES:
        raise Refusal("The key file has the wrong length.", where=str(path), remedy="restore it")
    return secret
