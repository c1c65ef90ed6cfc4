"""Load suites from YAML: the kind's own file, then what one source adds or replaces by id.

Every fault of every line is told at once, with file and line.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ringfence.doors.vocabulary import (
    IDENTIFIER,
    PERSONAL_COLUMNS,
    TYPES,
    ExpectationType,
    Shape,
    Value,
    read_argument,
)
from ringfence.errors import Misconfigured
from ringfence.registers.yaml_marks import Fault, Marked, Section, read_marked

SUITES = (
    "leads", "contact_points", "consent_events", "suppression", "register", "call_attempts",
    "customer_relations", "call_list",
)  # fmt: skip


class Severity(StrEnum):
    """Say what an unmet expectation does: turn the delivery away, or only be shown."""

    reject = "reject"
    warn = "warn"


@dataclass(frozen=True, slots=True)
class Expectation:
    """Hold one declared expectation; `column` is '' where it is about rows or the whole table."""

    id: str
    suite: str
    type: str
    why: str
    severity: Severity
    column: str = ""
    columns: tuple[str, ...] = ()
    arguments: dict[str, Value] = field(default_factory=dict)
    only_where: dict[str, tuple[str, ...]] = field(default_factory=dict)
    from_rows: int = 0
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    """Hold what is expected at one door; `sha256` is over the files it was read from."""

    name: str
    about: str
    sha256: str
    expectations: tuple[Expectation, ...]


def load_suite(folder: Path, name: str, source_id: str | None = None) -> Suite:
    """Return the suite of a kind together with a source's additions; raises Misconfigured."""
    faults: list[Fault] = []
    file = folder / f"{name}.yml"
    about, found = _read_file(file, faults, suite=name)
    expectations = {one.id: one for one in found}
    files = [file]
    own = folder / f"{source_id}.yml"
    if source_id and source_id not in SUITES and own.exists():
        files.append(own)
        _, added = _read_file(own, faults, source=source_id)
        expectations |= {one.id: one for one in added if one.suite == name}
    _raise(faults)
    digest = hashlib.sha256(b"\x1f".join(one.read_bytes() for one in files)).hexdigest()
    return Suite(name, about, digest, tuple(expectations.values()))


def check_suites(folder: Path) -> None:
    """Read every suite and every source's additions; raises Misconfigured with all faults."""
    faults: list[Fault] = []
    for file in sorted(folder.glob("*.yml")):
        if file.stem in SUITES:
            _read_file(file, faults, suite=file.stem)
        else:
            _read_file(file, faults, source=file.stem)
    _raise(faults)


def _raise(faults: list[Fault]) -> None:
    if faults:
        raise Misconfigured(
            "\n".join(str(fault) for fault in sorted(faults, key=lambda one: (one.file, one.line))),
            where=str(faults[0].file.parent),
            remedy="mend the lines named; the README's part on doors shows what a line may say",
        )


def _read_file(
    file: Path, faults: list[Fault], *, suite: str = "", source: str = ""
) -> tuple[str, list[Expectation]]:
    marked = read_marked(file, faults)
    if marked is None:
        return "", []
    top = Section(marked, "", file, faults)
    key, name = ("suite", suite) if suite else ("source", source)
    if (top.text(key, required=True) or name) != name:
        top.fault(f"`{key}` must be `{name}`, like the name of the file")
    about = top.text("about", required=True) or ""
    declared = top.take("expectations", required=True)
    top.close()
    expectations: dict[tuple[str, str], Expectation] = {}
    for item in declared.value if declared and isinstance(declared.value, list) else ():
        one = _read_expectation(item, file, faults, suite)
        if one and (one.suite, one.id) in expectations:
            faults.append(Fault(file, item.line, f"the id `{one.id}` is given twice"))
        if one:
            expectations[one.suite, one.id] = one
    if declared and not isinstance(declared.value, list):
        top.fault("`expectations` must be a list", declared.line)
    return about, list(expectations.values())


def _read_expectation(
    item: Marked, file: Path, faults: list[Fault], suite: str
) -> Expectation | None:
    known = len(faults)
    section = Section(item, "", file, faults)
    suite = suite or section.text("suite", required=True, choices=SUITES) or ""
    id_ = section.text("id", required=True, pattern=IDENTIFIER, shape="lower_snake")
    type_ = section.text("type", required=True, choices=tuple(TYPES))
    why = section.text("why", required=True)
    severity = section.text("severity", required=True, choices=tuple(Severity))
    shape = TYPES[type_].shape if type_ else None
    column = columns = None
    if shape is Shape.column:
        column = section.text("column", required=True, pattern=IDENTIFIER, shape="a column name")
    elif shape is Shape.columns:
        columns = section.texts("columns")
        if len(columns) < 2:
            section.fault("`columns` must name two columns or more")
    arguments = _read_arguments(section, TYPES[type_], column or "") if type_ else {}
    only_where = _read_only_where(section)
    if only_where and shape is not Shape.column:
        section.fault("`only_where` goes with an expectation about one column")
    from_rows = section.text("from_rows", pattern=r"\d+", shape="a whole number")
    if type_ is None:
        return None
    section.close()
    if len(faults) > known or not (id_ and why and severity):
        return None
    return Expectation(
        id_, suite, type_, why, Severity(severity), column or "", columns or (), arguments,
        only_where, int(from_rows or 0), f"{file.name}:{item.line}",
    )  # fmt: skip


def _read_arguments(section: Section, type_: ExpectationType, column: str) -> dict[str, Value]:
    if column in PERSONAL_COLUMNS and not type_.fits_personal:
        section.fault(f"`{column}` holds personal data: this type would write its values down")
    inner = section.section("kwargs", required=bool(type_.required))
    if inner is None:
        return {}
    arguments: dict[str, Value] = {}
    for name, reader in type_.arguments.items():
        marked = inner.take(name, required=name in type_.required)
        if marked is None:
            continue
        try:
            arguments[name] = read_argument(reader, marked)
        except ValueError as error:
            inner.fault(f"`kwargs.{name}`: {error}", marked.line)
    inner.close()
    return arguments


def _read_only_where(section: Section) -> dict[str, tuple[str, ...]]:
    inner = section.section("only_where")
    if inner is None:
        return {}
    return {column: inner.texts(column) for column, _ in list(inner.items())}
