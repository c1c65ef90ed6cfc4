"""Find a consent in the columns of a file, and say what evidence it still needs.

A consent that is read wrongly calls somebody who never agreed, so a doubt is never a `given`: a
word that is not known counts as a stop, a date alone is no answer, and consent to e-mail is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.proposals.column_profile import ALL_CELLS, Profile
from ringfence.proposals.consent_ways import take_ways
from ringfence.proposals.header_words import IN_PART, plain
from ringfence.proposals.kind_words import (
    Meanings,
    columns_of_kind,
    is_named,
    is_the_word,
    is_whole,
    meanings_of,
    words,
)
from ringfence.proposals.proposed_emission import (
    MOSTLY,
    ProposedEmission,
    is_not_empty,
    take,
    time_remark,
    time_share,
    translated,
    unknown_remark,
)
from ringfence.registers.sources import Kind
from ringfence.registers.yaml_marks import spelt

_COMPANIONS = ("purpose", "notice_version", "collection_context", "evidence_ref", "evidence_status")
_LONG_TEXT = 40
"""Characters; what is longer is the text people read, not the name of its version."""
# What an empty column of today may hold tomorrow, in the words of CRMs.
_EXPECTED = ("opt in", "optin", "opt out", "optout", "yes", "no")

Named = dict[str, list[tuple[int, str]]]


@dataclass(frozen=True, slots=True)
class _Answer:
    column: str
    meanings: Meanings
    rank: tuple[bool, int]
    """The lower, the likelier: it speaks of calls; its header is the word itself."""


def find_consent(
    profile: Profile, taken: set[str], *, has_people: bool
) -> tuple[ProposedEmission | None, list[str]]:
    """Return the consent events a file holds, and remarks on columns left in doubt.

    `taken` are the columns that mean something else already (phones, a do-not-call flag). In a file
    without people an answer and its time are enough.
    """
    named: Named = {
        role: [item for item in items if item[1] not in taken]
        for role, items in columns_of_kind(Kind.CONSENT_EVENTS, profile.columns).items()
    }
    times = _times(profile, named, taken, has_people=has_people)
    is_log = any(is_whole(d) for role in _COMPANIONS for d, _ in named.get(role, ())) or bool(
        times and not has_people
    )
    vague = _vague_answers(profile, taken) if is_log else ()
    answers = sorted(
        [*_clear_answers(profile, named), *vague],
        key=lambda answer: answer.rank,
    )
    remarks = [*_doubts(profile, named, {answer.column for answer in answers})]
    if not answers:
        return None, remarks
    best = answers[0]
    remarks += [
        f"CHECK: {spelt(other.column)} may be an answer too; only {spelt(best.column)} is read"
        for other in answers[1:]
    ]
    return _emission(profile, named, best, taken, times), remarks


def _times(profile: Profile, named: Named, taken: set[str], *, has_people: bool) -> list[str]:
    """Return the columns that may tell when; beside people `date` can be about anything."""
    clear = [column for _, column in named.get("event_at", ())]
    vague = [] if has_people else [c for c in profile.columns if is_the_word(c, "vague_times")]
    return [c for c in dict.fromkeys((*clear, *vague)) if c not in taken and _is_time(profile, c)]


def _clear_answers(profile: Profile, named: Named) -> Iterator[_Answer]:
    """Yield columns whose header speaks of consent, unless their cells speak against it."""
    for distance, column in named.get("event_type", ()):
        if is_named(column, "other_channels") or _is_time(profile, column):
            continue
        meanings = _meanings(profile, column)
        if is_whole(distance) or meanings.share >= MOSTLY:
            yield _Answer(column, meanings, (not is_named(column, "calls"), distance))


def _vague_answers(profile: Profile, taken: set[str]) -> Iterator[_Answer]:
    """Yield columns such as `status` or `answer` whose cells can only be answers."""
    for column in profile.columns:
        if column in taken or not profile.cells(column):
            continue
        if is_the_word(column, "plain_answers"):
            meanings = _meanings(profile, column)
        elif is_the_word(column, "vague_answers"):
            meanings = meanings_of(profile.cells(column, ALL_CELLS), words("answers"))
        else:
            continue
        if meanings.share >= MOSTLY:
            yield _Answer(column, meanings, (True, IN_PART))


def _is_time(profile: Profile, column: str) -> bool:
    return bool(profile.cells(column)) and time_share(profile, column) >= MOSTLY


def _meanings(profile: Profile, column: str) -> Meanings:
    affirmations = words("affirmations")
    told = {"given": affirmations["yes"], "refused": affirmations["no"]}
    cells = profile.cells(column, ALL_CELLS) or _EXPECTED
    return meanings_of(cells, words("answers"), words("loose_answers"), told)


def _doubts(profile: Profile, named: Named, read: set[str]) -> Iterator[str]:
    for distance, column in named.get("event_type", ()):
        if column in read or is_the_word(column, "personal"):
            continue
        if is_named(column, "other_channels"):
            yield f"{spelt(column)} is about another way of contact: it opens no call."
        elif _is_time(profile, column):
            yield _date_without_answer(column)
        elif profile.cells(column) and distance:
            yield (
                f"DECIDE: {spelt(column)} may be a consent, but most of its words are not known"
                " here. If it is one, add `consent_events` with their meanings."
            )
    if not read:
        for distance, column in named.get("event_at", ()):
            if is_whole(distance) and re.search("opt|consent|permission", plain(column)):
                yield _date_without_answer(column)


def _date_without_answer(column: str) -> str:
    return (
        f"DECIDE: {spelt(column)} tells when, and no column what the person answered: no consent is"
        " read from it. If a date there always means yes, add `consent_events`."
    )


def _emission(
    profile: Profile, named: Named, answer: _Answer, taken: set[str], times: list[str]
) -> ProposedEmission:
    emission = ProposedEmission(
        Kind.CONSENT_EVENTS,
        told=f"CHECK: {spelt(answer.column)} is read as what the person answered",
    )
    if len(profile.cells(answer.column, ALL_CELLS)) < len(profile.sample):
        emission.when = is_not_empty(answer.column)
    rule = translated(answer.column, answer.meanings)
    emission.read("event_type", answer.column, rule, unknown_remark(answer.meanings))
    used = {*taken, answer.column}
    _take_time(emission, profile, times, used)
    _take_notice(emission, profile, named, used)
    _take_evidence_status(emission, profile, named, used)
    take_ways(emission, profile, {role: [c for _, c in named[role]] for role in named}, used)
    take(
        emission, profile, "purpose", "collection_method", "collector", "evidence_ref",
        "expires_at", "recording_notice_given", "verified_channel",
        taken=used,
    )  # fmt: skip
    _remark(emission)
    emission.asks += _asks(emission, answer.meanings)
    return emission


def _take_time(
    emission: ProposedEmission, profile: Profile, times: list[str], used: set[str]
) -> None:
    take(emission, profile, "event_at", taken=used)
    if "event_at" in emission.rules or not times:
        return
    told = time_remark(profile, times[0])
    remark = "CHECK: is it the time of the answer?"
    emission.read("event_at", times[0], remark=f"{remark} {told}".strip())
    used.add(times[0])


def _take_notice(
    emission: ProposedEmission, profile: Profile, named: Named, used: set[str]
) -> None:
    for _, column in named.get("notice_version", ()):
        cells = profile.cells(column)
        if column not in used and cells and max(map(len, cells)) <= _LONG_TEXT:
            emission.read("notice_version", column)
            used.add(column)
            return


def _take_evidence_status(
    emission: ProposedEmission, profile: Profile, named: Named, used: set[str]
) -> None:
    """Map the words that say a proof was looked at; a `no` there is no proof, so it stays out."""
    for _, column in named.get("evidence_status", ()):
        cells = profile.cells(column, ALL_CELLS)
        told = {"verified": words("affirmations")["yes"]}
        meanings = meanings_of(cells, words("evidence"), told)
        is_of_calls = not is_named(column, "other_channels")
        if column not in used and meanings.known and is_of_calls:
            remark = "CHECK: only `verified` is proof from a bought file; other words are none"
            emission.read("evidence_status", column, translated(column, meanings), remark)
            used.add(column)
            return


def _remark(emission: ProposedEmission) -> None:
    remarks = {
        "purpose": "CHECK: its words must be `purposes` of the controller, else translate them",
        "notice_version": "CHECK: its words must be `notices` of the controller",
    }
    for name, remark in remarks.items():
        if name in emission.rules:
            emission.remarks.setdefault(name, remark)


def _asks(emission: ProposedEmission, meanings: Meanings) -> Iterator[str]:
    """Yield a commented line for each piece of evidence that the file does not give."""
    missing = {
        "event_at": "event_at: …  # DECIDE: the column of the answer's time; without it no ground,"
        " and the door turns 20 grants or more away (grants_carry_a_time)",
        "purpose": "purpose: {constant: …}  # DECIDE: a purpose of the controller; without it no"
        " ground",
        "notice_version": "notice_version: {constant: …}  # DECIDE: the version people read, a"
        " notice of the controller; without it no ground, and the door turns 20 grants or more"
        " away (grants_carry_a_notice)",
        "evidence_status": "evidence_status: {constant: verified}  # DECIDE: only if somebody"
        " looked at the proof of these records; without it no ground",
        "collection_context": "collection_context: {constant: web}  # DECIDE: web, inbound,"
        " in_person or outbound_marketing; without it no earlier refusal is lifted",
    }
    yield from (line for name, line in missing.items() if name not in emission.rules)
    if "refused" in meanings.known.values():
        yield (
            "CHECK: `refused` stops calls to that person. If the word only means 'was never"
            " asked', leave its rows out by `when`."
        )
