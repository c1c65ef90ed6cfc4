"""Propose the register of a source for a file: what could be seen is filled in, the rest is asked.

The text holds column names, never a cell, so it can go into version control as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ringfence.errors import Refusal
from ringfence.proposals.column_profile import Profile, profile_of
from ringfence.proposals.column_roles import Roles, find_roles
from ringfence.proposals.header_words import plain
from ringfence.proposals.known_exports import export_of, names_of
from ringfence.proposals.sniff_text import find_format
from ringfence.readers import FormatSpec, FormatType, read_rows
from ringfence.registers.yaml_marks import spelt

_DAY_IN_NAME = re.compile(r"(20\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])")
_YES = "(true, t, 1, yes, y, x, ja, j, oui, si, sí)"
_ORDER = (
    "source_record_id", "phone", "country", "person_ref", "title", "first_name", "last_name",
    "company", "email", "postcode", "city", "region", "birth_date", "collected_at", "language",
)  # fmt: skip


def propose(path: Path, source_id: str | None = None) -> str:
    """Return the YAML text of a register that `load_sources` accepts under that id.

    DECIDE marks what only a human can know, CHECK what was guessed. Raises Refusal for a file
    whose layout or phone column cannot be found.
    """
    spec = find_format(path)
    profile = profile_of(read_rows(path, spec))
    has_names = spec.header or spec.type in (FormatType.PARQUET, FormatType.JSON_LINES)
    export = export_of(profile, has_header=has_names)
    if not has_names:
        names = names_of(export, len(profile.columns)) if export else profile.columns
        spec = replace(spec, columns=tuple(names))
        _rename(profile, names)
    roles = _roles_of(export, profile) if export else find_roles(profile, has_header=has_names)
    if not roles.phones:
        raise Refusal(
            "No column was found that holds phone numbers.",
            where=path.name,
            remedy="write the register by hand and name the column under `columns.phone`",
        )
    name = source_id or source_id_for(path)
    return "\n".join(_lines(path, name, spec, profile, roles, export)) + "\n"


def _rename(profile: Profile, names: Iterable[str]) -> None:
    new = dict(zip(profile.columns, names, strict=True))
    profile.columns = list(new.values())
    profile.sample = [{new[k]: v for k, v in row.items()} for row in profile.sample]
    profile.not_a_key = {new[k]: row for k, row in profile.not_a_key.items()}


def _roles_of(export: dict[str, Any], profile: Profile) -> Roles:
    roles = Roles()
    for canonical, choices in export["columns"].items():
        present = [column for column in choices if column in profile.columns]
        if canonical == "phone":
            roles.phones = present
        elif present:
            roles.columns[canonical] = present[0]
    code = export.get("calling_code")
    for column in export.get("national_numbers", ()):
        if column in profile.columns:
            roles.phones.append(column)
            parts = f'{{constant: "+"}}, {code}, {column}'
            roles.phone_rules.append(f'{{join: [{parts}], with: ""}}')
    for role in ("do_not_call", "consent_status", "consent_at"):
        if export.get(role) in profile.columns:
            roles.columns[role] = export[role]
    key = roles.columns.get("source_record_id")
    if key and not profile.is_key(key):
        del roles.columns["source_record_id"]
        roles.remarks["source_record_id"] = f"{spelt(key)} is empty or repeated in this file"
    return roles


def source_id_for(path: Path) -> str:
    """Return the source id that a file's name suggests, its date left out."""
    words = plain(_DAY_IN_NAME.sub("", path.stem)).split()
    while words and not re.match("[a-z]", words[0]):
        words.pop(0)
    name = re.sub(r"[^a-z0-9]+", "_", "_".join(words)) or "new_source"
    return name if len(name) <= 40 else name[:41].rpartition("_")[0]


def _lines(
    path: Path,
    source_id: str,
    spec: FormatSpec,
    profile: Profile,
    roles: Roles,
    export: dict[str, Any] | None,
) -> Iterator[str]:
    carries_stops = bool({"do_not_call", "consent_status"} & set(roles.columns))
    seen = f"{profile.rows:,} rows" + ("" if profile.is_whole else " and more")
    yield f"# Proposed from a file of {seen}. DECIDE: only you can know. CHECK: it was guessed."
    if export:
        yield f"# The columns are those of: {export['export']}. Note: {export['note']}."
    if profile.faulty_rows:
        yield f"# CHECK: {profile.faulty_rows:,} rows could not be read with this format."
    yield f"source_id: {source_id}"
    yield f"title: {source_id.replace('_', ' ').capitalize()}"
    yield "controller: undecided  # DECIDE: a controller_id of controllers.yml"
    yield "obtained: bought  # DECIDE: from_person, bought or public"
    yield "# DECIDE: without an approval the rows land, and none of them is ever called."
    yield "# approved: {by: who, on: 2026-01-31}"
    yield "delivery:"
    yield f"  folder: inbox/{source_id}"
    yield f"  pattern: {spelt(_pattern(path))}"
    if name := _dated_name(path):
        yield f"  published_at: {{file_name: {spelt(name)}}}"
    if carries_stops:
        yield "  expected_every: 1d  # DECIDE: silence for longer than this holds back all lists"
    yield f"format: {_format(spec)}"
    yield "columns:"
    yield from _columns(roles)
    yield "keep: []  # names of further columns to let through"
    yield "emits:"
    yield "  leads: {}"
    yield from _stops(roles)
    yield from _afterword(profile, spec, roles)


def _columns(roles: Roles) -> Iterator[str]:
    rules = {name: spelt(column) for name, column in roles.columns.items()}
    phones = roles.phone_rules or [spelt(column) for column in roles.phones]
    rules["phone"] = phones[0] if len(phones) == 1 else f"[{', '.join(phones)}]"
    rules.setdefault("source_record_id", "{row: true}")
    if roles.country:
        rules["country"] = f"{{constant: {roles.country}}}"
    for name in _ORDER:
        if name in rules:
            remark = f"  # {roles.remarks[name]}" if name in roles.remarks else ""
            yield f"  {name}: {rules[name]}{remark}"
    if "country" not in rules:
        told = roles.remarks.get("no_country", "numbers without + cannot be read without it")
        yield f"  # country: {{constant: GB}}  # DECIDE: {told}"


def _stops(roles: Roles) -> Iterator[str]:
    if column := roles.columns.get("do_not_call"):
        yield "  suppression:  # CHECK: every value that means 'do not call' must stand here"
        yield f"    when: {json.dumps(f'{_in_condition(column)} in {_YES}', ensure_ascii=False)}"
        yield "    map: {kind: {constant: objection}}"
    if column := roles.columns.get("consent_status"):
        yield "  consent_events:  # CHECK: the values; an unlisted one counts as a stop"
        yield f"    when: {json.dumps(f'{_in_condition(column)} is not empty', ensure_ascii=False)}"
        yield "    map:"
        values = "{OptIn: given, OptOut: withdrawn}"
        yield f"      event_type: {{column: {spelt(column)}, values: {values}}}"
        if at := roles.columns.get("consent_at"):
            yield f"      event_at: {spelt(at)}"
        yield "      # purpose: {constant: …}  # DECIDE: without a purpose no consent is a ground"


def _afterword(profile: Profile, spec: FormatSpec, roles: Roles) -> Iterator[str]:
    yield "# timezone: Europe/Berlin  # DECIDE: for local times that carry no zone"
    if spec.header or spec.type in (FormatType.PARQUET, FormatType.JSON_LINES):
        read = {*roles.columns.values(), *roles.phones}
        unread = [column for column in profile.columns if column not in read]
        if unread:
            yield "# Not read, so not landed: " + ", ".join(map(spelt, unread))


def _in_condition(column: str) -> str:
    """Write a column name so that a condition reads it back."""
    if not re.search(r"[=(),\"]|\b(?:in|is|and)\b", column, re.IGNORECASE):
        return column
    return f"'{column}'" if '"' in column else f'"{column}"'


def _format(spec: FormatSpec) -> str:
    parts = [f"type: {spec.type.value}"]
    if spec.type == FormatType.CSV:
        delimiter = r"\t" if spec.delimiter == "\t" else spec.delimiter
        parts.append(f'delimiter: "{delimiter}"')
        parts.append("quote: '" + spec.quote.replace("'", "''") + "'")
    if spec.type in (FormatType.CSV, FormatType.FIXED_WIDTH):
        parts.append(f"encoding: {spec.encoding}")
    if spec.sheet:
        parts.append(f"sheet: {spelt(spec.sheet)}")
    if spec.widths:
        parts.append(f"widths: [{', '.join(map(str, spec.widths))}]")
    if spec.skip_rows:
        parts.append(f"skip_rows: {spec.skip_rows}")
    if not spec.header:
        parts.append("header: false")
        parts.append(f"columns: [{', '.join(map(spelt, spec.columns))}]")
    return "{" + ", ".join(parts) + "}"


def _pattern(path: Path) -> str:
    """Return the pattern of later deliveries: same name apart from its date, else same ending."""
    dated = _DAY_IN_NAME.sub("*", path.name)
    return dated if dated != path.name else f"*{path.suffix}"


def _dated_name(path: Path) -> str | None:
    if not _DAY_IN_NAME.search(path.name):
        return None
    escaped = path.name.replace("%", "%%")
    return _DAY_IN_NAME.sub(lambda day: f"%Y{day[2]}%m{day[2]}%d", escaped, count=1)
