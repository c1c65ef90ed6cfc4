"""Write the memo: first the day's verdicts, then all that happened, then what was searched."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from ringfence.explain import sentences
from ringfence.explain.model import Explanation, Verdict
from ringfence.explain.sentences import instant
from ringfence.explain.story import in_one_line, margin

WIDTH = 108


def memo(told: Explanation) -> str:
    """Return the memo; no line is wider than 108 characters unless a single word is."""
    return "\n".join((*_heading(told), *_verdicts(told), *_story(told), *_searched(told)))


def _heading(told: Explanation) -> Iterator[str]:
    yield from _hang("The number:  ", f"read as {sentences.reading(**told.reading)}")
    if told.reading["status"] == "no_country":
        yield from _hang(
            "             ",
            "This is the story of the cell as it was typed. For that of the number itself, ask"
            " again with its country: `--country GB`, or whichever it is dialled in.",
        )
    yield f"Its id:      {told.subject_id} (a keyed hash: it stands for the number everywhere)"
    if told.run is None:
        yield f"The day:     {told.call_date}; no decision was made for it"
    else:
        yield (
            f"The day:     {told.call_date}, decided on what was known at"
            f" {instant(told.run['known_as_of'])}"
        )
        yield f"The run:     {told.run['run_id']}"


def _verdicts(told: Explanation) -> Iterator[str]:
    if told.run is not None:
        yield f"\nMAY IT BE CALLED ON {told.call_date}?"
        yield from _not_a_candidate(told)
        for row in told.no_more:
            yield from _hang(
                "  ",
                f"{row['campaign_id']}: not a candidate of this run; last verdict"
                f" {row['verdict'].upper()}, of run {row['run_id']} at"
                f" {instant(row['known_as_of'])}, for calls on {row['call_date']}",
            )
        for entry in told.stops_since:
            yield from _hang("  SINCE THEN: ", in_one_line(entry))
        if told.is_person_stopped_since and not told.stops_since:
            yield "  SINCE THEN: a stop on another number of the same person has become known."
        if told.is_person_stopped_since or told.stops_since:
            yield "  The decision below did not know of this; the next one weighs it."
    for verdict in told.verdicts:
        yield from _verdict(told, verdict)
        lists = [row for row in told.lists if row["campaign_id"] == verdict.campaign_id]
        for row in lists:
            out = " taken out of it before it left" if row["removed_for"] else f" {row['status']}"
            yield from _hang(
                "  List:     ",
                f"edition {row['edition']}, call_ref {row['call_ref']}:{out}; valid until"
                f" {instant(row['valid_until'])}",
            )
        if not lists:
            yield "  List:     on none of this day"


def _not_a_candidate(told: Explanation) -> Iterator[str]:
    """Say that the last run knows nothing of a number, and what left all the same."""
    left = [row for row in told.lists if row["published_at"] and row["removed_for"] is None]
    if told.is_candidate or told.run is None:
        return
    if not left:
        yield "It was not a candidate of any campaign."
        return
    at = instant(told.run["known_as_of"])
    yield from _hang("", f"It is no candidate of any campaign by the run of {at}, but it left:")
    told_of = {one.campaign_id for one in told.verdicts}
    for row in left:
        known = (
            "below is what was frozen for it"
            if row["campaign_id"] in told_of
            else "NOTHING IS ON RECORD of the decision it left by"
        )
        yield from _hang(
            "  ",
            f"with the list of {row['campaign_id']} for {row['call_date']}, edition"
            f" {row['edition']}, {instant(row['published_at'])}: {known}",
        )


def _basis(verdict: Verdict) -> Iterator[str]:
    yield from _hang("  ", "Evidence: all that it rests on, in order of time (UTC)")
    for support in verdict.basis:
        first = f"    {'on record:' if support.on is None else instant(support.on):<22}"
        if support.is_missing:
            first = f"  ! {'MISSING:' if support.on is None else instant(support.on):<22}"
        yield from _hang(first, support.sentence)
    if any(one.is_missing for one in verdict.basis):
        yield "    Lines with ! name what is not on record: have it answered before you sign."


def _headline(told: Explanation, verdict: Verdict) -> Iterator[str]:
    title = f" ({verdict.title})" if verdict.title else ""
    yield f"\n{verdict.campaign_id}{title}: {verdict.verdict.upper()}"
    if verdict.of_edition is not None:
        yield from _hang(
            "  ",
            f"This is what was frozen for edition {verdict.of_edition}, which left with the number;"
            " a later run of the day does not stand by it.",
        )
    if verdict.decided_on != told.call_date:
        yield from _hang("  ", f"Decided for {verdict.decided_on}, and not changed since.")


def _verdict(told: Explanation, verdict: Verdict) -> Iterator[str]:
    yield from _headline(told, verdict)
    for row in verdict.overlaid:
        yield from _hang("  Policy:   ", f"decided under {row}")
    if verdict.ground:
        yield f"  Ground:   {sentences.ground(verdict.ground)}"
    if verdict.hours:
        yield from _hang("  Hours:    ", verdict.hours)
    for reason in verdict.reasons:
        yield from _hang("  Reason:   ", reason.sentence)
        if reason.detail:
            yield from _hang("  Which:    ", reason.detail)
        law = f"{reason.citation} " if reason.citation else ""
        yield from _hang("  Law:      ", f"{law}(rule {reason.reason_code})")
        if reason.evidence:
            yield from _hang("  Evidence: ", reason.evidence)
    if verdict.basis:
        yield from _basis(verdict)
        return
    for evidence in verdict.evidence:
        yield from _hang("  Evidence: ", evidence)


def _story(told: Explanation) -> Iterator[str]:
    if not told.story:
        return
    yield "\nWHAT HAPPENED, IN ORDER OF TIME (UTC)"
    if any(entry.at is None for entry in told.story):
        yield "What has no known time of its own stands where it became known here."
    for entry in told.story:
        yield from _hang(f"{margin(entry.at):<22}", entry.sentence)


def _searched(told: Explanation) -> Iterator[str]:
    yield "\nWHAT WAS SEARCHED"
    if told.story:
        counts = ", ".join(f"{name} {count}" for name, count in told.searched.items())
        yield from _hang("Found:        ", counts)
    else:
        yield "Nothing is held about this number in anything that can be searched."
        yield from _hang("Searched:     ", ", ".join(told.searched))
    for sentence in told.left_out:
        yield from _hang("Not searched: ", sentence)


def _hang(first: str, text: str) -> list[str]:
    """Wrap a text under its own beginning."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )
