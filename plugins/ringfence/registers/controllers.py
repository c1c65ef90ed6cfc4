"""Hold the register of controllers: on whose behalf people are called, for what, which notice.

dags/controllers.yml  →  Controller, or Faults with file and line
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ringfence.registers.source_checks import NAME, NAME_IN_WORDS
from ringfence.registers.values import entries, entries_of_file, take_date
from ringfence.registers.yaml_marks import Fault, Section

FILE = "controllers.yml"


@dataclass(frozen=True, slots=True)
class Purpose:
    """Name one purpose people are called for."""

    purpose: str
    title: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Name one version of the text that people read before they consented."""

    version: str
    valid_from: date
    language: str


@dataclass(frozen=True, slots=True)
class Controller:
    """Hold one valid controller, and where its entry begins."""

    controller_id: str
    name: str
    contact: str
    demo_only: bool
    purposes: tuple[Purpose, ...]
    notices: tuple[Notice, ...]
    joint_with: tuple[str, ...]
    file: Path
    line: int


def load_controllers(registers: Path, mode: str) -> tuple[list[Controller], list[Fault]]:
    """Return the valid controllers and every fault; demo-only ones count in demo mode alone."""
    faults: list[Fault] = []
    found: dict[str, Controller] = {}
    for section in entries_of_file(registers / FILE, "controllers", faults):
        before = len(faults)
        controller = _controller(section)
        section.close()
        if controller.controller_id in found:
            section.fault(f"the controller `{controller.controller_id}` is given twice")
        if len(faults) == before:
            found[controller.controller_id] = controller
    for controller in found.values():
        for name in controller.joint_with:
            if name not in found:
                message = f"`joint_with` names `{name}`, which is no other controller here"
                faults.append(Fault(controller.file, controller.line, message))
    wanted = (c for c in found.values() if mode == "demo" or not c.demo_only)
    return list(wanted), faults


def entry_lines(registers: Path) -> dict[str, int]:
    """Return the line of every entry by its `controller_id`, also of an entry that has faults."""
    sections = entries_of_file(registers / FILE, "controllers", [])
    lines = {section.text("controller_id"): section.marked.line for section in sections}
    return {name: line for name, line in lines.items() if name}


def joint_groups(controllers: Iterable[Controller]) -> dict[str, tuple[str, ...]]:
    """Return by controller all those it answers jointly with, itself left out (GDPR art. 26).

    Whoever names one names the others it is joint with too, whichever of them wrote it down.
    """
    groups: dict[str, set[str]] = {}
    for controller in controllers:
        group = {controller.controller_id}
        for name in (controller.controller_id, *controller.joint_with):
            group |= groups.get(name, {name})
        for name in group:
            groups[name] = group
    return {name: tuple(sorted(group - {name})) for name, group in groups.items()}


def _controller(section: Section) -> Controller:
    controller = Controller(
        controller_id=section.text(
            "controller_id", required=True, pattern=NAME, shape=NAME_IN_WORDS
        )
        or "",
        name=section.text("name", required=True) or "",
        contact=section.text("contact", required=True) or "",
        demo_only=section.flag("demo_only", default=False),
        purposes=tuple(_purpose(inner) for inner in entries(section, "purposes")),
        notices=tuple(_notice(inner) for inner in entries(section, "notices")),
        joint_with=section.texts("joint_with"),
        file=section.file,
        line=section.marked.line,
    )
    if not controller.purposes:
        section.fault("`purposes` is missing: a consent counts only for a purpose named here")
    for inner, names in (
        ("purposes", [purpose.purpose for purpose in controller.purposes]),
        ("notices", [notice.version for notice in controller.notices]),
    ):
        if len(names) != len(set(names)):
            section.fault(f"`{inner}` names the same one twice", section.line_of(inner))
    return controller


def _purpose(section: Section) -> Purpose:
    name = section.text("purpose", required=True, pattern=NAME, shape=NAME_IN_WORDS) or ""
    purpose = Purpose(name, section.text("title") or name)
    section.close()
    return purpose


def _notice(section: Section) -> Notice:
    notice = Notice(
        version=section.text("version", required=True) or "",
        valid_from=take_date(section, "from", required=True) or date.max,
        language=section.text(
            "language", required=True, pattern="[a-z]{2}", shape="a code such as de"
        )
        or "",
    )
    section.close()
    return notice
