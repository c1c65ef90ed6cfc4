"""Check the rows of the ledgers: payloads against commitments, rows against their blocks.

A changed payload is named by its row. Of a changed fact only its block is known (leaves are not
stored), so the block's rows are named; for a batch of one row that is the row.
"""

from __future__ import annotations

from psycopg import Connection, sql

from ringfence.ledger.canonical import COLUMNS, PAYLOAD_COLUMNS
from ringfence.ledger.chain import blocks_sql, commitment_sql
from ringfence.ledger.findings import Findings


def check_payloads(connection: Connection, findings: Findings) -> None:
    """Recompute each commitment whose payload is there; count the others as erased."""
    for name, columns in PAYLOAD_COLUMNS.items():
        row = connection.execute(
            sql.SQL(
                """
                select
                    count(*), count(*) filter (where is_erased),
                    count(*) filter (where not is_right), min(seq) filter (where not is_right)
                from (
                    select
                        facts.seq, payload.seq is null as is_erased,
                        facts.commitment = {commitment} as is_right
                    from {facts} as facts
                    left join {payload} as payload using (seq)
                ) as checked
                """
            ).format(
                commitment=commitment_sql(columns, qualifier="payload"),
                facts=sql.Identifier("ledger", name),
                payload=sql.Identifier("ledger", f"{name}_payload"),
            )
        ).fetchone()
        count, erased, wrong, first = row or (0, 0, 0, None)
        findings.counted(f"ledger.{name}: {count:,} rows, {erased:,} of them erased")
        if wrong:
            findings.fault(
                f"ledger.{name}_payload: row seq {first} does not fit its commitment"
                f" ({wrong:,} in all)"
            )
        _check_erasures(connection, name, erased, findings)


def _check_erasures(connection: Connection, name: str, erased: int, findings: Findings) -> None:
    """Compare missing payloads with the erasures that `ledger.erase` wrote down."""
    row = connection.execute(
        """
        select coalesce(sum((details ->> 'count_payloads')::bigint), 0)
        from ledger.audit_events
        where action = 'erase' and object_kind = %s
        """,
        [f"ledger.{name}"],
    ).fetchone()
    recorded = int(row[0]) if row else 0
    if recorded != erased:
        findings.fault(
            f"ledger.{name}_payload: {erased:,} payloads are missing,"
            f" but {recorded:,} erasures are on record"
        )


def check_blocks(connection: Connection, findings: Findings) -> None:
    """Hash every row again and compare block by block, in both directions."""
    for name in COLUMNS:
        faults = connection.execute(
            sql.SQL(
                """
                select
                    batch_id, coalesce(recorded.first_seq, found.first_seq),
                    coalesce(recorded.last_seq, found.last_seq),
                    coalesce(recorded.count_rows, 0), coalesce(found.count_rows, 0)
                from ({found}) as found
                full join (
                    select * from ledger.block_roots where ledger_name = {name}
                ) as recorded
                    using (batch_id, block_number)
                where (found.root, found.count_rows, found.first_seq, found.last_seq)
                    is distinct from
                    (recorded.root, recorded.count_rows, recorded.first_seq, recorded.last_seq)
                order by 2
                """
            ).format(
                found=blocks_sql(name, condition=sql.SQL("true")),
                name=sql.Literal(name),
            )
        ).fetchall()
        if faults:
            batch, first, last, sealed, there = faults[0]
            rows = f"row seq {first}" if first == last else f"a row of seq {first} to {last}"
            findings.fault(
                f"ledger.{name}: {rows} is not what was sealed with batch {batch}"
                f" (sealed {sealed:,} rows, found {there:,}; {len(faults):,} blocks in all)"
            )
