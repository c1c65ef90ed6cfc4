"""Check the files of a list against its manifest: bytes first, then each row's commitment."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from ringfence.publish import archive, commitments
from ringfence.publish.call_list import COLUMNS
from ringfence.publish.commitments import Commitment, merkle_root
from ringfence.publish.diallers import GENERIC
from ringfence.publish.list_files import list_files_in
from ringfence.publish.verify_report import VerifyReport
from ringfence.publish.writing import file_sha256


def check_rows(
    report: VerifyReport,
    folder: Path,
    document: dict[str, Any],
    erased: dict[str, Any],
    edition: int | None,
    *,
    is_valid: bool,
) -> None:
    """Check hashes, count and root; `erased` is the signed note of erased rows, or empty.

    Of an edition that was replaced only manifest and commitments are left; the files of a list
    that `is_valid` still must be there.
    """
    expected = {name: facts["sha256"] for name, facts in document["files"].items()}
    expected |= {name: facts["sha256"] for name, facts in erased.get("files", {}).items()}
    name = commitments.FILE_NAME
    committed = folder / (archive.name_of_edition(name, edition) if edition else name)
    wanted = expected.pop(name)
    found = {file: None if edition else file_sha256(folder / file) for file in expected}
    is_whole = True
    for file, sha256 in found.items():
        if sha256 is not None and sha256 != expected[file]:
            is_whole = report.add(False, f"{file} is not the file that was published: its"
                                         " SHA-256 differs.")  # fmt: skip
    for file in sorted(list_files_in(folder) - expected.keys() if not edition else ()):
        report.add(False, f"{file} lies beside and is no file of this list.")
    missing = [file for file, sha256 in found.items() if sha256 is None]
    if missing and len(missing) < len(found):
        is_whole = report.add(False, f"{', '.join(missing)} is missing beside the others.")
    if file_sha256(committed) != wanted:
        report.add(False, f"{committed.name} is missing or was changed.")
        return
    lines = list(commitments.read(committed))
    _check_commitments(report, document, erased, lines)
    report.has_files = not missing
    if missing and is_whole and is_valid:
        report.add(False, f"{', '.join(missing)} is missing, and the list is still valid.")
    elif missing and is_whole:
        why = "replaced by a later edition" if edition else "deleted in due time, or removed since"
        report.not_compared(
            f"The list files are gone ({why}): their rows cannot be compared any more."
        )
    elif is_whole:
        report.add(True, f"{', '.join(found)}: byte for byte what was published.")
        _compare_rows(report, folder / GENERIC.file_name, lines)


def _check_commitments(
    report: VerifyReport,
    document: dict[str, Any],
    erased: dict[str, Any],
    lines: list[Commitment],
) -> None:
    root = merkle_root(line.commitment for line in lines).hex()
    report.add(
        root == document["commitments"]["root"],
        f"The commitments of {len(lines):,} rows give the root in the manifest.",
    )
    report.add(
        len(lines) == document["count_rows"],
        f"{document['count_rows']:,} rows were published, {len(lines):,} are committed to.",
    )
    without_salt = {line.call_ref for line in lines if line.is_erased}
    if without_salt != set(erased.get("call_refs", ())):
        report.add(False, "Rows were taken out that no signed note of erasure names.")


def _compare_rows(report: VerifyReport, path: Path, lines: list[Commitment]) -> None:
    """Hold each row against its commitment; every commitment without erasure needs its row."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        is_ours = tuple(next(rows, ())) == COLUMNS
        kept = (line for line in lines if not line.is_erased)
        pairs = zip(rows, kept, strict=True)
        try:
            wrong = sum(
                len(cells) != len(COLUMNS) or cells[0] != line.call_ref or not line.fits(cells)
                for cells, line in pairs
            )
        except ValueError:
            report.add(False, f"{path.name} has another number of rows than were committed to.")
            return
    count = sum(not line.is_erased for line in lines)
    report.add(
        is_ours and not wrong,
        f"{count - wrong:,} of {count:,} rows fit their commitments.",
    )
