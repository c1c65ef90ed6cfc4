"""Check a header against the columns a register maps, before the first row is used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from ringfence.readers.row import rejected


def checked_names(
    header: Sequence[str], needed: Collection[str], path: Path, *, has_delimiter: bool = False
) -> tuple[str, ...]:
    """Return one distinct name per column; a nameless one becomes `column_<n>`.

    A doubled name that nobody maps is told apart by its position (`Notes#7`). Without `needed`
    every doubled name counts as mapped. Raises RejectedBatch.
    """
    names = [name.strip() or f"column_{place}" for place, name in enumerate(header, start=1)]
    counts = Counter(names)
    doubled = sorted(n for n, count in counts.items() if count > 1 and (not needed or n in needed))
    if doubled:
        raise rejected(
            "column_doubled",
            f"The header holds the column {_quoted(doubled)} more than once.",
            path,
            "ask the sender which one is meant, and for a file with that one only",
        )
    missing = sorted(set(needed) - set(names))
    if missing:
        raise (
            _delimiter_wrong(path)
            if has_delimiter and len(names) == 1
            else missing_columns(missing, path)
        )
    return tuple(
        name if counts[name] == 1 else f"{name}#{place}"
        for place, name in enumerate(names, start=1)
    )


def _delimiter_wrong(path: Path) -> Exception:
    return rejected(
        "delimiter_wrong",
        "The header is one single cell, so the delimiter in the register is not the file's.",
        path,
        "set `format.delimiter`; `ringfence sources propose` shows the one it finds",
    )


def missing_columns(missing: Collection[str], path: Path) -> Exception:
    """Build the refusal for mapped columns that the file does not hold."""
    return rejected(
        "column_missing",
        f"The file has no column {_quoted(sorted(missing))}, which the register maps.",
        path,
        "correct `columns`, or mark the column `optional: true` if it may be absent",
    )


def _quoted(names: Collection[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
