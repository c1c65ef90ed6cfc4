"""Build the world of a decision directly in landing and the ledgers, one short call a fact.

Every builder has lawful defaults: a case states only what differs. A subject is named by any text;
the same text is the same number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Connection, sql
from psycopg.types.json import Jsonb
from tests.support_registers import content_of

from ringfence.registers.official import holder_of
from ringfence.registers.policy_rows import policy_rows

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
CALL_DATE = date(2026, 11, 24)  # a Tuesday
YESTERDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY_BEFORE = YESTERDAY.date()
LAST_SPRING = datetime(2026, 4, 1, 9, tzinfo=UTC)
ACME, OTHER = "acme", "other"

SOURCES: dict[str, dict[str, Any]] = {
    "web": {},
    "web_two": {},
    "bought": {"obtained": "bought"},
    "unapproved": {"approved": None},
    "other_web": {"controller": OTHER},
}
CAMPAIGNS: dict[str, dict[str, Any]] = {
    "energy": {"priority": 1},
    "energy_late": {"priority": 2, "sources": ["web_two"]},
    "solar": {"purpose": "solar_offers", "priority": 3, "sources": ["bought"]},
    "robot": {"call_mode": "automated_or_ai", "priority": 4, "sources": ["unapproved"]},
    "other_energy": {"controller": OTHER, "sources": ["other_web"]},
}
COUNTRIES = ["DE", "GB", "FR", "SE", "US", "AU", "CZ", "DK", "IT", "NL", "ES", "CH", "RE", "NO"]
SIGNED = [
    ("GB", "consumer", "any", "2026-02-05"), ("GB", "business", "any", "2026-02-05"),
    ("SE", "consumer", "any", "2018-05-25"), ("DK", "business", "any", "2018-05-25"),
    ("US", "consumer", "any", "2025-04-11"), ("CH", "consumer", "any", "2021-01-01"),
    ("NO", "consumer", "any", "2018-05-25"),
    # What opens calls to customers alone is signed wherever it is the law of these days.
    *(
        (*row.key, row.cells["valid_from"])
        for row in policy_rows()
        if row.cells["pipeline_default"] == "require_consent_or_customer"
        and row.is_in_force(CALL_DATE, CALL_DATE)
    ),
]  # fmt: skip


def key(*parts: object) -> UUID:
    """Return the id that these parts always have."""
    return UUID(bytes=hashlib.sha256(repr(parts).encode()).digest()[:16])


def write_registers(
    folder: Path,
    *,
    sources: dict[str, dict[str, Any]] = SOURCES,
    standing: dict[str, dict[str, Any]] = CAMPAIGNS,
    signed: Sequence[tuple[str, str, str, str]] = SIGNED,
    signed_on: str = "2026-03-01",
    notice_from: str = "2020-01-01",
    **campaigns: dict[str, Any],
) -> Path:
    """Write sources, campaigns, controllers and signatures; JSON is YAML too."""
    for name, changes in sources.items():
        source = {
            "source_id": name, "controller": ACME, "obtained": "from_person",
            "approved": {"by": "D. Officer", "on": "2026-01-02"},
            "format": {"type": "csv"},
            "emits": {"leads": {"map": {"source_record_id": "id", "phone": "phone"}}},
        } | changes  # fmt: skip
        if source["approved"] is None:
            del source["approved"]
        _write(folder / "sources" / f"{name}.yml", source)
    for name, changes in (standing | campaigns).items():
        campaign = {
            "campaign_id": name, "controller": ACME, "purpose": "energy_offers",
            "call_mode": "live_manual", "sector": "other", "countries": COUNTRIES,
            "sources": ["web", "bought", "unapproved"], "priority": 1, "dialler": "generic",
            "cut_off": "05:00", "timezone": "Europe/Berlin",
        } | changes  # fmt: skip
        _write(folder / "campaigns" / f"{name}.yml", campaign)
    controllers = [
        {
            "controller_id": controller, "name": controller.title(), "contact": "dpo@example.org",
            "purposes": [{"purpose": "energy_offers"}, {"purpose": "solar_offers"}],
            "notices": [{"version": "n1", "from": notice_from, "language": "en"}],
        }
        for controller in (ACME, OTHER)
    ]  # fmt: skip
    _write(folder / "controllers.yml", {"controllers": controllers})
    signoffs = [
        {
            "country": country, "audience": audience, "line_type": line_type,
            "valid_from": valid_from,
            "content": content_of(country, audience, line_type, valid_from),
            "signed_by": "D. Officer", "on": signed_on,
        }
        for country, audience, line_type, valid_from in signed
    ]  # fmt: skip
    _write(folder / "policy_signoffs.yml", {"signoffs": signoffs})
    return folder


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1), "utf-8")


@dataclass
class World:
    """Insert facts; `commit` when the world is complete."""

    connection: Connection
    count: int = 0
    batches: dict[object, UUID] = field(default_factory=dict)

    def batch(
        self,
        source: str = "web",
        *,
        accepted_at: datetime = YESTERDAY,
        name: object = "",
        **values: Any,
    ) -> UUID:
        """Return the accepted batch of a source at an instant; made once for each name."""
        told = (source, accepted_at, name)
        if told not in self.batches:
            self.batches[told] = batch_id = key("batch", *told)
            row = {
                "batch_id": batch_id, "delivery_id": batch_id, "part": "rest",
                "source_id": source, "controller_id": ACME,
                "file_sha256": str(batch_id),
                "mapping_sha256": "mapping", "status": "accepted", "received_at": accepted_at,
                "accepted_at": accepted_at,
            } | values  # fmt: skip
            self._insert("landing.batches", row)
        return self.batches[told]

    def lead(
        self, subject: str, *, source: str = "web", person: str | None = None, **values: Any
    ) -> UUID:
        """Add a lead with one number; German consumer's mobile by default; returns the record."""
        self.count += 1
        batch_id = values.pop("batch", None) or self.batch(source)
        record_id = values.pop("record_id", None) or key(
            "record of", subject, source, person or subject
        )
        person_ref = key("person", person or subject)
        region = values.pop("region", "DE")
        point = {
            "record_id": record_id, "subject_id": key("subject", subject),
            "person_ref": person_ref, "position": 1, "batch_id": batch_id,
            "number_status": values.pop("status", "valid"), "number_region": region,
            "line_type": values.pop("line_type", "mobile"),
        }  # fmt: skip
        lead = {
            "record_id": record_id, "lead_id": key("lead", source, person or subject),
            "batch_id": batch_id, "row_number": self.count, "source_id": source,
            "source_record_id": f"{self.count}", "controller_id": ACME, "person_ref": person_ref,
            "country": region, "region": values.pop("state", None), "audience": "consumer",
            "collected_at": LAST_SPRING,
        } | values  # fmt: skip
        self._insert("landing.lead_records", lead)
        self._insert("landing.lead_contact_points", point)
        return record_id

    def number(
        self, subject: str, record_id: UUID, *, person: str, position: int = 2, region: str = "DE"
    ) -> None:
        """Add a further number to a lead."""
        self._insert(
            "landing.lead_contact_points",
            {
                "record_id": record_id, "subject_id": key("subject", subject),
                "person_ref": key("person", person), "position": position,
                "batch_id": self.batch(), "number_status": "valid", "number_region": region,
                "line_type": "mobile",
            },
        )  # fmt: skip

    def old_number(self, subject: str, *, person: str) -> None:
        """Leave what retention leaves of a lead that had this number."""
        self._insert(
            "landing.person_links",
            {
                "controller_id": ACME, "person_ref": key("person", person),
                "subject_id": key("subject", subject), "batch_id": self.batch(),
            },
        )  # fmt: skip

    def consent(self, subject: str, event_type: str = "given", **values: Any) -> UUID:
        """Add a consent event; a `given` is everything that makes it a ground."""
        is_grant = event_type in {"given", "renewed"}
        told = {
            "event_type": event_type, "event_at": LAST_SPRING, "event_time_status": "ok",
            "purpose": "energy_offers" if is_grant else None, "controller_id": ACME,
            "notice_version": "n1" if is_grant else None, "collection_context": "web",
            "evidence_status": "verified" if is_grant else None,
        }  # fmt: skip
        return self._event("consent_events", "event_id", subject, told | values)

    def stop(self, subject: str, kind: str = "objection", **values: Any) -> UUID:
        told = {
            "kind": kind, "scope": "controller", "controller_id": ACME, "event_at": LAST_SPRING,
            "event_time_status": "ok",
        }  # fmt: skip
        return self._event("suppression_entries", "entry_id", subject, told | values)

    def attempt(self, subject: str, disposition: str, **values: Any) -> UUID:
        told = {
            "disposition": disposition, "attempted_at": YESTERDAY, "event_time_status": "ok",
            "controller_id": ACME,
        }  # fmt: skip
        return self._event("call_attempts", "attempt_id", subject, told | values)

    def published(
        self,
        subject: str,
        campaign: str = "energy",
        *,
        call_date: date = DAY_BEFORE,
        edition: int = 1,
        statuses: Sequence[str] = ("prepared", "published"),
        removed: str | None = None,
    ) -> str:
        """Put a number on a list of its own; returns its call_ref."""
        list_id = key("list", subject, campaign, call_date, edition)
        call_ref = f"{list_id}"[:16]
        ends_at = datetime(call_date.year, call_date.month, call_date.day, 23, tzinfo=UTC)
        run = {
            "run_id": list_id, "mode": "daily", "call_date": call_date,
            "known_as_of": ends_at - timedelta(hours=20), "code_version": "0",
        }  # fmt: skip
        self._insert("ledger.decision_runs", run)
        for status in statuses:
            told = {
                "list_id": list_id, "status": status, "campaign_id": campaign,
                "call_date": call_date, "run_id": list_id, "edition": edition, "count_rows": 1,
                "valid_until": ends_at, "recorded_at": ends_at - timedelta(hours=19),
            }  # fmt: skip
            self._insert("ledger.publications", told)
        row = {"list_id": list_id, "subject_id": key("subject", subject), "call_ref": call_ref}
        self._insert("ledger.publication_rows", row | {"decision_id": list_id})
        if removed:
            at = {"list_id": list_id, "subject_id": row["subject_id"], "reason": removed}
            removed_at = ends_at - timedelta(hours=19)
            self._insert("ledger.publication_removals", at | {"removed_at": removed_at})
        return call_ref

    def relation(self, subject: str, **values: Any) -> UUID:
        told = {
            "controller_id": ACME, "product": "energy_offers", "started_at": LAST_SPRING,
            "is_objection_offered": True,
        }  # fmt: skip
        return self._event("customer_relations", "relation_id", subject, told | values)

    def _event(self, ledger: str, id_column: str, subject: str, values: dict[str, Any]) -> UUID:
        self.count += 1
        source = values.pop("source", "web")
        person = values.pop("person", None)
        row = {
            id_column: key(ledger, subject, values),
            "batch_id": values.pop("batch", None) or self.batch(source),
            "row_number": self.count, "source_id": source, "subject_id": key("subject", subject),
            "commitment": b"",
        } | values  # fmt: skip
        if person:
            row["person_ref"] = key("person", person)
        self._insert(f"ledger.{ledger}", row)
        found: UUID = row[id_column]
        return found

    def register(
        self,
        register_id: str,
        *subjects: str,
        free: Sequence[str] = (),
        published_at: datetime = YESTERDAY,
        accepted_at: datetime = YESTERDAY,
        controller_id: str = ACME,
        entry: dict[str, Any] | None = None,
        **values: Any,
    ) -> UUID:
        """Load a register's snapshot; one stranger is always in it.

        Of one that answers controllers, `free` are the numbers it was asked about and does not
        list; `entry` is what it says beside of each that it lists.
        """
        holder = holder_of(register_id, controller_id)
        batch_id = values.pop("batch", None) or self.batch(
            f"{register_id}_{holder}" if holder else register_id,
            name=published_at,
            published_at=published_at,
            accepted_at=accepted_at,
            controller_id=controller_id,
        )
        self._insert(
            "ledger.register_snapshots",
            {
                "snapshot_id": batch_id, "register_id": register_id, "batch_id": batch_id,
                "published_at": published_at, "count_entries": len(subjects) + 1,
                "count_added": len(subjects), "count_removed": 0,
            } | values,
        )  # fmt: skip
        for subject in ("a stranger", *subjects, *free):
            is_free = subject in free
            self._insert(
                "landing.register_entries",
                {
                    "register_id": register_id, "controller_id": holder,
                    "subject_id": key("subject", subject), "snapshot_id": batch_id,
                    "is_listed": not is_free,
                } | ({} if is_free else entry or {}),
            )  # fmt: skip
        return batch_id

    def reconfirm(self, batch_id: UUID, *, published_at: datetime) -> None:
        """Receive the bytes of an accepted batch again, published later."""
        row = self.connection.execute(
            "select source_id, file_sha256 from landing.batches where batch_id = %s", [batch_id]
        ).fetchone()
        assert row
        self.batch(
            row[0], name="again", status="reconfirmed", file_sha256=row[1],
            published_at=published_at,
        )  # fmt: skip

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        schema, name = table.split(".")
        self.connection.execute(
            sql.SQL("insert into {} ({}) values ({})").format(
                sql.Identifier(schema, name),
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join(sql.Placeholder() * len(row)),
            ),
            [Jsonb(value) if isinstance(value, dict) else value for value in row.values()],
        )


@dataclass(frozen=True)
class Verdict:
    """Hold what was decided for one candidate."""

    verdict: str
    reasons: tuple[str, ...]
    ground: str | None
    evidence: tuple[str, ...]
    row: dict[str, Any]


def verdict_of(
    connection: Connection,
    subject: str,
    campaign: str = "energy",
    *,
    schema: str = "marts",
    call_date: date = CALL_DATE,
) -> Verdict:
    """Return the one decision about a subject in a campaign for a day."""
    cursor = connection.execute(
        sql.SQL(
            "select * from {}.call_decisions where subject_id = %s and campaign_id = %s"
            " and call_date = %s"
        ).format(sql.Identifier(schema)),
        [key("subject", subject), campaign, call_date],
    )
    names = [column.name for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert len(rows) == 1, f"{len(rows)} decisions about `{subject}` in {campaign}"
    row = rows[0]
    return Verdict(
        row["verdict"], tuple(row["reason_codes"]), row["ground"], tuple(row["evidence_ids"]), row
    )


def days(count: int) -> timedelta:
    return timedelta(days=count)
