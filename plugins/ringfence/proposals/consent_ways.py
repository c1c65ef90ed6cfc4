"""Tell where a consent was collected from the ways by which it lets a person be contacted.

A column called `channel` holds the one or the other, and only its cells tell which. Read the wrong
way round, no consent covers a call, or one that was asked for in a marketing call does.
"""

from __future__ import annotations

from ringfence.proposals.column_profile import ALL_CELLS, Profile
from ringfence.proposals.kind_words import Meanings, meanings_of, words
from ringfence.proposals.proposed_emission import ProposedEmission, translated
from ringfence.registers.yaml_marks import spelt

_ELSE = "other"
"""What a word that is not listed means: a way of contact that is no call."""


def take_ways(
    emission: ProposedEmission, profile: Profile, columns: dict[str, list[str]], used: set[str]
) -> None:
    """Map where and for which ways of contact a consent was given, by headers and cells."""
    for column in columns.get("collection_context", ()):
        if "collection_context" not in emission.rules and column not in used:
            _read_context(emission, profile, column, used)
    for column in columns.get("channel", ()):
        if column in used:
            continue
        cells = profile.cells(column, ALL_CELLS)
        channels = meanings_of(cells, words("channels"))
        if meanings_of(cells, words("contexts")).known:
            if "collection_context" not in emission.rules:
                _read_context(emission, profile, column, used)
        elif channels.known or not cells:
            _read_channel(emission, column, channels, used)
        else:
            emission.asks.append(
                f"channel: {spelt(column)}  # DECIDE: only if it says how people may be contacted;"
                " its words are not known here"
            )


def _read_context(
    emission: ProposedEmission, profile: Profile, column: str, used: set[str]
) -> None:
    cells = profile.cells(column, ALL_CELLS)
    places = meanings_of(cells, words("contexts"))
    # A word for the phone does not say who called: the reading that is no ground is taken.
    phone = {"outbound_marketing": words("channels")["voice"]}
    meanings = meanings_of(cells, words("contexts"), phone) if places.known else places
    remark = "CHECK: web, inbound, in_person or outbound_marketing"
    if meanings.distinct_unknown:
        remark += f"; words in it that are not known here: {meanings.distinct_unknown}"
    if len(meanings.known) > len(places.known):
        remark += "; what only says `by phone` is no ground: write `inbound` if the person called"
    emission.read("collection_context", column, _rule(column, meanings), remark)
    used.add(column)


def _read_channel(
    emission: ProposedEmission, column: str, channels: Meanings, used: set[str]
) -> None:
    if "channel" in emission.rules:
        return
    rule = _rule(column, channels)
    remark = "CHECK: only voice, call, phone or telephone (or no word) opens a call"
    if rule != spelt(column):
        rule = f"{rule.removesuffix('}')}, default: {_ELSE}}}"
        remark = "CHECK: only `voice` opens a call; a word that is not listed is another way"
    emission.read("channel", column, rule, remark)
    used.add(column)


def _rule(column: str, meanings: Meanings) -> str:
    """Translate a column unless its words are the canonical ones, or none is known."""
    if all(word.casefold() == told for word, told in meanings.known.items()):
        return spelt(column)
    return translated(column, meanings)
