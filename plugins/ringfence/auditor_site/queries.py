"""Read what the pages show: ids, codes, counts and times, no column with personal data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from ringfence.landing.unmatched import open_stops
from ringfence.landing.unmatched_places import places_of
from ringfence.settings import Settings

Row = dict[str, Any]
RECENT_SNAPSHOTS = 100
RECENT_RECEIPTS = 60
OPEN_STOPS = 100


def fetch(connection: Connection, statement: str, **names: Any) -> list[Row]:
    """Return the rows of a statement as dictionaries."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement.encode(), names).fetchall()


def has_decisions(connection: Connection) -> bool:
    """Tell whether dbt has built the marts at all."""
    row = connection.execute("select to_regclass('governance.campaign_registers')").fetchone()
    return bool(row and row[0])


def config(connection: Connection, kind: str) -> list[Row]:
    """Return the registers of a kind that are in force, as they were last accepted."""
    row = connection.execute(
        "select content from ledger.config_versions where kind = %s order by seq desc limit 1",
        [kind],
    ).fetchone()
    return list(row[0]) if row else []


def last_run(connection: Connection) -> Row | None:
    """Return the newest finished daily run."""
    found = fetch(
        connection,
        """
        select runs.run_id, runs.call_date, runs.known_as_of, runs.code_version, totals.finished_at
        from ledger.decision_runs as runs
        inner join ledger.decision_totals as totals using (run_id)
        where runs.mode = 'daily'
        order by runs.seq desc
        limit 1
        """,
    )
    return found[0] if found else None


def funnel(connection: Connection) -> list[Row]:
    """Return one row for each campaign of the last run."""
    return fetch(
        connection,
        """
        select
            campaign_id, call_date, known_as_of, count_candidates, count_callable, count_blocked,
            count_undetermined
        from marts.call_funnel
        order by campaign_id
        """,
    )


def funnel_reasons(connection: Connection) -> list[Row]:
    """Return each campaign's first reasons with their sentences, largest first."""
    return fetch(
        connection,
        """
        select
            reasons.campaign_id, reasons.first_reason_code, reasons.verdict,
            sum(reasons.count_candidates)::bigint as count_candidates,
            codes.sentence, codes.citation
        from marts.call_funnel_reasons as reasons
        left join staging.reason_codes as codes
            on reasons.first_reason_code = codes.reason_code
        where reasons.first_reason_code is not null
        group by 1, 2, 3, 5, 6
        order by reasons.campaign_id, count_candidates desc, reasons.first_reason_code
        """,
    )


def quarantine(connection: Connection) -> list[Row]:
    """Return quarantined rows by source and reason code, over the batches that are still kept."""
    return fetch(
        connection,
        """
        select batches.source_id, records.reason_code, count(*) as count_rows,
            max(records.quarantined_at) as newest_at
        from landing.quarantined_records as records
        inner join landing.batches using (batch_id)
        group by 1, 2
        order by 1, 3 desc, 2
        """,
    )


def unmatched_stops(connection: Connection) -> Row:
    """Return how many stops without a readable number wait for somebody, and the first deadline."""
    return fetch(
        connection,
        """
        select count(*) as count_open, min(due_at) as first_due_at
        from landing.waiting_stops
        """,
    )[0]


def waiting_stops(connection: Connection, settings: Settings) -> list[Row]:
    """Return the unmatched stops of the first deadlines: where each stands, not what it says."""
    first = open_stops(connection)[:OPEN_STOPS]
    places = places_of(settings, connection, first)
    return [asdict(one) | asdict(places[one.unmatched_stop_id]) for one in first]


def receipts(connection: Connection) -> list[Row]:
    """Return the newest receipts of retention."""
    return fetch(
        connection,
        """
        select receipt_id, planned_for, totals, finished_at
        from ledger.retention_receipts
        order by seq desc
        limit %(limit)s
        """,
        limit=RECENT_RECEIPTS,
    )


def checkpoint(connection: Connection) -> Row | None:
    """Return the newest signed checkpoint over the ledgers."""
    found = fetch(
        connection,
        "select link_seq, link_hash, key_id, recorded_at from ledger.checkpoints"
        " order by seq desc limit 1",
    )
    return found[0] if found else None


def register_freshness(connection: Connection) -> list[Row]:
    """Return the registers that some law names, as the last run saw them: needed ones first."""
    return fetch(
        connection,
        """
        select
            register_id, controller_id, register_name, country_codes, fresh_rules, snapshot_id,
            published_at, expires_at, count_entries, is_needed_today, state, count_candidates,
            count_listed, count_unasked
        from governance.register_freshness
        order by is_needed_today desc, snapshot_id is null, register_id, controller_id
        """,
    )


def campaign_registers(connection: Connection) -> list[Row]:
    """Return the registers that each campaign of the last run had to be screened against."""
    return fetch(
        connection,
        """
        select campaign_id, register_id, state, count_candidates, snapshot_id
        from governance.campaign_registers
        order by register_id, campaign_id
        """,
    )


def register_snapshots(connection: Connection) -> list[Row]:
    """Return the newest snapshots of registers that were ever accepted."""
    return fetch(
        connection,
        """
        select
            snapshots.snapshot_id, snapshots.register_id, snapshots.published_at,
            snapshots.count_entries, snapshots.count_added, snapshots.count_removed,
            batches.accepted_at, batches.retracted_at, batches.source_id, batches.file_sha256
        from ledger.register_snapshots as snapshots
        inner join landing.batches using (batch_id)
        order by snapshots.seq desc
        limit %(limit)s
        """,
        limit=RECENT_SNAPSHOTS,
    )
