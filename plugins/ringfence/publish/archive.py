"""Name the files of a list's folder, and set an edition aside when the next one replaces it.

call_list.csv, vicidial.txt …    the rows: of the newest edition alone
manifest.json, commitments.csv   of the newest edition; erasures.json once a row was erased
manifest-edition-1.json …        the same of an earlier edition of the day; they stay
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from ringfence.publish import commitments, manifest
from ringfence.publish.list_files import list_files_in
from ringfence.publish.writing import file_sha256

ERASURES = "erasures.json"
KEPT_FILES = (manifest.FILE_NAME, commitments.FILE_NAME, ERASURES)


def name_of_edition(name: str, edition: int) -> str:
    """Return the name under which a file of an earlier edition is kept."""
    stem, _, ending = name.rpartition(".")
    return f"{stem}-edition-{edition}.{ending}"


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the folder's manifest as it lies there, unchecked; {} without a readable one."""
    try:
        found = json.loads((folder / manifest.FILE_NAME).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def set_aside(folder: Path, next_list_id: str) -> None:
    """Keep what proves the edition in place under its own name; changes no file in use."""
    standing = read_manifest(folder)
    if not standing or standing.get("list_id") == next_list_id:
        return
    for name in KEPT_FILES:
        kept = folder / name_of_edition(name, int(standing["edition"]))
        if (folder / name).exists() and not kept.exists():
            try:
                kept.hardlink_to(folder / name)
            except OSError:  # a file system without links
                shutil.copyfile(folder / name, kept)
                kept.chmod(0o600)


def remove_what_is_not_named(folder: Path) -> None:
    """Remove files with rows that the folder's manifest does not name by their hash.

    Erasures that belong to an earlier edition go as well: they were set aside.
    """
    standing = read_manifest(folder)
    named = {name: facts["sha256"] for name, facts in standing.get("files", {}).items()}
    erasures = folder / ERASURES
    if erasures.exists():
        erased = json.loads(erasures.read_bytes())
        if erased.get("list_id") == standing.get("list_id"):
            named |= {name: facts["sha256"] for name, facts in erased["files"].items()}
        else:
            erasures.unlink()
    _restore_commitments(folder, standing, named)
    for name in list_files_in(folder):
        if file_sha256(folder / name) != named.get(name):
            (folder / name).unlink()


def _restore_commitments(folder: Path, standing: dict[str, Any], named: dict[str, str]) -> None:
    """Put the commitments of the standing edition back, if a voided one has replaced them."""
    current, wanted = folder / commitments.FILE_NAME, named.get(commitments.FILE_NAME)
    if wanted is None or file_sha256(current) in (None, wanted):
        return
    kept = folder / name_of_edition(commitments.FILE_NAME, int(standing["edition"]))
    if file_sha256(kept) == wanted:
        kept.replace(current)
