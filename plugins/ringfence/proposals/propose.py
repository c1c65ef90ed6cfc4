"""Propose the register of a source for a file: what could be seen is filled in, the rest is asked.

The text holds column names and words of our own lists, never a cell, so it can go into version
control as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ringfence.clear_text import shown_name
from ringfence.errors import Misconfigured, Refusal, RejectedBatch
from ringfence.proposals.column_profile import Profile, profile_of
from ringfence.proposals.column_roles import Roles, add_unnamed_phones, find_roles
from ringfence.proposals.consent_columns import find_consent
from ringfence.proposals.date_order import date_order, mixed_notations
from ringfence.proposals.header_words import plain, role_of_header
from ringfence.proposals.kind_words import is_the_word
from ringfence.proposals.known_exports import export_of, names_of
from ringfence.proposals.open_quote import line_of_open_quote, refuse_open_quote
from ringfence.proposals.other_kinds import find_attempts, find_list, find_relations
from ringfence.proposals.proposal import DAY_IN_NAME, Proposal
from ringfence.proposals.proposed_emission import ProposedEmission, unreadable_remark
from ringfence.proposals.sniff_text import find_format
from ringfence.proposals.stop_columns import find_stops, flag_names
from ringfence.proposals.written import written
from ringfence.readers import FormatSpec, FormatType, RowFault, read_rows
from ringfence.registers.source_checks import NAME, NAME_IN_WORDS
from ringfence.registers.sources import Kind
from ringfence.registers.yaml_marks import spelt

_OF_PEOPLE = frozenset({"first_name", "last_name", "company", "postcode", "city"})
"""Columns that only a list of people to call has; a consent log and a stop list do without."""
_ONLY_IF_CALLED = (
    "Its rows are not proposed as leads. If these people are to be called, add `leads: {}` under"
    " `emits` and `source_record_id` under `columns`."
)


def propose(path: Path, source_id: str | None = None) -> str:
    """Return the YAML text of a register that is complete but for its DECIDE lines.

    DECIDE marks what only a human can know, CHECK what was guessed. Raises Misconfigured when
    there is no such file, Refusal for one whose layout or phone column cannot be found.
    """
    if source_id is not None and not re.fullmatch(NAME, source_id):
        raise Misconfigured(
            "This cannot be the id of a source.", where="--id", remedy=f"give {NAME_IN_WORDS}"
        )
    spec = find_format(path)
    profile = profile_of(read_rows(path, spec))
    has_names = spec.header or spec.type in (FormatType.PARQUET, FormatType.JSON_LINES)
    export = export_of(profile, has_header=has_names)
    if not has_names:
        names = names_of(export, len(profile.columns)) if export else profile.columns
        spec = replace(spec, columns=tuple(names))
        _rename(profile, names)
    flags = flag_names(profile) if has_names or export else []
    if export:
        roles = _roles_of(export, profile, flags)
        if has_names:
            add_unnamed_phones(profile, roles)
    else:
        roles = find_roles(profile, flags, has_header=has_names)
    proved = date_order(profile)
    profile.dates = proved[0] if proved else None
    for name in ("collected_at", "birth_date"):
        if column := roles.columns.get(name):
            is_event = name == "collected_at"
            roles.remarks[name] = unreadable_remark(profile, column, is_event=is_event)
    if not roles.phones:
        _refuse_hidden_fault(path, spec)
        raise Refusal(
            "No column was found that holds phone numbers.",
            where=shown_name(path.name),
            remedy="write the register by hand and name the column under `columns.phone`",
        )
    proposal = Proposal(
        path, source_id or source_id_for(path), spec, profile, roles, export, has_names
    )
    proposal.date_proofs = proved[1] if proved else 0
    proposal.remarks += mixed_notations(profile, roles.phones)
    if spec.type == FormatType.CSV and not spec.quote:
        proposal.open_quote = line_of_open_quote(path)
    if spec.sheet:
        proposal.remarks.append(
            "CHECK: the workbook has other sheets, and none of them is read. If one says whom not"
            " to call, give it a source of its own."
        )
    _find_kinds(proposal)
    return written(proposal)


def _refuse_hidden_fault(path: Path, spec: FormatSpec) -> None:
    """Raise the reader's refusal where a fault of the file is why no phone column was found."""
    if spec.type != FormatType.CSV:
        return
    for other, code in (
        (replace(spec, quote='"'), "quote_unclosed"),
        (replace(spec, header=True, columns=()), "column_doubled"),
    ):
        try:
            first = next(read_rows(path, replace(other, header=False)), None)
            is_named = first is not None and any(map(role_of_header, first.cells.values()))
            rows = read_rows(path, other)
            broken = next((row.number for row in rows if row.fault == RowFault.QUOTE_BROKEN), 0)
        except RejectedBatch as fault:
            if fault.code == "quote_unclosed" == code or (fault.code == code and is_named):
                raise
        else:
            if broken:
                raise Refusal(
                    "A quoted cell is opened and not closed, or not at its end.",
                    where=f"{shown_name(path.name)}, row {broken}",
                    remedy="correct the quotes in that row, or export the file again",
                )
    refuse_open_quote(path)


def _find_kinds(proposal: Proposal) -> None:
    """Fill in what the rows emit: a list of stops or a register by itself, else what each finds."""
    profile, roles = proposal.profile, proposal.roles
    has_people = bool(_OF_PEOPLE & set(roles.columns)) or any(
        is_the_word(column, "person_names") for column in profile.columns
    )
    bare = _find_people(proposal, {*roles.phones, *roles.flags}, has_people=has_people)
    if bare:
        return
    used = {*roles.phones, *roles.columns.values()}
    used |= {column for emission in proposal.emits for column in emission.columns}
    stops, remarks = find_stops(profile, roles.flags, used)
    proposal.emits += [stops] if stops else []
    proposal.remarks += remarks


def _find_people(proposal: Proposal, taken: set[str], *, has_people: bool) -> bool:
    """Find all but stops beside something else; tell whether the file is nothing but a list.

    Call results and contracts come first: they hold names too.
    """
    profile, roles = proposal.profile, proposal.roles
    if attempts := find_attempts(profile, taken):
        emission, proposal.dispositions = attempts
        proposal.emits = [emission]
        proposal.export = None
        proposal.remarks += ["CHECK: read as the results of calls.", _ONLY_IF_CALLED]
        return False
    relations = None if proposal.export else find_relations(profile, taken)
    if relations:
        proposal.emits = [relations]
        proposal.remarks.append(_ONLY_IF_CALLED)
    consent, remarks = find_consent(profile, taken, has_people=has_people)
    proposal.remarks += remarks
    if not (proposal.export or relations or consent):
        bare = find_list(profile, roles, proposal.path.stem, has_people=has_people)
        if bare:
            emission, proposal.register, told = bare
            proposal.emits = [emission]
            proposal.remarks += [told] + ([_ONLY_IF_CALLED] if has_people else [])
            return True
    if proposal.export or has_people or not (consent or relations):
        if not relations:
            proposal.emits.append(ProposedEmission(Kind.LEADS))
    elif consent:
        proposal.remarks.append(_ONLY_IF_CALLED)
    proposal.emits += [consent] if consent else []
    return False


def _rename(profile: Profile, names: Iterable[str]) -> None:
    new = dict(zip(profile.columns, names, strict=True))
    profile.columns = list(new.values())
    profile.sample = [{new[k]: v for k, v in row.items()} for row in profile.sample]
    profile.not_a_key = {new[k]: row for k, row in profile.not_a_key.items()}


def _roles_of(export: dict[str, Any], profile: Profile, flags: list[str]) -> Roles:
    roles = Roles(flags=flags)
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
    key = roles.columns.get("source_record_id")
    if key and not profile.is_key(key):
        del roles.columns["source_record_id"]
        roles.remarks["source_record_id"] = f"{spelt(key)} is empty or repeated in this file"
    return roles


def source_id_for(path: Path) -> str:
    """Return the source id that a file's name suggests, its date left out."""
    words = plain(DAY_IN_NAME.sub("", path.stem)).split()
    while words and not re.match("[a-z]", words[0]):
        words.pop(0)
    name = re.sub(r"[^a-z0-9]+", "_", "_".join(words)) or "new_source"
    return name if len(name) <= 40 else name[:41].rpartition("_")[0]
