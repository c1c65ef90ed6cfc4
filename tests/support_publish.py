"""Lay a decided day directly into landing, ledgers and marts, ready to be published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from uuid import UUID, uuid4

import psycopg
import yaml
from psycopg import Connection
from psycopg.types.json import Jsonb

from ringfence.database import connect
from ringfence.keys import demo_keys
from ringfence.ledger.canonical import PAYLOAD_COLUMNS
from ringfence.ledger.chain import commitment_sql, seal_batch
from ringfence.publish import PublicationReport, publish_call_lists
from ringfence.publish.model import OnStep, no_step
from ringfence.settings import Settings

CALL_DATE = "2026-11-24"
CAMPAIGN = {
    "campaign_id": "energy_gb", "title": "Energy GB", "controller": "northwind",
    "timezone": "Europe/London", "dialler": "vicidial", "sources": ["web_form"], "priority": 1,
}  # fmt: skip
APPROVED = {"by": "dpo", "on": "2026-01-02"}
UNBROKEN = ("09:00-20:00", "{[2026-11-24 09:00+00, 2026-11-24 20:00+00)}")
WITH_A_BREAK = (
    "10:00-13:00;14:00-20:00",
    "{[2026-11-24 10:00+00, 2026-11-24 13:00+00), [2026-11-24 14:00+00, 2026-11-24 20:00+00)}",
)
MARTS = """
    create table if not exists marts.call_decisions (
        candidate_id uuid, decision_id uuid, subject_id uuid, campaign_id text, controller_id text,
        call_date date, known_as_of timestamptz, run_id uuid, verdict text,
        first_reason_code text, reason_codes text[], evidence_ids text[], ground text,
        ground_evidence_id text, presenting_record_id uuid, country_code text, audience text,
        number_region text, line_type text, call_start_local time, call_end_local time,
        call_windows text, call_windows_utc tstzmultirange, timezone text, valid_until timestamptz,
        policy_ids text[]
    );
    create table if not exists marts.call_funnel (
        campaign_id text, call_date date, known_as_of timestamptz, count_candidates bigint,
        count_callable bigint, count_blocked bigint, count_undetermined bigint
    );
    create table if not exists marts.call_funnel_reasons (
        campaign_id text, call_date date, first_reason_code text, verdict text,
        count_candidates bigint
    );
    create table if not exists governance.campaign_registers (
        run_id uuid, campaign_id text, register_id text, state text, count_candidates bigint,
        snapshot_id uuid, file_sha256 text, published_at timestamptz, count_entries bigint
    );
    create table if not exists governance.campaign_overlays (
        run_id uuid, campaign_id text, overlay_id text, reason text, valid_until date,
        count_candidates bigint
    );
    truncate marts.call_decisions, marts.call_funnel, marts.call_funnel_reasons,
        governance.campaign_registers, governance.campaign_overlays
"""


@dataclass(frozen=True)
class Word:
    """Be the answer of a door."""

    is_passed: bool
    failures: tuple[object, ...] = ()


def door(settings: Settings, table: str, *, list_id: UUID, campaign_id: str) -> Word:
    """Check for real, in one statement, what matters most of what the suite checks."""
    with connect(settings) as connection:
        row = connection.execute(
            f"""
            select count(*) filter (
                where phone !~ '^[+][0-9]{{7,15}}$' or verdict <> 'callable' or ground is null
                    or call_ref is null or valid_until < ledger.now() or campaign_id <> %s
            ) from {table}
            """.encode(),
            [campaign_id],
        ).fetchone()
    return Word(row == (0,))


def number(index: int) -> str:
    """Return a number that is kept for fiction."""
    return f"+447700900{index:03d}"


def subject(index: int) -> UUID:
    return demo_keys().subject_id(number(index))


def person(index: int) -> UUID:
    return demo_keys().person_ref("northwind", f"person {index}")


def decision(index: int) -> UUID:
    return UUID(bytes=hashlib.sha256(f"decision {index}".encode()).digest()[:16])


def new_batch(
    connection: Connection, *, source_id: str = "web_form", rows: int = 0, part: str = "rest"
) -> UUID:
    """Insert a batch that is not accepted yet."""
    batch = uuid4()
    connection.execute(
        """
        insert into landing.batches (
            batch_id, delivery_id, part, source_id, controller_id, file_sha256, mapping_sha256,
            status, rows_read, rows_landed, received_at
        )
        values (%s, %s, %s, %s, 'northwind', %s, 'm', 'received', %s, %s, ledger.now())
        """,
        [batch, batch, part, source_id, batch.hex, rows, rows],
    )
    return batch


def accept(connection: Connection, batch: UUID) -> None:
    """Accept as landing does: sealed, and the instant last, all under the shared lock."""
    connection.execute("select pg_advisory_xact_lock_shared(hashtextextended('knowledge', 0))")
    seal_batch(connection, batch)
    connection.execute(
        "update landing.batches set status = 'accepted', accepted_at = ledger.now()"
        " where batch_id = %s",
        [batch],
    )


def land_leads(connection: Connection, indexes: range, **changes: str) -> None:
    """Land one lead with one number for each index."""
    with connection.transaction():
        batch = new_batch(connection, rows=len(indexes))
        for index in indexes:
            record = UUID(bytes=hashlib.sha256(f"record {index}".encode()).digest()[:16])
            connection.execute(
                """
                insert into landing.lead_records (
                    record_id, lead_id, batch_id, row_number, source_id, source_record_id,
                    controller_id, person_ref, title, first_name, last_name, company, email,
                    postcode, city, country, audience, language
                )
                values (%s, %s, %s, %s, 'web_form', %s, 'northwind', %s, 'Ms', %s, %s, %s,
                    'ada@example.org', 'AB1 2CD', 'Aberdeen', 'GB', 'consumer', 'en')
                """,
                [
                    record, record, batch, index, f"w{index}", person(index),
                    changes.get("first_name", f"Ada {index}"), "Quill, Jr",
                    changes.get("company"),
                ],
            )  # fmt: skip
            add_point(connection, record, batch, index, person(index))
        accept(connection, batch)


def add_point(
    connection: Connection, record: UUID, batch: UUID, index: int, whose: UUID, position: int = 0
) -> None:
    connection.execute(
        """
        insert into landing.lead_contact_points
        values (%s, %s, %s, %s, %s, 'fictional', %s, null, 'GB', 'mobile')
        """,
        [record, subject(index), whose, position, batch, number(index)],
    )


def write_registers(
    connection: Connection,
    *campaigns: dict[str, object],
    controller_name: str = "Northwind Energy",
) -> None:
    """Accept registers of one source, one controller and the campaigns."""
    for kind, content in (
        ("campaigns", list(campaigns or (CAMPAIGN,))),
        ("controllers", [{"controller_id": "northwind", "name": controller_name}]),
        ("sources", [{"source_id": "web_form", "title": "The web form", "approved": APPROVED}]),
    ):
        connection.execute(
            "insert into ledger.config_versions (kind, sha256, content, accepted_at)"
            " values (%s, %s, %s, ledger.now())",
            [kind, hashlib.sha256(repr(content).encode()).hexdigest(), Jsonb(content)],
        )


def decide(
    connection: Connection,
    callable_: range,
    *,
    call_date: str = CALL_DATE,
    further_call_dates: Sequence[date] = (),
    valid_until: str = "2026-11-25 00:00+00",
    mode: str = "daily",
    campaign_id: str = "energy_gb",
    windows: Mapping[int, tuple[str, str]] = MappingProxyType({}),
) -> UUID:
    """Write a finished run: these are callable, two are blocked and one is undetermined."""
    run = uuid4()
    count = len(callable_)
    counts = (count + 3, count, 2, 1)
    with connection.transaction():
        connection.execute(MARTS)
        connection.execute(
            "insert into ledger.decision_runs"
            " (run_id, mode, call_date, further_call_dates, known_as_of, code_version, versions)"
            " values (%s, %s, %s, %s, ledger.now(), '0.1.0', %s)",
            [
                run,
                mode,
                call_date,
                list(further_call_dates),
                Jsonb({"dbt-core": "1.11.0", "reason_codes": "cd34"}),
            ],
        )
        for index in callable_:
            record = UUID(bytes=hashlib.sha256(f"record {index}".encode()).digest()[:16])
            connection.execute(
                """
                insert into marts.call_decisions
                select %s, %s, %s, %s, 'northwind', call_date, known_as_of, run_id, 'callable',
                    null, '{}', '{}', 'consent', null, %s, 'GB', 'consumer', 'GB', 'mobile',
                    '09:00', '20:00', %s, %s, 'Europe/London', %s
                from ledger.decision_runs where run_id = %s
                """,
                [decision(index), decision(index), subject(index), campaign_id, record,
                 *windows.get(index, UNBROKEN), valid_until, run],
            )  # fmt: skip
        connection.execute(
            "insert into marts.call_funnel values (%s, %s, ledger.now(), %s, %s, %s, %s)",
            [campaign_id, call_date, *counts],
        )
        connection.execute(
            "insert into marts.call_funnel_reasons values"
            " (%(c)s, %(d)s, 'objected', 'blocked', 2),"
            " (%(c)s, %(d)s, 'policy_missing', 'undetermined', 1)",
            {"c": campaign_id, "d": call_date},
        )
        connection.execute(
            "insert into governance.campaign_registers values"
            " (%(r)s, %(c)s, 'gb_ctps', 'missing', 1, null, null, null, null),"
            " (%(r)s, %(c)s, 'gb_tps', 'fresh', %(n)s, %(r)s, 'ab12', '2026-11-20 00:00+00', 184)",
            {"r": run, "c": campaign_id, "n": counts[0]},
        )
        totals = {"campaigns": {campaign_id: {"count_callable": count}}}
        connection.execute(
            "insert into ledger.decision_totals values (%s, %s, ledger.now())",
            [run, Jsonb(totals)],
        )
    return run


def write_files(registers: Path, *campaigns: dict[str, object]) -> None:
    """Write the registers on disk that publication asks again whether a campaign may leave."""
    source = {
        "source_id": "web_form", "controller": "northwind", "obtained": "from_person",
        "approved": APPROVED, "format": {"type": "csv"},
        "emits": {"leads": {"map": {"source_record_id": "id", "phone": "phone"}}},
    }  # fmt: skip
    controller = {
        "controller_id": "northwind", "name": "Northwind Energy",
        "contact": "dpo@northwind.example",
        "purposes": [{"purpose": "energy_offers"}],
        "notices": [{"version": "n1", "from": "2024-01-01", "language": "en"}],
    }  # fmt: skip
    (registers / "sources" / "web_form.yml").write_text(json.dumps(source))
    controllers = yaml.safe_load((registers / "controllers.yml").read_text())
    others = [one for one in controllers["controllers"] if one["controller_id"] != "northwind"]
    (registers / "controllers.yml").write_text(
        json.dumps({"controllers": [*others, controller]}, default=str)
    )
    for campaign in campaigns or (CAMPAIGN,):
        told = campaign | {
            "purpose": "energy_offers", "call_mode": "live_manual", "sector": "other",
            "countries": ["GB"], "cut_off": "05:00",
        }  # fmt: skip
        (registers / "campaigns" / f"{campaign['campaign_id']}.yml").write_text(json.dumps(told))


def lay_day(settings: Settings, count: int = 5) -> UUID:
    """Land `count` leads, write the registers and decide that all of them are callable."""
    write_files(settings.registers)
    with connect(settings, autocommit=True) as connection:
        land_leads(connection, range(count))
        write_registers(connection)
        return decide(connection, range(count))


def object_to_calls(connection: Connection, index: int, controller: str = "northwind") -> UUID:
    """Accept one objection, as a delivery of stops would."""
    with connection.transaction():
        batch = new_batch(connection, source_id="inbox", part="stops")
        connection.execute(
            psycopg.sql.SQL(
                """
                with prepared as materialized (
                    select nextval('ledger.consent_events_seq_seq') as seq,
                        uuid_send(gen_random_uuid()) as salt, null::text as evidence_ref,
                        'today' as event_at_original, 'stop' as event_type_original
                ),
                payload as (
                    insert into ledger.consent_events_payload
                    select seq, salt, evidence_ref, event_at_original, event_type_original
                    from prepared
                )
                insert into ledger.consent_events (
                    seq, event_id, batch_id, row_number, source_id, controller_id, subject_id,
                    event_type, event_at, event_time_status, commitment
                )
                overriding system value
                select seq, gen_random_uuid(), %(batch)s, 1, 'inbox', %(controller)s, %(subject)s,
                    'objected', ledger.now(), 'ok', {}
                from prepared
                """
            ).format(commitment_sql(PAYLOAD_COLUMNS["consent_events"])),
            {"batch": batch, "controller": controller, "subject": subject(index)},
        )
        accept(connection, batch)
    return batch


def publish(
    settings: Settings, on_step: OnStep = no_step, check: Callable[..., object] = door
) -> PublicationReport:
    """Publish the one campaign of the day."""
    (report,) = publish_call_lists(settings, check=check, on_step=on_step)  # type: ignore[arg-type]
    return report


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
