"""Write a proposal as the YAML of a register, with what is left to decide in its comments."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from ringfence.counted import counted
from ringfence.proposals.column_roles import Roles
from ringfence.proposals.header_words import match_header
from ringfence.proposals.kind_words import words
from ringfence.proposals.proposal import DAY_IN_NAME, Proposal
from ringfence.proposals.proposed_emission import ZONELESS, ProposedEmission
from ringfence.proposals.stop_columns import unread_answers
from ringfence.readers import FormatSpec, FormatType
from ringfence.readers.row import REGISTER_FORMATS
from ringfence.registers.source_checks import UNDECIDED
from ringfence.registers.sources import STOPS, Kind, canonical_columns
from ringfence.registers.yaml_marks import spelt

_WIDTH = 98
_ORDER = (
    "source_record_id", "phone", "country", "person_ref", "title", "first_name", "last_name",
    "company", "email", "postcode", "city", "region", "birth_date", "collected_at", "language",
)  # fmt: skip


def written(proposal: Proposal) -> str:
    """Return the text; it names columns and words of our own lists only."""
    return "\n".join(_lines(proposal)) + "\n"


def _lines(proposal: Proposal) -> Iterator[str]:
    profile = proposal.profile
    seen = counted(profile.rows, "row") + ("" if profile.is_whole else " and more")
    yield f"# Proposed from a file of {seen}. DECIDE: only you can know. CHECK: it was guessed."
    yield "# This source is not used until its DECIDE lines are filled in, `controller` above all."
    if proposal.export:
        yield f"# The columns are those of: {proposal.export['export']}."
        yield from _comment(f"Note: {proposal.export['note']}.")
    if profile.faulty_rows:
        yield f"# CHECK: {counted(profile.faulty_rows, 'row')} could not be read with this format."
    for remark in proposal.remarks:
        yield from _comment(remark)
    yield f"source_id: {proposal.source_id}"
    yield f"title: {proposal.source_id.replace('_', ' ').capitalize()}"
    yield f"controller: {UNDECIDED}  # DECIDE: a controller_id of controllers.yml"
    if proposal.register:
        yield "obtained: public"
    else:
        yield "obtained: bought  # DECIDE: from_person, bought or public"
    yield from _approval(proposal)
    yield from _delivery(proposal)
    yield from _with_remark(f"format: {_format(proposal.spec)}", _format_remark(proposal), "")
    if proposal.register:
        yield f"register: {proposal.register}  # CHECK: the register these numbers come from"
    yield "columns:"
    yield from _columns(proposal)
    if any(emission.kind == Kind.LEADS for emission in proposal.emits):
        yield "keep: []  # names of further columns to let through"
    if proposal.dispositions:
        yield from _dispositions(proposal)
    yield "emits:"
    for emission in proposal.emits:
        yield from _emission(emission)
    yield from _afterword(proposal)


def _comment(text: str, indent: str = "") -> Iterator[str]:
    yield from textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=f"{indent}# ",
        subsequent_indent=f"{indent}#   ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _approval(proposal: Proposal) -> Iterator[str]:
    kinds = {emission.kind for emission in proposal.emits}
    if Kind.LEADS in kinds:
        told = "without an approval the rows land, and none of them is ever called."
    elif kinds & {Kind.CONSENT_EVENTS, Kind.CUSTOMER_RELATIONS}:
        told = "without an approval no row is a ground; stops among them count all the same."
    else:
        told = "who answers for it; its stops count without an approval too."
    yield f"# DECIDE: {told}"
    yield "# approved: {by: who, on: 2026-01-31}"


def _delivery(proposal: Proposal) -> Iterator[str]:
    path = proposal.path
    yield "delivery:"
    yield f"  folder: inbox/{proposal.source_id}"
    yield f"  pattern: {spelt(_pattern(path))}"
    if name := _dated_name(path):
        yield f"  published_at: {{file_name: {spelt(name)}}}"
    elif proposal.register:
        yield "  # published_at: {sidecar: true}  # DECIDE: what tells a file's date; registers age"
    if any(emission.kind in STOPS for emission in proposal.emits):
        yield "  expected_every: 1d  # DECIDE: silence for longer than this holds back all lists"


def _columns(proposal: Proposal) -> Iterator[str]:
    roles = proposal.roles
    known = {name for emission in proposal.emits for name in canonical_columns(emission.kind)}
    rules = {name: spelt(column) for name, column in roles.columns.items()}
    phones = roles.phone_rules or [spelt(column) for column in roles.phones]
    rules["phone"] = phones[0] if len(phones) == 1 else f"[{', '.join(phones)}]"
    rules.setdefault("source_record_id", "{row: true}")
    if not any(emission.kind == Kind.LEADS for emission in proposal.emits):
        rules.pop("person_ref", None)
    if roles.country:
        rules["country"] = f"{{constant: {roles.country}}}"
    remarks = dict(roles.remarks)
    if len(roles.phones) == 1:
        remarks["phone"] = roles.phone_remarks.get(roles.phones[0], "")
    read = _read_columns(proposal)
    for name in _ORDER:
        if name in rules and name in known:
            if name == "phone" and len(roles.phones) > 1:
                yield from _phone_remarks(roles.phone_remarks)
            yield from _with_remark(f"  {name}: {rules[name]}", remarks.get(name, ""), "  ")
            if name == "phone":
                for column, ask in roles.asks.items():
                    yield from _comment(ask, "  ") if column not in read else ()
    if "country" not in rules:
        yield from _ask_country(roles)


def _ask_country(roles: Roles) -> Iterator[str]:
    """Yield what has to be decided about the country of numbers without +."""
    if several := roles.remarks.get("several_countries"):
        yield from _comment(f"country: Country  # DECIDE: {several}", "  ")
        return
    told = roles.remarks.get("no_country", "numbers without + cannot be read without it")
    yield f"  # country: {{constant: GB}}  # DECIDE: {told}"


def _phone_remarks(remarks: dict[str, str]) -> Iterator[str]:
    """Yield how each of several phone columns was found, a CHECK in front."""
    for column, remark in remarks.items():
        check = "CHECK: " if remark.startswith("CHECK: ") else ""
        yield from _comment(f"{check}{spelt(column)}: {remark.removeprefix(check)}", "  ")


def _with_remark(line: str, remark: str, indent: str) -> Iterator[str]:
    """Yield a line with its remark behind it, or above where both are too long."""
    if remark and len(line) + len(remark) + 4 > _WIDTH:
        yield from _comment(remark, indent)
    elif remark:
        line += f"  # {remark}"
    yield line


def _dispositions(proposal: Proposal) -> Iterator[str]:
    meanings = proposal.dispositions
    if meanings is None:
        return
    yield "# DECIDE: add the dialler's other codes: one that is not listed counts as a stop."
    if meanings.distinct_unknown:
        yield f"# CHECK: codes in this file that are not known here: {meanings.distinct_unknown}."
    yield "dispositions:"
    for code, meaning in meanings.known.items():
        yield f"  {spelt(code)}: {meaning}"


def _emission(emission: ProposedEmission) -> Iterator[str]:
    if not (emission.when or emission.rules):
        yield f"  {emission.kind}: {{}}"
        return
    yield f"  {emission.kind}:" + (f"  # {emission.told}" if emission.told else "")
    if emission.when:
        yield f"    when: {json.dumps(emission.when, ensure_ascii=False)}"
    if emission.rules:
        yield "    map:"
    for name, rule in emission.rules.items():
        yield from _with_remark(f"      {name}: {rule}", emission.remarks.get(name, ""), " " * 6)
    for line in emission.asks:
        yield from _comment(line, " " * 6)


def _afterword(proposal: Proposal) -> Iterator[str]:
    told = "for local times that carry no zone"
    remarks = [remark for emission in proposal.emits for remark in emission.remarks.values()]
    if any(ZONELESS in remark for remark in remarks):
        told = "the times above carry no zone, so nothing is proved without it"
    if order := proposal.profile.dates:
        count = proposal.date_proofs
        yield f"dates: {order}  # CHECK: dates that fit no other order: {count:,}; against it: none"
    yield f"# timezone: Europe/Berlin  # DECIDE: {told}"
    read = _read_columns(proposal)
    unread = [column for column in proposal.profile.columns if column not in read]
    personal = [column for column in unread if match_header(column, words("personal"))]
    others = [column for column in unread if column not in personal]
    for remark in unread_answers(proposal.profile, others):
        yield from _comment(remark)
    if not (proposal.has_names or proposal.export):
        return
    if personal:
        listed = ", ".join(map(spelt, personal))
        yield from _comment(
            f"Left out as personal and not needed (add to `keep` only with a reason): {listed}"
        )
    if others:
        yield from _comment("Not read, so not landed: " + ", ".join(map(spelt, others)))


def _read_columns(proposal: Proposal) -> set[str]:
    """Return the file's columns that the proposal reads."""
    known = {name for emission in proposal.emits for name in canonical_columns(emission.kind)}
    read = {column for emission in proposal.emits for column in emission.columns}
    read |= {column for name, column in proposal.roles.columns.items() if name in known}
    read |= {*proposal.roles.phones}
    joined = [rule for rule in proposal.roles.phone_rules if rule.startswith("{join")]
    read |= {
        column
        for column in proposal.profile.columns
        if any(re.search(rf"(?<!\w){re.escape(spelt(column))}(?!\w)", rule) for rule in joined)
    }
    return read


def _format_remark(proposal: Proposal) -> str:
    return "; ".join(filter(None, (_quote_remark(proposal), _encoding_remark(proposal))))


def _quote_remark(proposal: Proposal) -> str:
    """Say that a quote is read as a letter like any other, which a file seldom means."""
    spec = proposal.spec
    if spec.type != FormatType.CSV or spec.quote:
        return ""
    told = "CHECK: `quote: ''` reads every quote as part of its cell"
    if proposal.open_quote:
        return (
            f"{told}, for one opens in line {proposal.open_quote} and is not closed: if the file"
            " does quote, close it there and propose again"
        )
    return f"{told}: if the file does quote, name its quote"


def _encoding_remark(proposal: Proposal) -> str:
    profile, kind = proposal.profile, proposal.spec.type
    is_seen = profile.is_ascii and all(map(str.isascii, profile.columns))
    if not is_seen or kind not in (FormatType.CSV, FormatType.FIXED_WIDTH):
        return ""
    return "CHECK: only ASCII was seen; a file with accents may turn out to be cp1252"


def _format(spec: FormatSpec) -> str:
    parts = [f"type: {spec.type.value}"]
    if spec.type in REGISTER_FORMATS:
        return "{" + parts[0] + "}"
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
    name = re.sub("[\ud800-\udfff]", "?", path.name)  # bytes that are no text, which YAML is
    dated = DAY_IN_NAME.sub("*", name)
    return dated if dated != name else f"*{Path(name).suffix}"


def _dated_name(path: Path) -> str | None:
    if not DAY_IN_NAME.search(path.name):
        return None
    escaped = path.name.replace("%", "%%")
    return DAY_IN_NAME.sub(lambda day: f"%Y{day[2]}%m{day[2]}%d", escaped, count=1)
