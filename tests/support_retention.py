"""Write the rows that retention looks at, where landing and publication would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from ringfence.home import Home
from ringfence.retention import plan
from ringfence.settings import Settings

LIST_FILES = (
    "call_list.csv", "genesys.csv", "vicidial_20261124T0900Z-20261124T1200Z.txt",
    "vicidial_20261124T1300Z-20261124T1900Z.txt", "recall-1.csv", "recall-1-vicidial.txt",
)  # fmt: skip
NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


class World:
    """Write real rows where landing would; every call is one fact."""

    def __init__(self, settings: Settings, connection: psycopg.Connection) -> None:
        self.settings = settings
        self.connection = connection
        self._config("sources", [
            {"source_id": "web", "controller": "acme", "obtained": "from_person"},
            {"source_id": "broker", "controller": "acme", "obtained": "bought"},
        ])  # fmt: skip

    def _config(self, kind: str, content: list[dict[str, Any]]) -> None:
        self.connection.execute(
            "insert into ledger.config_versions (kind, sha256, content, accepted_at)"
            " values (%s, 'x', %s, %s)",
            [kind, Jsonb(content), days_ago(4000)],
        )

    def batch(self, accepted: datetime, source: str = "web", retracted: datetime | None = None):
        batch_id = uuid4()
        self.connection.execute(
            """
            insert into landing.batches (
                batch_id, delivery_id, part, source_id, controller_id, file_sha256,
                mapping_sha256, status, received_at, accepted_at, retracted_at
            )
            values (%s, %s, 'rest', %s, 'acme', %s, 'm', %s, %s, %s, %s)
            """,
            [
                batch_id, batch_id, source, batch_id.hex, "retracted" if retracted else "accepted",
                accepted, accepted, retracted,
            ],
        )  # fmt: skip
        return batch_id

    def lead(
        self,
        batch_id: UUID,
        *,
        collected: datetime | None = None,
        region: str = "GB",
        lead_id: UUID | None = None,
        subject_id: UUID | None = None,
        person_ref: UUID | None = None,
    ) -> tuple[UUID, UUID]:
        """Return the record and its subject."""
        record_id, subject = uuid4(), subject_id or uuid4()
        self.connection.execute(
            """
            insert into landing.lead_records (
                record_id, lead_id, batch_id, row_number, source_id, source_record_id,
                controller_id, person_ref, audience, collected_at
            )
            select %s, %s, batch_id, 1, source_id, 'L', 'acme', %s, 'consumer', %s
            from landing.batches where batch_id = %s
            """,
            [record_id, lead_id or uuid4(), person_ref or subject, collected, batch_id],
        )
        self.connection.execute(
            """
            insert into landing.lead_contact_points (
                record_id, subject_id, person_ref, position, batch_id, number_status,
                number_region, line_type
            )
            values (%s, %s, %s, 1, %s, 'valid', %s, 'fixed')
            """,
            [record_id, subject, person_ref or subject, batch_id, region],
        )
        return record_id, subject

    def consent(self, subject: UUID, event_type: str, at: datetime) -> None:
        self.connection.execute(
            """
            insert into ledger.consent_events (
                event_id, batch_id, row_number, source_id, controller_id, subject_id, event_type,
                event_at, event_time_status, notice_version, commitment
            )
            values (gen_random_uuid(), %s, 1, 'web', 'acme', %s, %s, %s, 'ok', 'n1', '')
            """,
            [self.batch(at), subject, event_type, at],
        )

    def suppression(self, subject: UUID, at: datetime) -> None:
        self.connection.execute(
            """
            insert into ledger.suppression_entries (
                entry_id, batch_id, row_number, source_id, controller_id, subject_id, scope, kind,
                event_time_status, commitment
            )
            values (gen_random_uuid(), %s, 1, 'web', 'acme', %s, 'all', 'objection', 'ok', '')
            """,
            [self.batch(at), subject],
        )

    def attempt(self, subject: UUID, at: datetime) -> None:
        self.connection.execute(
            """
            insert into ledger.call_attempts (
                attempt_id, batch_id, row_number, source_id, controller_id, subject_id,
                attempted_at, disposition, commitment
            )
            values (gen_random_uuid(), %s, 1, 'web', 'acme', %s, %s, 'answered', '')
            """,
            [self.batch(at), subject, at],
        )

    def relation(self, subject: UUID, ended: datetime | None) -> None:
        self.connection.execute(
            """
            insert into ledger.customer_relations (
                relation_id, batch_id, row_number, source_id, controller_id, subject_id,
                started_at, ended_at, commitment
            )
            values (gen_random_uuid(), %s, 1, 'web', 'acme', %s, %s, %s, '')
            """,
            [self.batch(days_ago(3000)), subject, days_ago(3000), ended],
        )

    def published(self, valid_until: datetime, *subjects: UUID, files: bool = False) -> UUID:
        list_id, run_id = uuid4(), uuid4()
        self.connection.execute(
            "insert into ledger.decision_runs (run_id, mode, call_date, known_as_of, code_version)"
            " values (%s, 'daily', %s, %s, 'x')",
            [run_id, valid_until.date(), valid_until - timedelta(days=1)],
        )
        self.connection.execute(
            """
            insert into ledger.publications (
                list_id, status, campaign_id, call_date, run_id, edition, count_rows, valid_until,
                recorded_at
            )
            values (%s, 'published', 'winter', %s, %s, 1, %s, %s, %s)
            """,
            [list_id, valid_until.date(), run_id, len(subjects), valid_until, valid_until],
        )
        for subject in subjects:
            self.connection.execute(
                "insert into ledger.publication_rows values (%s, %s, gen_random_uuid(), %s)",
                [list_id, subject, uuid4().hex[:16]],
            )
        if files:
            folder = self.folder(valid_until)
            folder.mkdir(parents=True)
            for name in (*LIST_FILES, "manifest.json", "commitments.csv"):
                (folder / name).write_text("x")
        return list_id

    def folder(self, valid_until: datetime) -> Path:
        home = Home(self.settings.home)
        return home.published / valid_until.date().isoformat() / "winter"

    def remaining(self) -> set[UUID]:
        rows = self.connection.execute("select record_id from landing.lead_records").fetchall()
        return {row[0] for row in rows}

    def due(self) -> dict[str, int]:
        return {one.category: one.count_due for one in plan(self.settings).categories}
