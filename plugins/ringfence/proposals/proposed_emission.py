"""Hold one `emits` entry of a proposal, and the parts that several kinds share."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ringfence.landing.times import EITHER_ORDER, EventTime, read_event_time, read_time
from ringfence.proposals.column_profile import Profile, percent
from ringfence.proposals.kind_words import Meanings, columns_of_kind
from ringfence.registers.sources import Kind
from ringfence.registers.yaml_marks import spelt

MOSTLY = 0.8
_FEW = 0.1
ZONELESS = "CHECK: these times carry no zone: set `timezone`, or they prove nothing"


@dataclass(slots=True)
class ProposedEmission:
    """Hold canonical column → YAML text, a remark for some, and what is left to ask below them."""

    kind: Kind
    told: str = ""
    when: str | None = None
    rules: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    asks: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    """The file's columns that it reads."""

    def read(self, canonical: str, column: str, rule: str | None = None, remark: str = "") -> None:
        """Fill a canonical column from one of the file's."""
        self.rules[canonical] = rule or spelt(column)
        self.columns.append(column)
        if remark:
            self.remarks[canonical] = remark


def take(emission: ProposedEmission, profile: Profile, *names: str, taken: set[str]) -> None:
    """Map the nearest free column under each name; times get a remark on how they read."""
    named = columns_of_kind(emission.kind, profile.columns)
    for name in names:
        column = next((c for _, c in named.get(name, ()) if c not in taken), None)
        if column is None:
            continue
        is_time = name.endswith("_at")
        if is_time and time_share(profile, column) < MOSTLY and profile.cells(column):
            continue
        emission.read(name, column, remark=time_remark(profile, column) if is_time else "")
        taken.add(column)


_TIME = re.compile(
    r"(19|20)\d\d[-/.]?[01]?\d[-/.]?[0-3]?\d|[0-3]?\d[-/.][0-3]?\d[-/.](19|20)?\d\d|1\d{9}(\d{3})?$"
)


def time_share(profile: Profile, column: str) -> float:
    """Return the share of cells that look like a date or a time, unambiguous or not."""
    cells = profile.cells(column)
    return sum(bool(_TIME.match(cell)) for cell in cells) / len(cells) if cells else 0.0


def time_remark(profile: Profile, column: str) -> str:
    """Say what landing will not believe of these times."""
    if told := unreadable_remark(profile, column):
        return told
    cells = profile.cells(column)
    statuses = {_event(cell, profile.dates).status for cell in cells}
    return ZONELESS if "zoneless" in statuses else ""


def _event(cell: str, dates: str | None) -> EventTime:
    return read_event_time(cell, None, is_stop=False, dates=dates)


def _day(cell: str, dates: str | None) -> EventTime:
    return read_time(cell, None, is_stop=False, dates=dates)


def unreadable_remark(profile: Profile, column: str, *, is_event: bool = True) -> str:
    """Say how many times of a column cannot be read, and what helps; a birth is no event."""
    cells = profile.cells(column)
    read = _event if is_event else _day
    unread = [cell for cell in cells if read(cell, profile.dates).status == "unreadable"]
    if len(unread) <= _FEW * len(cells):
        return ""
    told = f"CHECK: {percent(len(unread) / len(cells))} cannot be read as one"
    if profile.dates or not any(map(EITHER_ORDER.match, unread)):
        return f"{told} instant: ask for 2026-04-03"
    return (
        f"{told} instant (03/04/2026 is two days): ask for 2026-04-03, or say"
        " `dates: day_first` or `dates: month_first`"
    )


def translated(column: str, meanings: Meanings) -> str:
    """Write a column with the meaning of each of its words."""
    pairs = ", ".join(f"{spelt(word)}: {told}" for word, told in meanings.known.items())
    return f"{{column: {spelt(column)}, values: {{{pairs}}}}}"


def unknown_remark(meanings: Meanings) -> str:
    """Say how many words were seen that a closed list takes for stops."""
    if not meanings.distinct_unknown:
        return "a word that is not listed counts as a stop"
    return (
        f"CHECK: words in it that are not known here: {meanings.distinct_unknown}; each counts as"
        " a stop until it is listed"
    )


def is_not_empty(column: str) -> str:
    """Write the condition that a column is filled."""
    return f"{in_condition(column)} is not empty"


def in_condition(column: str) -> str:
    """Write a column name so that a condition reads it back."""
    if not re.search(r"[=(),\"]|\b(?:in|is|and|or|not|contains)\b", column, re.IGNORECASE):
        return column
    return f"'{column}'" if '"' in column else f'"{column}"'
