"""Find the columns of a file that say whom not to call, and write the condition that reads them.

A cell that is not understood stops: under a do-not-call header all but a plain no, under a may-call
header all but a plain yes. A column of any other name (`status`) stops by the words that can mean
nothing else; what its further words mean is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ringfence.counted import counted
from ringfence.proposals.column_profile import ALL_CELLS, Profile
from ringfence.proposals.header_words import match_header
from ringfence.proposals.kind_words import (
    columns_of_kind,
    is_named,
    is_the_word,
    is_whole,
    meanings_of,
    spellings,
    words,
)
from ringfence.proposals.proposed_emission import (
    MOSTLY,
    ProposedEmission,
    in_condition,
    time_remark,
    time_share,
    translated,
)
from ringfence.proposals.stop_words import IN_AND_CONTAINS, doubts_in, phrases_in
from ringfence.registers.conditions import parse_condition
from ringfence.registers.sources import Kind
from ringfence.registers.yaml_marks import spelt

_HALF = 0.5


@dataclass(frozen=True, slots=True)
class StopColumn:
    """Hold a column, the condition under which it stops, what to check, and the kind of stop."""

    column: str
    condition: str
    check: str
    kind: str = "{constant: objection}"

    def stopped(self, profile: Profile) -> int:
        """Return how many rows of the sample it stops."""
        holds = parse_condition(self.condition).holds
        return sum(holds(row) for row in profile.sample)

    def spares(self, profile: Profile) -> bool:
        """Tell whether a filled cell of it stops nobody."""
        return self.stopped(profile) < len(profile.cells(self.column, ALL_CELLS))


def flag_names(profile: Profile) -> list[str]:
    """Return the columns whose header says that they tell whom not to call, or whom to."""
    relations = columns_of_kind(Kind.CUSTOMER_RELATIONS, profile.columns)
    offered = {
        column
        for distance, column in relations.get("objection_offered_at_collection", ())
        if is_whole(distance)
    }
    return [
        column
        for column in profile.columns
        if _told_by_header(profile, column)
        and column not in offered
        and not _is_elsewhere(column)
        and not _is_answer(profile, column)
        and profile.looks_like_numbers(column) < _HALF
    ]


def _told_by_header(profile: Profile, column: str) -> str | None:
    """Return `do_not_call` or `may_call` if a header says it.

    A short word in a longer header (`Sperre (J/N)`) and a bare `Call?` need yes and no.
    """
    if match := match_header(column, words("stop_headers")):
        return match[0]
    if meanings_of(profile.words(column), words("affirmations")).share < MOSTLY:
        return None
    if is_the_word(column, "yes_no_calls"):
        return "may_call"
    return "do_not_call" if is_named(column, "stop_headers") else None


def _is_elsewhere(column: str) -> bool:
    """Tell whether a header is about other ways of contact only."""
    return is_named(column, "other_channels") and not is_named(column, "calls")


def _is_answer(profile: Profile, column: str) -> bool:
    """Tell whether a column of both, `Opt-in/Opt-out`, holds answers: then it is a consent."""
    meanings = meanings_of(profile.words(column), words("answers"))
    return (
        match_header(column, words("headers", Kind.CONSENT_EVENTS.value)) is not None
        and meanings.share >= MOSTLY
        and "given" in meanings.known.values()
    )


def flag_of(profile: Profile, column: str) -> StopColumn:
    """Return how a column that `flag_names` found is read."""
    is_inverted = _told_by_header(profile, column) == "may_call"
    yes, no = spellings("affirmations", "yes"), spellings("affirmations", "no")
    spared = yes if is_inverted else (*no, *spellings("affirmations", "nothing"))
    condition = f"{in_condition(column)} not in ({', '.join(spared)})"
    further = {word.casefold() for word in profile.words(column)} - {*yes, *no, *spared}
    check = "what is filled and not a no is read as 'do not call'"
    if is_inverted:
        check = "what is filled and not a yes is read as 'do not call'; a yes is no consent"
    if further and time_share(profile, column) < MOSTLY:
        check += f"; words in it that are neither yes nor no: {len(further)}, each a stop"
    return StopColumn(column, condition, check, f"{{constant: {_kind_named(column)}}}")


def _kind_named(column: str) -> str:
    """Return the kind of stop that a header speaks of: `deceased`, `complaint` and so on."""
    match = match_header(column, words("suppressions"))
    return match[0] if match else "objection"


def _worded(profile: Profile, column: str) -> StopColumn | None:
    """Return how a column of another name stops, if cells of it say so, alone or in a sentence."""
    cells = profile.words(column)
    meanings = meanings_of(cells, words("suppressions"))
    others = [cell for cell in cells if cell not in meanings.known]
    phrases = phrases_in(others)
    name = in_condition(column)
    conditions = []
    if meanings.known:
        conditions.append(f"{name} in ({', '.join(map(_value, meanings.known))})")
    if phrases:
        conditions.append(f"{name} contains ({', '.join(phrases)})")
    if not conditions:
        return None
    check = f"the words listed are read as 'do not call' ({IN_AND_CONTAINS})"
    if meanings.distinct_unknown:
        check += (
            f"; of its other cells ({meanings.distinct_unknown} different ones) only those with a"
            " phrase listed: add what else means it"
        )
    condition = " or ".join(conditions)
    holds = parse_condition(condition).holds
    doubts = doubts_in(cell for cell in others if not holds({column: cell}))
    if doubts.count_cells:
        check += (
            "; others with words that may mean a refusal or a stop:"
            f" {doubts.count_cells} ({doubts.told})"
        )
    kind = "{constant: objection}" if phrases else translated(column, meanings)
    return StopColumn(column, condition, check, kind)


def _doubted(profile: Profile, column: str) -> Iterator[str]:
    """Yield a remark on a column that is not read and may say whom not to call."""
    doubts = doubts_in(profile.words(column))
    if doubts.count_cells:
        yield (
            f"CHECK: {spelt(column)} is not read; different cells of it with words that may mean a"
            f" refusal or a stop: {doubts.count_cells} ({doubts.told}). If they do, name them in"
            f" the `when` of `suppression` ({IN_AND_CONTAINS})."
        )


def unread_answers(profile: Profile, columns: Iterable[str]) -> Iterator[str]:
    """Yield a remark on each of the unread columns that says yes and no, and nothing else.

    Its header is none of our words: whether a no there is a stop, only the user knows.
    """
    for column in columns:
        meanings = meanings_of(profile.words(column), words("affirmations"))
        is_answer = bool({"yes", "no"} & set(meanings.known.values()))
        if is_answer and not meanings.count_unknown and not _is_elsewhere(column):
            yield (
                f"CHECK: {spelt(column)} is not read; its cells are all yes and no, and it may say"
                " who must not be called. If it does, name it in the `when` of `suppression`."
            )


def _value(word: str) -> str:
    return f"'{word}'" if re.search(r"[=(),\"]", word) else word


def find_stops(
    profile: Profile, flags: Iterable[str], used: set[str]
) -> tuple[ProposedEmission | None, list[str]]:
    """Return the stops in a file that holds something else too, and what is left in doubt.

    `used` are the columns that mean something else already.
    """
    found = [flag_of(profile, column) for column in flags]
    remarks: list[str] = []
    for column in profile.columns:
        if {column} & {*flags, *used} or _is_elsewhere(column):
            continue
        if stop := _worded(profile, column):
            found.append(stop)
        else:
            remarks += _doubted(profile, column)
    if not found:
        return None, remarks
    emission = ProposedEmission(Kind.SUPPRESSION)
    ask_flags(emission, profile, found)
    emission.rules["kind"] = found[0].kind if len(found) == 1 else "{constant: objection}"
    return emission, remarks


def ask_flags(emission: ProposedEmission, profile: Profile, flags: list[StopColumn]) -> None:
    """Stop where one of the columns says so; a single one that holds dates says since when."""
    if not flags:
        return
    emission.when = " or ".join(flag.condition for flag in flags)
    emission.columns += [flag.column for flag in flags]
    rows = counted(len(profile.sample), "row")
    emission.asks += [
        f"CHECK: {spelt(flag.column)} stops {flag.stopped(profile):,} of {rows} looked at:"
        f" {flag.check}"
        for flag in flags
    ]
    column = flags[0].column
    if len(flags) == 1 and time_share(profile, column) >= MOSTLY:
        emission.read("event_at", column, remark=time_remark(profile, column))
