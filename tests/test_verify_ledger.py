"""Tamper with the ledgers as only a superuser can, and see that it is found and named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection

from ringfence.database import connect
from ringfence.keys import Keys, demo_keys
from ringfence.landing.retract import retract_batch
from ringfence.ledger.canonical import PAYLOAD_COLUMNS
from ringfence.ledger.chain import commitment_sql, seal_batch
from ringfence.ledger.checkpoints import write_checkpoint
from ringfence.ledger.roots import seal_receipt
from ringfence.ledger.verify_ledger import LedgerReport, verify_ledger
from ringfence.services.cluster import ClusterInfo
from ringfence.settings import Settings

ADD = """
    with prepared as materialized (
        select nextval('ledger.consent_events_seq_seq') as seq,
            uuid_send(gen_random_uuid()) as salt, number as row_number,
            'form ' || number as evidence_ref, '2026-11-20' as event_at_original,
            'opt-in' as event_type_original
        from generate_series(1, %(count)s) as number
    ),
    payload as (
        insert into ledger.consent_events_payload
        select seq, salt, evidence_ref, event_at_original, event_type_original from prepared
    )
    insert into ledger.consent_events (
        seq, event_id, batch_id, row_number, source_id, controller_id, subject_id, event_type,
        event_at, event_time_status, commitment
    )
    overriding system value
    select seq, gen_random_uuid(), %(batch)s, row_number, 'crm_uk', 'northwind',
        gen_random_uuid(), 'given', '2026-11-20 10:00+00', 'ok', {}
    from prepared
"""


@pytest.fixture
def ledgers(fresh_database: Settings) -> Iterator[Connection]:
    """Return a pipeline session on ledgers of three batches, the last of a single row."""
    with connect(fresh_database, autocommit=True) as connection:
        for count in (5000, 3, 1):
            accept(connection, count)
            write_checkpoint(connection, fresh_database, demo_keys())
        yield connection


def accept(connection: Connection, count: int) -> UUID:
    batch = uuid4()
    with connection.transaction():
        connection.execute(
            """
            insert into landing.batches (
                batch_id, delivery_id, part, source_id, controller_id, file_sha256,
                mapping_sha256, status, received_at
            )
            values (%s, %s, 'stops', 'crm_uk', 'northwind', %s, 'm', 'received', ledger.now())
            """,
            [batch, uuid4(), batch.hex],
        )
        connection.execute(
            psycopg.sql.SQL(ADD).format(commitment_sql(PAYLOAD_COLUMNS["consent_events"])),
            {"count": count, "batch": batch},
        )
        seal_batch(connection, batch)
        connection.execute(
            "update landing.batches set status = 'accepted', accepted_at = ledger.now()"
            " where batch_id = %s",
            [batch],
        )
    return batch


def tamper(cluster: ClusterInfo, settings: Settings, statement: str) -> None:
    """Run a statement as superuser with the append-only triggers switched off."""
    name = urlsplit(str(settings.database_url)).path.lstrip("/")
    with psycopg.connect(cluster.url(name)) as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(statement.encode())


def the_fault(connection: Connection, settings: Settings) -> str:
    report = verify_ledger(connection, settings)
    assert not report.is_passed
    return report.faults[0]


def test_untouched_ledgers_verify_and_say_what_was_counted(
    ledgers: Connection, fresh_database: Settings
) -> None:
    report = verify_ledger(ledgers, fresh_database)
    assert report == LedgerReport(True, report.sentences, ())
    assert "ledger.consent_events: 5,004 rows, 0 of them erased" in report.sentences
    assert "3 links in the chain, the newest is link 3" in report.sentences
    assert "up to link 3 of 3" in report.sentences[-1]


def test_a_changed_payload_is_named_by_its_row(
    ledgers: Connection, fresh_database: Settings, cluster: ClusterInfo
) -> None:
    tamper(
        cluster,
        fresh_database,
        "update ledger.consent_events_payload set evidence_ref = 'form 8' where seq = 4321",
    )
    fault = the_fault(ledgers, fresh_database)
    assert "row seq 4321 does not fit its commitment (1 in all)" in fault


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (
            "update ledger.consent_events set event_type = 'renewed' where seq = 5004",
            "row seq 5004",
        ),
        (
            "update ledger.consent_events set event_at = event_at - interval '1 us'"
            " where seq = 4200",
            "a row of seq 4097 to 5000",
        ),
        (
            "delete from ledger.consent_events_payload where seq = 5002;"
            " delete from ledger.consent_events where seq = 5002",
            "sealed 3 rows, found 2",
        ),
        ("delete from ledger.block_roots where first_seq = 5001", "sealed 0 rows, found 3"),
        (
            "insert into ledger.consent_events overriding system value select 9000, event_id,"
            " batch_id, 7, source_id, controller_id, subject_id, person_ref, event_type, event_at,"
            " event_time_status, expires_at, purpose, call_mode, channel, notice_version,"
            " collection_context, collection_method, collector, recording_notice_given,"
            " verified_channel, evidence_status, commitment from ledger.consent_events"
            " where seq = 5004",
            "sealed 1 rows, found 2",
        ),
    ],
)
def test_a_changed_lost_or_added_row_is_named(
    ledgers: Connection,
    fresh_database: Settings,
    cluster: ClusterInfo,
    statement: str,
    named: str,
) -> None:
    tamper(cluster, fresh_database, statement)
    report = verify_ledger(ledgers, fresh_database)
    assert any(named in fault for fault in report.faults), report.faults


def test_an_erased_payload_is_counted_and_still_verifies(
    ledgers: Connection, fresh_database: Settings
) -> None:
    ledgers.execute("select ledger.erase('consent_events', '{2,5004}', gen_random_uuid())")
    report = verify_ledger(ledgers, fresh_database)
    assert report.is_passed
    assert "ledger.consent_events: 5,004 rows, 2 of them erased" in report.sentences


@pytest.mark.parametrize("role", ["analyst", "auditor", "dialler"])
def test_nobody_but_the_pipeline_may_erase_evidence(
    ledgers: Connection, fresh_database: Settings, role: str
) -> None:
    ledgers.commit()
    with (
        connect(fresh_database, role, name="a test") as reader,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        reader.execute("select ledger.erase('consent_events', '{2}', gen_random_uuid())")


def test_a_payload_that_vanished_without_an_erasure_is_a_fault(
    ledgers: Connection, fresh_database: Settings, cluster: ClusterInfo
) -> None:
    tamper(cluster, fresh_database, "delete from ledger.consent_events_payload where seq = 2")
    assert "1 payloads are missing, but 0 erasures" in the_fault(ledgers, fresh_database)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("update landing.batches set source_id = 'other' where rows_read = 0", "is not what was"),
        (
            "update landing.batches set accepted_at = accepted_at - interval '1 day'",
            "was given another instant",
        ),
        ("delete from ledger.chain_links where seq = 2", "does not hang on the one before"),
        (
            "update ledger.chain_links set recorded_at = recorded_at - interval '1 hour'"
            " where seq = 2",
            "link 2 of the chain was changed",
        ),
        (
            "insert into landing.batches (batch_id, delivery_id, part, source_id, controller_id,"
            " file_sha256, mapping_sha256, status, received_at, accepted_at)"
            " select gen_random_uuid(), delivery_id, part, source_id, controller_id, 'x', 'y',"
            " 'accepted', received_at, accepted_at from landing.batches limit 1",
            "was never sealed",
        ),
    ],
)
def test_a_batch_or_link_that_was_changed_is_named(
    ledgers: Connection,
    fresh_database: Settings,
    cluster: ClusterInfo,
    statement: str,
    named: str,
) -> None:
    tamper(cluster, fresh_database, statement)
    report = verify_ledger(ledgers, fresh_database)
    assert any(named in fault for fault in report.faults), report.faults


@pytest.mark.parametrize(
    "statement",
    [
        "update landing.batches set retracted_at = retracted_at + interval '1 second'"
        " where status = 'retracted'",
        'update ledger.audit_events set details = details || \'{"approved_by": "nobody"}\''
        " where action = 'retract'",
        "delete from ledger.audit_events where action = 'retract'",
    ],
)
def test_a_retraction_that_was_moved_or_given_another_word_is_named(
    ledgers: Connection, fresh_database: Settings, cluster: ClusterInfo, statement: str
) -> None:
    batch = accept(ledgers, 1)
    retract_batch(fresh_database, batch, reason="wrong export", approved_by="dpo")
    assert verify_ledger(ledgers, fresh_database).is_passed
    tamper(cluster, fresh_database, statement)
    assert the_fault(ledgers, fresh_database).startswith(f"retraction of batch {batch} is ")


def test_a_cut_chain_shows_by_the_checkpoints_held_outside(
    ledgers: Connection, fresh_database: Settings, cluster: ClusterInfo
) -> None:
    tamper(
        cluster,
        fresh_database,
        "delete from ledger.checkpoints where link_seq = 3;"
        " delete from landing.batches where batch_id::text ="
        " (select object_id from ledger.chain_links where seq = 3);"
        " delete from ledger.block_roots where first_seq = 5004;"
        " delete from ledger.chain_links where seq = 3;"
        " delete from ledger.consent_events_payload where seq = 5004;"
        " delete from ledger.consent_events where seq = 5004",
    )
    assert the_fault(ledgers, fresh_database) == (
        "checkpoint file checkpoint-0000000003.json: the chain has lost link 3"
    )


def test_a_checkpoint_of_another_key_is_not_believed(
    ledgers: Connection, fresh_database: Settings
) -> None:
    report = verify_ledger(ledgers, fresh_database, trusted="0000-" * 7 + "0000")
    assert any("is not trusted" in fault for fault in report.faults)


def test_one_changed_byte_in_a_checkpoint_file_is_found(
    ledgers: Connection, fresh_database: Settings
) -> None:
    path = fresh_database.checkpoints / "checkpoint-0000000002.json"
    path.write_bytes(path.read_bytes().replace(b'"link_seq": 2', b'"link_seq":  2'))
    assert path.name in the_fault(ledgers, fresh_database)


def test_a_receipt_is_on_the_chain(
    ledgers: Connection, fresh_database: Settings, cluster: ClusterInfo
) -> None:
    receipt = uuid4()
    with ledgers.transaction():
        ledgers.execute(
            "insert into ledger.retention_receipts (receipt_id, planned_for, totals, finished_at)"
            " values (%s, ledger.now(), '{\"leads\": 3}', ledger.now())",
            [receipt],
        )
        seal_receipt(ledgers, receipt)
    assert verify_ledger(ledgers, fresh_database).is_passed
    tamper(
        cluster, fresh_database, "update ledger.retention_receipts set totals = '{\"leads\": 2}'"
    )
    assert the_fault(ledgers, fresh_database) == (
        f"receipt {receipt} is not what was put on the chain"
    )


def test_a_checkpoint_is_written_once_for_each_link(
    ledgers: Connection, fresh_database: Settings
) -> None:
    first = write_checkpoint(ledgers, fresh_database, demo_keys())
    assert first
    content = first.read_bytes()
    first.unlink()
    again = write_checkpoint(ledgers, fresh_database, demo_keys())
    assert again == first
    assert first.read_bytes() == content
    assert json.loads(content)["link_seq"] == 3
    row = ledgers.execute("select count(*) from ledger.checkpoints").fetchone()
    assert row == (3,)


def test_a_home_without_any_link_has_nothing_to_sign(
    fresh_database: Settings, tmp_path: Path
) -> None:
    with connect(fresh_database) as connection:
        assert write_checkpoint(connection, fresh_database, Keys(b"s" * 32, b"k" * 32)) is None
