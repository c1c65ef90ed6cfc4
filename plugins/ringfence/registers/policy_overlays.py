"""Hold the overlays: cells of the country policy that are changed for a time, and who agreed.

dags/policy_overlays/<overlay_id>.yml  →  PolicyOverlay, or Faults with file and line

An overlay with a fault is refused as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from ringfence.errors import Misconfigured
from ringfence.registers.overlay_cells import LOOSENS, Cell, take_cell
from ringfence.registers.source_checks import NAME, NAME_IN_WORDS
from ringfence.registers.values import entries, take_date
from ringfence.registers.yaml_marks import Fault, Section, read_marked

FOLDER = "policy_overlays"
LONGEST = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Approval:
    """Say who agreed, and on which day."""

    by: str
    on: date

    @property
    def person(self) -> str:
        """Return the name so that two spellings of it are one person."""
        return " ".join(self.by.casefold().split())


@dataclass(frozen=True, slots=True)
class PolicyOverlay:
    """Hold one valid overlay."""

    overlay_id: str
    reason: str
    approvals: tuple[Approval, ...]
    cells: tuple[Cell, ...]
    demo_only: bool
    file: Path

    @property
    def content(self) -> dict[str, Any]:
        """Return the overlay as decisions know it."""
        return {
            "overlay_id": self.overlay_id,
            "reason": self.reason,
            "approvals": [{"by": one.by, "on": one.on.isoformat()} for one in self.approvals],
            "cells": [cell.content for cell in self.cells],
            "demo_only": self.demo_only,
        }


def load_policy_overlays(registers: Path, mode: str) -> tuple[list[PolicyOverlay], list[Fault]]:
    """Return the valid overlays and every fault; demo-only ones count in demo mode alone."""
    folder = registers / FOLDER
    faults = [
        Fault(file, 1, f"rename the file to {file.stem}.yml: other names are not read")
        for file in sorted(folder.glob("*.yaml"))
    ]
    read = [_read(file, faults) for file in sorted(folder.glob("*.yml"))]
    overlays = [overlay for overlay in read if overlay]
    faulty = {fault.file for fault in faults}
    # A sound overlay stands beside a faulty one; the faulty one hears of all it has to mend.
    between = [
        *_faults_between(one for one in overlays if one.file not in faulty),
        *(fault for fault in _faults_between(overlays) if fault.file in faulty),
    ]
    refused = faulty | {fault.file for fault in between}
    return [
        one for one in overlays if one.file not in refused and (mode == "demo" or not one.demo_only)
    ], [*faults, *between]


def load_proposed_overlay(registers: Path, file: Path, mode: str) -> PolicyOverlay:
    """Return an overlay that is in force nowhere yet, checked beside those in the registers.

    It takes the place of the one with its id. Raises Misconfigured with every fault it has.
    """
    faults: list[Fault] = []
    proposed = _read(file, faults)
    if proposed:
        others, _ = load_policy_overlays(registers, mode)
        beside = [one for one in others if one.overlay_id != proposed.overlay_id]
        faults += [one for one in _faults_between([*beside, proposed]) if one.file == file]
    if faults or not proposed:
        raise Misconfigured(
            "The overlay has faults:\n" + "\n".join(str(fault) for fault in faults),
            where=str(file),
            remedy="mend the lines named, then compare again",
        )
    return proposed


def _read(file: Path, faults: list[Fault]) -> PolicyOverlay | None:
    own: list[Fault] = []
    marked = read_marked(file, own)
    overlay = None
    if marked:
        top = Section(marked, "", file, own)
        overlay = _overlay(top)
        top.close()
    faults += sorted(own, key=lambda fault: fault.line)
    return overlay


def _overlay(top: Section) -> PolicyOverlay:
    overlay_id = top.text("overlay_id", required=True, pattern=NAME, shape=NAME_IN_WORDS) or ""
    if overlay_id and overlay_id != top.file.stem:
        top.fault(
            f"`overlay_id` must be the name of the file, {top.file.stem}",
            top.line_of("overlay_id"),
        )
    before = len(top.faults)
    read = [take_cell(section) for section in entries(top, "cells")]
    cells = tuple(cell for cell in read if cell)
    if not cells and len(top.faults) == before:
        top.fault("`cells` is missing: an overlay changes at least one", top.line_of("cells"))
    approvals = tuple(_approvals(top))
    _check_approvals(top, approvals, cells)
    _check_stretches(top, cells)
    return PolicyOverlay(
        overlay_id=overlay_id,
        reason=top.text("reason", required=True) or "",
        approvals=approvals,
        cells=cells,
        demo_only=top.flag("demo_only", default=False),
        file=top.file,
    )


def _approvals(top: Section) -> Iterator[Approval]:
    for section in entries(top, "approvals"):
        by, on = section.text("by", required=True), take_date(section, "on", required=True)
        section.close()
        if by and on:
            yield Approval(by, on)


def _check_approvals(top: Section, approvals: Sequence[Approval], cells: Sequence[Cell]) -> None:
    """Two people agree to a loosening, one to a tightening; both end soon after (LAW.md 6)."""
    loosening = any(cell.effect == LOOSENS for cell in cells)
    count = len({one.person for one in approvals})
    if count < 1 + loosening:
        wanted = "two different people" if loosening else "somebody"
        top.fault(
            f"`approvals` must name {wanted}: {count} found"
            + ("; this overlay loosens" if loosening else ""),
            top.line_of("approvals"),
        )
    if not approvals:
        return
    agreed = max(one.on for one in approvals)
    for cell in cells:
        if cell.valid_from < agreed:
            top.fault("`from` lies before the last approval", cell.line)
        if cell.until - agreed > LONGEST:
            last = agreed + LONGEST
            top.fault(f"`until` must be within 90 days of the last approval, by {last}", cell.line)


def _check_stretches(top: Section, cells: Sequence[Cell]) -> None:
    """Report an end of a stretch of time whose other end neither row nor overlay gives."""
    given = {(cell.key, cell.column.name, cell.valid_from, cell.until) for cell in cells}
    for cell in cells:
        partner = cell.column.partner
        if (
            partner
            and (cell.key, partner, cell.valid_from, cell.until) not in given
            and not all(row.cells[partner] for row in cell.rows())
        ):
            top.fault(f"the policy row has no `{partner}`: give it for the same days", cell.line)


def _faults_between(overlays: Iterable[PolicyOverlay]) -> Iterator[Fault]:
    """Yield a fault for each of two overlays of one cell that meet, or leave days between them."""

    def cell_of(placed: tuple[Path, Cell]) -> tuple[str, ...]:
        return (*placed[1].key, placed[1].column.name)

    placed = [(one.file, cell) for one in overlays for cell in one.cells]
    placed.sort(key=lambda one: (cell_of(one), one[1].valid_from, one[1].until))
    for _, same in groupby(placed, key=cell_of):
        for (file, cell), (next_file, following) in pairwise(same):
            days = (following.valid_from - cell.until).days
            if days == 1:
                continue
            what = "overlaps with" if days < 1 else "leaves a gap to"
            for own, line, other, at in (
                (file, cell.line, next_file, following.line),
                (next_file, following.line, file, cell.line),
            ):
                message = f"`{cell.column.name}` {what} {other.name}:{at}"
                yield Fault(
                    own,
                    line,
                    f"{message}; end one before the other begins"
                    if days < 1
                    else f"{message}; join them, or take the ended one out",
                )
