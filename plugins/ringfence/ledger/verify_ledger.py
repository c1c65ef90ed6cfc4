"""Recompute every hash of the ledgers and name the first thing that does not fit.

Rows are hashed in Postgres, one pass a ledger; links, roots and signatures here. The order is from
the rows outwards: payloads, blocks, batches, other roots, chain, checkpoints.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from psycopg import Connection
from psycopg.pq import TransactionStatus

from ringfence.ledger.findings import Findings
from ringfence.ledger.verify_chain import check_batches, check_links, check_roots
from ringfence.ledger.verify_checkpoints import check_checkpoints
from ringfence.ledger.verify_rows import check_blocks, check_payloads
from ringfence.settings import Settings


@dataclass(frozen=True)
class LedgerReport:
    """Say whether the ledgers are whole; `sentences` hold the counts, then each fault."""

    is_passed: bool
    sentences: tuple[str, ...]
    faults: tuple[str, ...]


Check = Callable[[Connection, Findings], None]
CHECKS: tuple[Check, ...] = (check_payloads, check_blocks, check_batches, check_roots, check_links)


def verify_ledger(
    connection: Connection, settings: Settings, *, trusted: str | None = None
) -> LedgerReport:
    """Check everything in one snapshot; needs a connection without an open transaction.

    `trusted` is the signing key's fingerprint as the auditor knows it; without it the one that
    `setup` wrote to run.json counts.
    """
    if connection.info.transaction_status != TransactionStatus.IDLE:
        raise RuntimeError("verify_ledger needs a connection without an open transaction")
    findings = Findings()
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        for check in CHECKS:
            check(connection, findings)
        check_checkpoints(connection, settings, findings, trusted)
    faults = tuple(findings.faults)
    return LedgerReport(not faults, (*findings.sentences, *faults), faults)
