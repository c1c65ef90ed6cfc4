"""Check what hangs on the chain: roots of batches, lists and receipts, and link upon link."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from psycopg import Connection, sql

from ringfence.ledger.canonical import encode
from ringfence.ledger.chain import (
    BATCH_FACTS,
    BLOCK_FACTS,
    FIRST_PREVIOUS_HASH,
    VERSION,
    column_list,
    link_hash,
)
from ringfence.ledger.findings import Findings
from ringfence.ledger.roots import publication_roots, receipt_roots, retraction_roots

# Instants come from one clock, but that clock may be set while we run.
CLOCK_STEP = timedelta(minutes=1)


def check_batches(connection: Connection, findings: Findings) -> None:
    """Compare each batch's root with its link, and its status with what the chain says of it."""
    linked = _linked(connection, "batch")
    retracted = _linked(connection, "retraction")
    roots = batch_roots(connection)
    _compare("batch", linked, roots, findings)
    _compare("retraction of batch", retracted, retraction_roots(connection), findings)
    for batch_id, status in connection.execute(
        "select batch_id::text, status from landing.batches order by accepted_at"
    ):
        if status == "accepted" and batch_id not in linked:
            findings.fault(f"batch {batch_id} counts as accepted but was never sealed")
        if batch_id in linked and batch_id not in retracted and status != "accepted":
            findings.fault(f"batch {batch_id} was accepted and now says {status}")
        if batch_id in retracted and status != "retracted":
            findings.fault(f"batch {batch_id} was taken back and now says {status}")
    findings.counted(f"{len(linked):,} batches on the chain")


def check_roots(connection: Connection, findings: Findings) -> None:
    """Compare published lists and retention receipts with their links, in both directions."""
    for kind, word, roots in (
        ("publication", "list", publication_roots(connection)),
        ("retention", "receipt", receipt_roots(connection)),
    ):
        linked = _linked(connection, kind)
        _compare(word, linked, roots, findings)
        for object_id in sorted(roots.keys() - linked.keys()):
            findings.fault(f"{word} {object_id} was never put on the chain")
        findings.counted(f"{len(linked):,} {word}s on the chain")


def check_links(connection: Connection, findings: Findings) -> None:
    """Recompute the chain from its first link on, and the order in which batches became known."""
    links = connection.execute(
        """
        select
            links.seq, links.kind, links.object_id, links.root, links.previous_hash,
            links.link_hash, links.recorded_at,
            case links.kind
                when 'batch' then batches.accepted_at
                when 'retraction' then batches.retracted_at
            end as known_at
        from ledger.chain_links as links
        left join landing.batches as batches
            on links.kind in ('batch', 'retraction')
            and links.object_id = batches.batch_id::text
        order by links.seq
        """
    ).fetchall()
    previous = FIRST_PREVIOUS_HASH
    for seq, kind, object_id, root, before, hashed, recorded_at, _ in links:
        if bytes(before) != previous:
            findings.fault(f"link {seq} of the chain does not hang on the one before it")
            break
        if bytes(hashed) != link_hash(previous, kind, object_id, bytes(root), recorded_at):
            findings.fault(f"link {seq} of the chain was changed ({kind} {object_id})")
            break
        previous = bytes(hashed)
    for link, following in pairwise([*links, None]):
        _check_instant(link, following[6] if following else _latest(connection), findings)
    newest = f", the newest is link {links[-1][0]}" if links else ""
    findings.counted(f"{len(links):,} links in the chain{newest}")


def batch_roots(connection: Connection) -> dict[str, bytes]:
    """Return every batch's root as `chain.batch_root` gives it, in two passes over all batches."""
    digests = {
        str(facts[0]): hashlib.sha256(VERSION + encode(zip(BATCH_FACTS, facts, strict=True)))
        for facts in connection.execute(
            sql.SQL("select {} from landing.batches").format(column_list(BATCH_FACTS))
        )
    }
    for batch_id, *block in connection.execute(
        sql.SQL(
            "select batch_id, {} from ledger.block_roots"
            ' order by batch_id, ledger_name collate "C", block_number'
        ).format(column_list(BLOCK_FACTS))
    ):
        if str(batch_id) in digests:
            digests[str(batch_id)].update(encode(zip(BLOCK_FACTS, block, strict=True)))
    return {batch_id: digest.digest() for batch_id, digest in digests.items()}


def _linked(connection: Connection, kind: str) -> dict[str, bytes]:
    rows = connection.execute(
        "select object_id, root from ledger.chain_links where kind = %s order by seq", [kind]
    ).fetchall()
    return {object_id: bytes(root) for object_id, root in rows}


def _compare(
    word: str, linked: dict[str, bytes], roots: dict[str, bytes], findings: Findings
) -> None:
    for object_id, root in linked.items():
        if object_id not in roots:
            findings.fault(f"{word} {object_id} is on the chain but its row is gone")
        elif roots[object_id] != root:
            findings.fault(f"{word} {object_id} is not what was put on the chain")


def _latest(connection: Connection) -> datetime:
    """Return an instant that nothing can be later than; a demo's clock stands near its sample's."""
    row = connection.execute(
        "select coalesce(max(stands_at) + interval '1 day', clock_timestamp()) from ledger.clock"
    ).fetchone()
    assert row  # noqa: S101 - an aggregate has a row
    latest: datetime = row[0]
    return latest


def _check_instant(link: Any, following_at: datetime, findings: Findings) -> None:
    """Hold the instant a batch became known, or was taken back, against its own link and the next.

    The newest link is held against now: nothing is dated back, nothing is put off.
    """
    seq, _, object_id, *_, recorded_at, known_at = link
    if known_at is None:
        return
    is_early = known_at < recorded_at - CLOCK_STEP
    is_late = known_at > following_at + CLOCK_STEP
    if is_early or is_late:
        findings.fault(f"batch {object_id} was given another instant than link {seq} allows")
