"""Check one register of a source and build it; every fault is reported with its line, at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from ringfence.readers.row import FormatSpec
from ringfence.registers.column_map import Column, Rule, columns_of, fold, parse_rule
from ringfence.registers.conditions import Condition, ConditionError, parse_condition
from ringfence.registers.dossiers import take_dossier
from ringfence.registers.official import official_registers, register_of
from ringfence.registers.source_files import read_delivery, read_format
from ringfence.registers.sources import (
    DATE_ORDERS,
    DISPOSITIONS,
    OBTAINED,
    STOPS,
    Approval,
    Emission,
    Kind,
    Source,
    canonical_columns,
    mapping_hash,
    required_columns,
)
from ringfence.registers.yaml_marks import Fault, Section, read_marked

NAME = r"[a-z][a-z0-9_]{0,39}"
UNDECIDED = "undecided"
"""The controller that a fresh proposal names: nobody's, until somebody decides."""
NAME_IN_WORDS = "lower-case letters, digits and underscores, a letter first, at most 40"


def read_source(file: Path, faults: list[Fault]) -> Source | None:
    """Return the source that `file` describes, or None with its faults added to `faults`."""
    own: list[Fault] = []
    marked = read_marked(file, own)
    source = None
    if marked:
        top = Section(marked, "", file, own)
        source = _source(top)
        top.close()
        if source.controller == UNDECIDED:
            top.fault(
                "this proposal is not used until its DECIDE lines are filled in, first"
                " `controller`: a controller_id of controllers.yml",
                top.line_of("controller"),
            )
    faults += own
    return None if own else source


def _source(top: Section) -> Source:
    source_id = top.text("source_id", required=True, pattern=NAME, shape=NAME_IN_WORDS)
    if source_id and source_id != top.file.stem:
        top.fault(f"`source_id` must be the name of the file, {top.file.stem}")
    emits = _emits(top)
    delivery = read_delivery(top, source_id or "", carries_stops=bool(STOPS & set(emits)))
    spec = FormatSpec() if delivery.query else read_format(top)
    register = top.text("register", pattern=NAME, shape=NAME_IN_WORDS)
    if bool(register) != (Kind.REGISTER in emits):
        top.fault("`register` and `emits.register` need one another")
    _check_register(top, register, emits)
    source = Source(
        source_id=source_id or "",
        title=top.text("title") or source_id or "",
        controller=top.text("controller", required=True, pattern=NAME, shape=NAME_IN_WORDS) or "",
        obtained=top.text("obtained", required=True, choices=OBTAINED) or "",
        approved=take_approval(top),
        dossier=take_dossier(top),
        demo_only=top.flag("demo_only", default=False),
        delivery=delivery,
        format=spec,
        keep=top.texts("keep"),
        emits=emits,
        register=register,
        timezone=_timezone(top),
        dates=top.text("dates", choices=DATE_ORDERS),
        mapping_sha256=mapping_hash(top.marked),
        file=top.file,
    )
    _check_declared_columns(top, source)
    return source


def _check_register(top: Section, register: str | None, emits: dict[Kind, Emission]) -> None:
    """Refuse a register whose copy could be loaded and would change nothing."""
    line = top.line_of("register")
    members = [one.register_id for one in official_registers() if one.group_id == register]
    if register and members and members != [register] and register not in members:
        told = ", ".join(f"`{one}`" for one in dict.fromkeys(members))
        top.fault(f"`register` names several registers; each is a source of its own: {told}", line)
    found = register_of(register)
    if found and not found.is_matched_by_number:
        top.fault(
            f"`{register}` lists names and addresses without numbers: nobody can be screened by it",
            line,
        )
    rules = emits[Kind.REGISTER].map if Kind.REGISTER in emits else {}
    if "hash" in rules and not (found and found.key == "hash"):
        top.fault("`hash` is for a register that is asked by hashes; map `phone`", line)
    if found and found.key == "hash" and "hash" not in rules:
        top.fault(f"`{register}` answers hashes, not numbers: map `hash`", line)


def take_approval(top: Section) -> Approval | None:
    """Return who approved a source or a campaign, and when."""
    section = top.section("approved")
    if section is None:
        return None
    by = section.text("by", required=True)
    on = section.text("on", required=True)
    section.close()
    try:
        return Approval(by or "", date.fromisoformat(on or "0001-01-01"))
    except ValueError:
        section.fault("`approved.on` must be a date such as 2026-01-15")
        return None


def _timezone(top: Section) -> str | None:
    name = top.text("timezone")
    if name is None:
        return None
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, KeyError):
        top.fault("`timezone` must be a name such as Europe/Berlin", top.line_of("timezone"))
    return None


def _emits(top: Section) -> dict[Kind, Emission]:
    shared = _rules(top.section("columns"))
    dispositions = _dispositions(top)
    section = top.section("emits", required=True)
    emits: dict[Kind, Emission] = {}
    used: set[str] = set()
    for name, marked in section.items() if section else ():
        if name not in list(Kind):
            top.fault(f"`emits.{name}` is not one of {', '.join(Kind)}", marked.line)
            continue
        inner = Section(marked, f"emits.{name}", top.file, top.faults)
        kind = Kind(name)
        known = canonical_columns(kind)
        used.update(known)
        own = _rules(inner.section("map"), known)
        rules = {column: rule for column, rule in shared.items() if column in known} | own
        condition = _condition(inner)
        inner.close()
        for choice in required_columns(kind):
            if not set(choice) & set(rules):
                top.fault(f"`emits.{name}` needs the column `{'` or `'.join(choice)}`", marked.line)
        if kind == Kind.CALL_ATTEMPTS:
            rules = _with_dispositions(rules, dispositions, inner)
        emits[kind] = Emission(condition, rules)
    _fault_unused(top, shared, used, has_dispositions=bool(dispositions), emits=emits)
    return emits


def _fault_unused(
    top: Section,
    shared: dict[str, Rule],
    used: set[str],
    *,
    has_dispositions: bool,
    emits: dict[Kind, Emission],
) -> None:
    if emits:
        columns = top.section("columns")
        for column, marked in columns.items() if columns else ():
            if column in shared and column not in used:
                top.fault(f"`columns.{column}` is no column of what this source emits", marked.line)
    if has_dispositions and Kind.CALL_ATTEMPTS not in emits:
        top.fault("`dispositions` goes with `emits.call_attempts`", top.line_of("dispositions"))


def _rules(section: Section | None, known: tuple[str, ...] | None = None) -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    if section is None:
        return rules
    for name, marked in section.items():
        if known is not None and name not in known:
            section.fault(f"`{section.name}.{name}` is not one of {', '.join(known)}", marked.line)
            continue
        if marked.value == "":
            section.fault(f"`{section.name}.{name}` names no column", marked.line)
            continue
        rule = parse_rule(marked, name, section)
        if rule is not None:
            rules[name] = rule
    return rules


def _condition(inner: Section) -> Condition | None:
    text = inner.text("when")
    if text is None:
        return None
    try:
        return parse_condition(text)
    except ConditionError as error:
        inner.fault(f"`{inner.name}.when`: {error}", inner.line_of("when"))
        return None


def _dispositions(top: Section) -> dict[str, str]:
    section = top.section("dispositions")
    meanings: dict[str, str] = {}
    for raw, marked in section.items() if section else ():
        if marked.value not in DISPOSITIONS:
            top.fault(f"`dispositions.{raw}` must be one of {', '.join(DISPOSITIONS)}", marked.line)
        elif meanings.setdefault(fold(raw), str(marked.value)) != marked.value:
            top.fault(f"`dispositions.{raw}` stands twice with another meaning", marked.line)
    return meanings


def _with_dispositions(
    rules: dict[str, Rule], meanings: dict[str, str], inner: Section
) -> dict[str, Rule]:
    """Close the disposition's list; an unlisted one then counts as a stop."""
    rule = rules.get("disposition")
    if not meanings:
        inner.fault("`dispositions` is missing: it says what each of the dialler's codes means")
    elif isinstance(rule, Column) and not rule.values:
        return rules | {"disposition": replace(rule, values=tuple(meanings.items()))}
    elif rule:
        inner.fault("`disposition` must be one plain column: `dispositions` translates it")
    return rules


def _check_declared_columns(top: Section, source: Source) -> None:
    """Refuse a mapped column that a headerless file cannot have."""
    if not source.format.columns:
        return
    declared = set(source.format.columns)
    for kind, emission in source.emits.items():
        read = {column.name for rule in emission.map.values() for column in columns_of(rule)}
        read |= emission.condition.columns if emission.condition else set()
        for name in sorted(read - declared):
            top.fault(f"`emits.{kind}` reads `{name}`, which `format.columns` does not name")
    for name in sorted(set(source.keep) - declared):
        top.fault(f"`keep` names `{name}`, which `format.columns` does not")
