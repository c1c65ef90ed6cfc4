"""Sign JSON documents with the home's Ed25519 key, and check them with a key somebody trusts.

A signed file has one byte form only: canonical JSON is what is signed, and the file must be exactly
the rendering of its own content, so that no byte of it can be changed unseen, not even a space.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from ringfence.errors import Misconfigured
from ringfence.keys import Keys, fingerprint, raw_public

FINGERPRINT = re.compile(r"[0-9a-f]{4}(-[0-9a-f]{4}){7}")
PUBLIC_KEY = re.compile(r"[0-9a-f]{64}")
SIGNATURE = re.compile(r"[0-9a-f]{128}")


class SignatureFault(ValueError):
    """The document is not what the trusted key signed; the text says in which way."""


def canonical_json(value: object) -> bytes:
    """Return the bytes that are hashed and signed: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def render(document: Mapping[str, Any]) -> bytes:
    """Return the bytes of a signed file: the same JSON, indented for people."""
    return json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False).encode() + b"\n"


def sign(document: Mapping[str, Any], keys: Keys) -> bytes:
    """Return the file for `document`, with `key` and `signature` added."""
    signed = {
        **document,
        "key": {"fingerprint": keys.signing_key_id(), "public_key": keys.public_key().hex()},
    }
    signature = keys.signer().sign(canonical_json(signed)).hex()
    return render({**signed, "signature": signature})


def read_signed(content: bytes, trusted: bytes | str) -> dict[str, Any]:
    """Return the document if `trusted` (a public key or a fingerprint) signed exactly these bytes.

    Raises SignatureFault; the key that the file carries is believed only if it is the trusted one.
    """
    try:
        document = json.loads(content)
    except ValueError:
        raise SignatureFault("it is not JSON any more") from None
    if not isinstance(document, dict) or _rendered(document) != content:
        raise SignatureFault("its bytes are not those that were written")
    unsigned = {name: value for name, value in document.items() if name != "signature"}
    key, signature = unsigned.get("key"), document.get("signature")
    public = str(key.get("public_key")) if isinstance(key, dict) else ""
    if not PUBLIC_KEY.fullmatch(public) or not SIGNATURE.fullmatch(str(signature)):
        raise SignatureFault("it carries no signature")
    public_key = bytes.fromhex(public)
    if trusted not in (public_key, fingerprint(public_key)):
        raise SignatureFault(f"it was signed by {fingerprint(public_key)}, which is not trusted")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(
            bytes.fromhex(str(signature)), canonical_json(unsigned)
        )
    except (InvalidSignature, ValueError):
        raise SignatureFault("the signature does not fit its content") from None
    return document


def read_trusted_key(given: str) -> bytes | str:
    """Read what `--key` gives: a fingerprint, a public key in hex, or a file (hex or PEM)."""
    text = given.strip()
    if not FINGERPRINT.fullmatch(text) and not PUBLIC_KEY.fullmatch(text):
        try:
            text = Path(given).read_text("ascii").strip()
        except (OSError, ValueError):
            raise _no_key(given) from None
    if FINGERPRINT.fullmatch(text):
        return text
    if PUBLIC_KEY.fullmatch(text):
        return bytes.fromhex(text)
    try:
        key = load_pem_public_key(text.encode())
    except ValueError:
        raise _no_key(given) from None
    if not isinstance(key, Ed25519PublicKey):
        raise _no_key(given)
    return raw_public(key)


def _rendered(document: dict[str, Any]) -> bytes:
    try:
        return render(document)
    except ValueError:  # a lone surrogate cannot be written as UTF-8
        return b""


def _no_key(given: str) -> Misconfigured:
    return Misconfigured(
        "This is neither a key's fingerprint nor a file with an Ed25519 public key.",
        where=given,
        remedy="`./ringfence keys check` shows the fingerprint of the home that signed",
    )
