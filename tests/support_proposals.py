"""Write a small file, propose a source for it, and read the file through what was proposed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from ringfence.proposals.propose import propose, source_id_for
from ringfence.readers import read_rows
from ringfence.registers.sources import Source, compile_map, load_sources


def loaded(tmp_path: Path, path: Path) -> tuple[Source, str]:
    """Propose, write, load; a proposal must be acceptable once it has a controller."""
    text = propose(path)
    (tmp_path / "sources").mkdir(exist_ok=True)
    register = tmp_path / "sources" / f"{source_id_for(path)}.yml"
    register.write_text(text, "utf-8")
    sources, faults = load_sources(tmp_path, mode="live")
    assert (sources, len(faults)) == ([], 1)
    assert "is not used until its DECIDE lines are filled in" in faults[0].message
    register.write_text(text.replace("controller: undecided", "controller: acme"), "utf-8")
    sources, faults = load_sources(tmp_path, mode="live")
    assert [str(fault) for fault in faults] == []
    return sources[0], text


def told(text: str) -> str:
    """Return a proposal with the line breaks of its comments taken out."""
    return " ".join(re.sub(r"\n *#", " ", text).split())


def emitted(
    source: Source, path: Path, kind: str = "leads"
) -> Iterator[dict[str, str | list[str]]]:
    """Yield what the rows of a file emit of one kind."""
    mapper = compile_map(source)
    for row in read_rows(path, source.format, mapper.columns_needed):
        assert row.fault is None
        yield from (fields for name, fields in mapper.emissions(row) if name == kind)


def write(
    tmp_path: Path, name: str, columns: str, rows: list[str], *, delimiter: str = ","
) -> Path:
    """Write rows of comma-separated cells under any delimiter."""
    path = tmp_path / name
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    if columns:
        writer.writerow(columns.split(","))
    writer.writerows(row.split(",") for row in rows)
    path.write_text(text.getvalue(), "utf-8")
    return path
