"""Check the signatures: those in the database, and those held outside it."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from ringfence.home import Home
from ringfence.keys import fingerprint
from ringfence.ledger.checkpoints import FORMAT, checkpoint_files, document
from ringfence.ledger.findings import Findings
from ringfence.settings import Settings
from ringfence.signing import SignatureFault, read_signed, render


def check_checkpoints(
    connection: Connection, settings: Settings, findings: Findings, trusted: str | None
) -> None:
    """Compare every signed hash with the chain; a file may know more than the database."""
    trusted = trusted or Home(settings.home).read_run().get("key_fingerprint")
    if not trusted:
        findings.fault("no signing key is trusted: give its fingerprint")
        return
    links = {
        seq: bytes(link_hash)
        for seq, link_hash in connection.execute("select seq, link_hash from ledger.chain_links")
    }
    held = _check_database(connection, links, trusted, findings)
    outside = _check_files(settings, links, trusted, findings)
    findings.counted(
        f"{held:,} checkpoints signed by {trusted}; the files outside the database prove the chain"
        f" up to link {outside:,} of {max(links, default=0):,}"
    )


def _check_database(
    connection: Connection, links: dict[int, bytes], trusted: str, findings: Findings
) -> int:
    public_keys = {
        key_id: bytes(public_key)
        for key_id, public_key in connection.execute(
            "select key_id, public_key from ledger.keys where purpose = 'signing'"
        )
    }
    rows = connection.execute(
        "select seq, link_seq, link_hash, key_id, signature, recorded_at"
        " from ledger.checkpoints order by seq"
    ).fetchall()
    for seq, link_seq, link_hash, key_id, signature, recorded_at in rows:
        public_key = public_keys.get(key_id, b"")
        signed = {
            **document(link_seq, bytes(link_hash), recorded_at),
            "key": {"fingerprint": key_id, "public_key": public_key.hex()},
            "signature": bytes(signature).hex(),
        }
        fault = _fault(render(signed), trusted, links, key_id == fingerprint(public_key))
        if fault:
            findings.fault(f"checkpoint {seq} in the database: {fault}")
            break
    return len(rows)


def _check_files(
    settings: Settings, links: dict[int, bytes], trusted: str, findings: Findings
) -> int:
    """Return the newest link that a file outside vouches for, 0 without any."""
    newest = 0
    for path in checkpoint_files(settings):
        content = path.read_bytes()
        fault = _fault(content, trusted, links, True)
        if fault:
            findings.fault(f"checkpoint file {path.name}: {fault}")
            break
        newest = max(newest, int(read_signed(content, trusted)["link_seq"]))
    return newest


def _fault(content: bytes, trusted: str, links: dict[int, bytes], is_key_right: bool) -> str | None:
    """Return what is wrong with one checkpoint, or None."""
    try:
        signed: dict[str, Any] = read_signed(content, trusted)
    except SignatureFault as error:
        return str(error)
    if not is_key_right or signed.get("format") != FORMAT:
        return "it is not a checkpoint of this key"
    found = links.get(signed["link_seq"])
    if found is None:
        return f"the chain has lost link {signed['link_seq']}"
    if found.hex() != signed["link_hash"]:
        return f"link {signed['link_seq']} is not the one that was signed"
    return None
