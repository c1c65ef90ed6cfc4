"""Prove a published list offline, from its folder and a key somebody trusts. Reads no row aloud.

In this order: signature, files, rows against commitments, root, totals, the manifest before this
one, validity. Without a trusted key nothing is proved. A list whose files were deleted in due time
and a list with erased rows still verify, and say so.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ringfence.errors import Refusal
from ringfence.publish import archive
from ringfence.publish.list_rows import check_rows
from ringfence.publish.manifest import FILE_NAME, FORMAT
from ringfence.publish.verify_report import Check, VerifyReport
from ringfence.publish.writing import file_sha256
from ringfence.signing import SignatureFault, read_signed, read_trusted_key

__all__ = ["Check", "VerifyReport", "verify_manifest"]


def verify_manifest(
    path: Path, trusted: bytes | str | None, *, now: datetime | None = None
) -> VerifyReport:
    """Verify a manifest, or the folder it lies in; `trusted` is a key, its fingerprint or a file.

    Raises Refusal if there is no manifest at all, Misconfigured for an unreadable key. With `now`
    it says whether the list is valid then, and holds its files to be there as long as it is.
    """
    manifest_path = path / FILE_NAME if path.is_dir() else path
    try:
        content = manifest_path.read_bytes()
    except OSError:
        raise Refusal(
            "There is no manifest here.",
            where=str(path),
            remedy="give the folder of a published list, or its manifest.json",
        ) from None
    report = VerifyReport()
    if trusted is None:
        report.add(False, "No key is trusted: give --key, or verify in the home that signed.")
        return report
    key = read_trusted_key(trusted) if isinstance(trusted, str) else trusted
    try:
        document = read_signed(content, key)
    except SignatureFault as fault:
        report.add(False, f"{manifest_path.name} was changed, or is not ours: {fault}.")
        return report
    if document.get("format") != FORMAT:
        report.add(False, f"{manifest_path.name} is not a manifest of a call list.")
        return report
    signer = document["key"]["fingerprint"]
    report.add(True, f"{manifest_path.name} is signed by {signer} and unchanged.")
    if document["demo"]:
        report.add(True, "It is a DEMO list: sample data, signed with a key that everybody has.")
    edition = _kept_edition(manifest_path)
    erased = _read_erasures(report, manifest_path, content, document, key, edition)
    if erased is not None:
        is_valid = not edition and now is not None and now < _valid_until(document)
        check_rows(report, manifest_path.parent, document, erased, edition, is_valid=is_valid)
    _check_totals(report, document)
    _check_previous(report, manifest_path, document)
    if superseded := document.get("supersedes"):
        report.add(True, f"It supersedes edition {superseded['edition']} of that day, of which"
                         f" {superseded['rows_recalled']:,} rows were recalled.")  # fmt: skip
    if edition:
        report.add(True, f"It was replaced by a later edition of {document['call_date']}: OVER, do"
                         " not dial.")  # fmt: skip
    else:
        _tell_validity(report, document, now)
    return report


def _kept_edition(manifest_path: Path) -> int | None:
    """Return the edition of a manifest that was set aside, None for the one in place."""
    stem = manifest_path.stem.removeprefix("manifest-edition-")
    return int(stem) if stem.isdecimal() else None


def _read_erasures(
    report: VerifyReport,
    manifest_path: Path,
    content: bytes,
    document: dict[str, Any],
    key: bytes | str,
    edition: int | None,
) -> dict[str, Any] | None:
    """Return the signed note of erased rows ({} without one), None if it is not to be believed."""
    name = archive.ERASURES
    path = manifest_path.parent / (archive.name_of_edition(name, edition) if edition else name)
    try:
        note = path.read_bytes()
        if json.loads(note).get("list_id") != document["list_id"]:
            return {}
        erased = read_signed(note, key)
    except FileNotFoundError:
        return {}
    except (SignatureFault, ValueError, AttributeError) as fault:
        report.add(False, f"{path.name} was changed, or is not ours: {fault}.")
        return None
    if erased["manifest_sha256"] != hashlib.sha256(content).hexdigest():
        report.add(False, f"{path.name} belongs to another manifest.")
        return None
    count = len(erased["call_refs"])
    report.add(True, f"{count:,} rows were ERASED on request since; the note of it is signed.")
    return erased


def _check_totals(report: VerifyReport, document: dict[str, Any]) -> None:
    rows, candidates = document["totals"]["rows"], document["totals"]["candidates"]
    report.add(
        rows["read"] == rows["landed"] + rows["quarantined"],
        f"{rows['read']:,} rows read = {rows['landed']:,} landed"
        f" + {rows['quarantined']:,} quarantined.",
    )
    blocked = sum(candidates["blocked"].values())
    undetermined = sum(candidates["undetermined"].values())
    parts = candidates["callable"] + blocked + undetermined + candidates["last_look"]
    report.add(
        candidates["candidates"] == parts and candidates["callable"] == document["count_rows"],
        f"{candidates['candidates']:,} candidates = {candidates['callable']:,} on the list"
        f" + {blocked:,} blocked + {undetermined:,} undetermined"
        f" + {candidates['last_look']:,} removed at the last look.",
    )


def _check_previous(report: VerifyReport, manifest_path: Path, document: dict[str, Any]) -> None:
    """Follow the chain one step back, where the earlier manifest still lies beside this one."""
    previous = document["previous"]
    if previous is None:
        report.add(True, "It is the first list of its campaign.")
        return
    days = manifest_path.parent.parent.parent
    folder = days / previous["call_date"] / document["campaign_id"]
    kept = archive.name_of_edition(FILE_NAME, previous["edition"])
    found = {name: file_sha256(folder / name) for name in (kept, FILE_NAME)}
    told = f"edition {previous['edition']} of {previous['call_date']}"
    if previous["sha256"] in found.values():
        report.add(True, f"The manifest before it ({told}) lies beside it and is the one it names.")
    elif found[kept] or (found[FILE_NAME] and previous["call_date"] != document["call_date"]):
        report.add(False, f"The manifest before it ({told}) was changed.")
    else:
        report.not_compared(f"The manifest before it ({told}) is not here to compare.")


def _valid_until(document: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(document["valid_until"]).astimezone(UTC)


def _tell_validity(report: VerifyReport, document: dict[str, Any], now: datetime | None) -> None:
    until = _valid_until(document)
    told = f"It was for {document['call_date']}, valid until {until:%Y-%m-%d %H:%M} UTC"
    if now is None:
        report.add(True, f"{told}.")
    else:
        is_over = until <= now
        report.add(True, f"{told}: {'OVER, do not dial' if is_over else 'still valid'}.")
