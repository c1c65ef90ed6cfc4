"""Gather each list that ever left: its rows, its manifest, and whether it still proves itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
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
REGISTER_FACTS = (
    "register_id", "state", "count_candidates", "published_at", "count_entries", "file_sha256",
    "snapshot_id",
)  # fmt: skip


class Proof(StrEnum):
    """Name how far a list proves itself."""

    WHOLE = "whole"
    MANIFEST_ONLY = "manifest only"
    FAILED = "failed"
    NONE = "none"


@dataclass(frozen=True)
class PublishedList:
    """Hold one edition of a list; `proof_told` says why it is not proved as a whole.

    `reason` is why it came to its status, such as what it was refused for before it left.
    """

    list_id: UUID
    run_id: UUID
    campaign_id: str
    call_date: date
    edition: int
    status: str
    count_rows: int
    removed: dict[str, int]
    valid_until: datetime
    recorded_at: datetime
    reason: str | None
    published_at: datetime | None
    replaced_by: int | None
    file_sha256: str | None
    manifest_sha256: str | None
    proof: Proof
    proof_told: str
    proofs: tuple[tuple[bool | None, str], ...]
    totals: tuple[tuple[str, int], ...]
    registers: tuple[Row, ...]
    overlays: tuple[Row, ...]

    @property
    def is_current(self) -> bool:
        """Tell whether this is the edition that counts for its campaign and day."""
        return self.status == "published"

    @property
    def has_left(self) -> bool:
        return self.published_at is not None

    @property
    def count_left(self) -> int:
        """Return the rows that were handed out: those prepared less those of the last look."""
        return self.count_rows - self.removed.get("last_look", 0)


def published_lists(
    connection: Connection, settings: Settings, now: datetime
) -> list[PublishedList]:
    """Return the newest lists, newest first."""
    rows = fetch(
        connection,
        """
        select
            lists.list_id, lists.run_id, lists.campaign_id, lists.call_date, lists.edition,
            lists.status, lists.count_rows, lists.valid_until, lists.recorded_at,
            lists.reason,
            published.recorded_at as published_at, published.file_sha256,
            published.manifest_sha256,
            (
                select min(later.edition)
                from ledger.publications as later
                where
                    later.campaign_id = lists.campaign_id and later.call_date = lists.call_date
                    and later.edition > lists.edition and later.status = 'published'
            ) as replaced_by
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
        PublishedList(**row, removed=removed.get(row["list_id"], {}), **_proof(settings, row, now))
        for row in rows
    ]


def todays(lists: list[PublishedList], call_date: date) -> dict[str, PublishedList]:
    """Return the day's list of each campaign: the current edition, else the newest one."""
    found: dict[str, PublishedList] = {}
    for one in lists:
        if one.call_date == call_date and (one.is_current or one.campaign_id not in found):
            found[one.campaign_id] = one
    return found


def refused_of(lists: list[PublishedList], run_id: UUID) -> dict[str, str]:
    """Return why the newest list that a run prepared for each campaign was refused, if it was.

    What is refused before a list is prepared leaves no list, and nothing on record here.
    """
    newest: dict[str, PublishedList] = {}
    for one in lists:
        if one.run_id == run_id:
            newest.setdefault(one.campaign_id, one)
    return {
        name: one.reason or "no reason on record"
        for name, one in newest.items()
        if one.status == "voided"
    }


def _proof(settings: Settings, row: Row, now: datetime) -> Row:
    """Return what the list's folder proves: the checks of `verify`, totals and registers."""
    folder = Home(settings.home).list_folder(row["call_date"], row["campaign_id"])
    path, manifest = _manifest(folder, row)
    facts: Row = {
        "proof": Proof.NONE,
        "proof_told": "never left",
        "proofs": (),
        "totals": (),
        "registers": (),
        "overlays": (),
    }
    if row["published_at"] is None:
        return facts
    if path is None:
        return facts | {"proof": Proof.FAILED, "proof_told": "its manifest is missing"}
    report = verify_manifest(
        path,
        Home(settings.home).read_run().get("key_fingerprint"),
        now=None if row["status"] == "deleted" else now,
    )
    is_ours = hashlib.sha256(path.read_bytes()).hexdigest() == row["manifest_sha256"]
    proof, told = _files(row, report.has_files)
    proofs = [
        (check.is_passed if check.is_compared else None, check.sentence) for check in report.checks
    ]
    proofs.append((is_ours, "The ledger names this very manifest by its SHA-256."))
    if proof is Proof.FAILED:
        proofs.append((False, f"Here {told}."))
    if not (report.is_passed and is_ours) and proof is not Proof.FAILED:
        proof, told = Proof.FAILED, "does not verify"
    facts |= {"proof": proof, "proof_told": told, "proofs": tuple(proofs)}
    return facts | _told_by(manifest) if is_ours else facts


def _told_by(manifest: Row) -> Row:
    """Return what a manifest that is known to be ours says the list stands on."""
    return {
        "totals": tuple(_control_totals(manifest["totals"])),
        "overlays": tuple(manifest.get("policy_overlays", ())),
        "registers": tuple(dict.fromkeys(REGISTER_FACTS) | one for one in manifest["registers"]),
    }


def _files(row: Row, has_files: bool) -> tuple[Proof, str]:
    """Hold the files that lie there against what the ledger says became of them."""
    if row["status"] == "deleted":
        at = f"{row['recorded_at'].astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        if has_files:
            return Proof.FAILED, f"files are here again, though deleted on {at} (retention)"
        return Proof.MANIFEST_ONLY, f"files deleted on {at} (retention); manifest verifies"
    if has_files:
        return Proof.WHOLE, ""
    if row["replaced_by"]:
        replaced = f"files replaced by edition {row['replaced_by']}; manifest verifies"
        return Proof.MANIFEST_ONLY, replaced
    return Proof.FAILED, "its files are gone, and the ledger does not know why"


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


def _manifest(folder: Path, row: Row) -> tuple[Path | None, dict[str, Any]]:
    """Return this edition's manifest and its path, also one that a later edition set aside."""
    for name in (MANIFEST, name_of_edition(MANIFEST, row["edition"])):
        try:
            found = json.loads((folder / name).read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(found, dict) and found.get("list_id") == str(row["list_id"]):
            return folder / name, found
    return None, {}
