"""Sign a document, then change it in every way a byte can be changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ringfence.errors import Misconfigured
from ringfence.keys import Keys, demo_keys
from ringfence.signing import SignatureFault, canonical_json, read_signed, read_trusted_key, sign

KEYS = demo_keys()
OTHER = Keys(b"s" * 32, b"o" * 32)
DOCUMENT = {"format": "test", "count": 3, "name": "Łódź", "nested": {"b": [1, 2], "a": None}}


def test_what_was_signed_reads_back_with_key_or_fingerprint() -> None:
    file = sign(DOCUMENT, KEYS)
    for trusted in (KEYS.public_key(), KEYS.signing_key_id()):
        found = read_signed(file, trusted)
        assert {name: found[name] for name in DOCUMENT} == DOCUMENT


def test_no_byte_of_a_signed_file_can_be_changed() -> None:
    file = sign(DOCUMENT, KEYS)
    for place in range(len(file)):
        for other in (file[place] ^ 1, file[place] ^ 0x20, 0x20):
            changed = file[:place] + bytes([other]) + file[place + 1 :]
            if changed != file:
                with pytest.raises(SignatureFault):
                    read_signed(changed, KEYS.signing_key_id())


def test_the_same_content_in_another_spelling_is_not_the_same_file() -> None:
    file = sign(DOCUMENT, KEYS)
    for respelled in (
        canonical_json(json.loads(file)),
        file + b"\n",
        file.replace(b'"count": 3', b'"count": 3, "count": 3'),
        b"[1]",
        b"\xff",
    ):
        with pytest.raises(SignatureFault):
            read_signed(respelled, KEYS.signing_key_id())


def test_the_key_in_the_file_is_not_believed_by_itself() -> None:
    with pytest.raises(SignatureFault, match="not trusted"):
        read_signed(sign(DOCUMENT, OTHER), KEYS.signing_key_id())


def test_a_document_without_signature_is_refused() -> None:
    file = json.dumps(DOCUMENT, sort_keys=True, indent=2, ensure_ascii=False).encode() + b"\n"
    with pytest.raises(SignatureFault, match="no signature"):
        read_signed(file, KEYS.signing_key_id())


def test_a_trusted_key_may_be_given_in_four_ways(tmp_path: Path) -> None:
    public = KEYS.public_key()
    pem = KEYS.signer().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(pem)
    (tmp_path / "key.hex").write_text(public.hex() + "\n")
    (tmp_path / "fingerprint").write_text(KEYS.signing_key_id())
    assert read_trusted_key(str(tmp_path / "key.pem")) == public
    assert read_trusted_key(str(tmp_path / "key.hex")) == public
    assert read_trusted_key(str(tmp_path / "fingerprint")) == KEYS.signing_key_id()
    assert read_trusted_key(KEYS.signing_key_id()) == KEYS.signing_key_id()
    assert read_trusted_key(public.hex()) == public


@pytest.mark.parametrize("content", ["", "hello", "-----BEGIN PUBLIC KEY-----\nx\n"])
def test_something_else_is_not_taken_for_a_key(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    with pytest.raises(Misconfigured, match="neither a key's fingerprint"):
        read_trusted_key(str(path))
    with pytest.raises(Misconfigured):
        read_trusted_key(str(tmp_path / "nowhere"))
