"""Gather each list that ever left: its rows, its manifest, and whether it still proves itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Connection

from ringfence.auditor_site.queries import Row, fetch
from ringfence.home import Home
from ringfence.publish.archive import name_of_edition
from ringfence.publish.manifest import FILE_NAME as MANIFEST
from ringfence.publish.verify import verify_manifest
from ringfence.settings import Settings

RECENT_LISTS = 60


@dataclass(frozen=True)
class PublishedList:
    """Hold one list; `is_verified` is None where there is no file left to verify."""

    list_id: UUID
    campaign_id: str
    call_date: date
    edition: int
    status: str
    count_rows: int
    removed: dict[str, int]
    valid_until: datetime
    recorded_at: datetime
    file_sha256: str | None
    is_current: bool
    is_verified: bool | None
    why_unverified: str
    proofs: tuple[tuple[bool, str], ...]
    totals: tuple[tuple[str, int], ...]
    registers: tuple[Row, ...]

    @property
    def count_left(self) -> int:
        """Return the rows that were handed out: those prepared less those of the last look."""
        return self.count_rows - self.removed.get("last_look", 0)


def published_lists(connection: Connection, settings: Settings) -> list[PublishedList]:
    """Return the newest lists, newest first; the last edition of a day and campaign is current."""
    rows = fetch(
        connection,
        """
        select
            lists.list_id, lists.campaign_id, lists.call_date, lists.edition, lists.status,
            lists.count_rows, lists.valid_until, lists.recorded_at, published.file_sha256,
            lists.edition = max(lists.edition) over (
                partition by lists.campaign_id, lists.call_date
            ) as is_current
        from ledger.current_publications as lists
        left join ledger.publications as published
            on lists.list_id = published.list_id and published.status = 'published'
        order by lists.call_date desc, lists.campaign_id, lists.edition desc
        limit %(limit)s
        """,
        limit=RECENT_LISTS,
    )
    removed: dict[UUID, dict[str, int]] = {}
    for row in fetch(
        connection,
        """
        select list_id, reason, count(*) as count_rows
        from ledger.publication_removals
        group by 1, 2
        """,
    ):
        removed.setdefault(row["list_id"], {})[row["reason"]] = row["count_rows"]
    return [
        PublishedList(**row, removed=removed.get(row["list_id"], {}), **_proof(settings, row))
        for row in rows
    ]


def _proof(settings: Settings, row: Row) -> Row:
    """Return what the list's folder proves: the checks of `verify`, totals and registers."""
    folder = Home(settings.home).published / row["call_date"].isoformat() / row["campaign_id"]
    manifest = _manifest(folder, row)
    facts: Row = {
        "is_verified": None,
        "why_unverified": _why_no_proof(row, manifest),
        "proofs": (),
        "totals": tuple(_control_totals(manifest.get("totals") or {})),
        "registers": tuple(manifest.get("registers", ())),
    }
    if facts["why_unverified"]:
        return facts
    report = verify_manifest(
        folder / MANIFEST, Home(settings.home).read_run().get("key_fingerprint")
    )
    proofs = tuple((bool(check.is_passed), str(check.sentence)) for check in report.checks)
    return facts | {"is_verified": report.is_passed, "proofs": proofs}


def _control_totals(totals: Row) -> Iterator[tuple[str, int]]:
    """Yield the totals in the order in which they add up."""
    rows, candidates = totals.get("rows", {}), totals.get("candidates", {})
    for name, label in (
        ("deliveries", "Deliveries"), ("read", "Rows read"), ("landed", "Rows landed"),
        ("quarantined", "Rows set aside"),
    ):  # fmt: skip
        if name in rows:
            yield label, rows[name]
    for name, label in (
        ("candidates", "Candidates"), ("callable", "Callable, on the list"),
        ("last_look", "Taken out at the last look"),
    ):  # fmt: skip
        if name in candidates:
            yield label, candidates[name]
    for verdict in ("blocked", "undetermined"):
        reasons = candidates.get(verdict, {})
        for code in sorted(reasons, key=lambda code: (-reasons[code], code)):
            yield f"{verdict.capitalize()}: {code.replace('_', ' ')}", reasons[code]


def _manifest(folder: Path, row: Row) -> dict[str, Any]:
    """Return this edition's manifest, also one that a later edition set aside."""
    for name in (MANIFEST, name_of_edition(MANIFEST, row["edition"])):
        try:
            found = json.loads((folder / name).read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(found, dict) and found.get("list_id") == str(row["list_id"]):
            return found
    return {}


def _why_no_proof(row: Row, manifest: dict[str, Any]) -> str:
    if row["status"] in ("prepared", "voided"):
        return "never left"
    if row["status"] == "deleted":
        return "deleted after its time"
    if not row["is_current"]:
        return "replaced by a later edition"
    return "" if manifest else "its manifest is missing"
