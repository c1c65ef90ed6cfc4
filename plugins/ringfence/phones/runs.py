"""Find the numbers in one run of dialable characters: one, several, or one and its short forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from ringfence.phones.libraries import Reading, read_number
from ringfence.phones.points import NumberStatus

_FULL = 7  # digits from which on a text may be a number of its own
SHORT = 4  # digits up to which a text says nothing without the number before it
_BLOCK = 20  # lines in a block written as `300-319`; more than that is chance
_SEVERAL = 48  # digits up to which numbers without a separator are told apart
_MOST_WAYS = 64
_TOO_MANY = 400  # digits; a run of more is a damaged file, not a list of numbers
_TAIL = re.compile(r"(?P<head>.*\d)[\s)]*(?P<sign>[-(])\s*(?P<tail>\d{1,6})\)?", re.DOTALL)
_GAP = re.compile(r"(?<=[\d)])[^\d]+(?=\d)")


class Found(NamedTuple):
    """A reading and the place of its text within the run."""

    reading: Reading
    start: int
    end: int


def count_digits(text: str) -> int:
    """Count the ASCII digits of a clean text."""
    return sum(map(str.isdigit, text))


def read_run(run: str, region: str | None) -> list[Found]:
    """Return one or more readings; together they cover every digit group of the run."""
    if count_digits(run) > _TOO_MANY:
        return [Found(Reading(NumberStatus.invalid), 0, len(run))]
    found: list[Found] = []
    base: Found | None = None
    for start, end in _split_at_slashes(run, region):
        text = run[start:end]
        if base and count_digits(text) < _FULL and text.lstrip()[:1] not in "+0(":
            stem = run[base.start : base.end]
            joined = read_number(f"{stem}/{text}", region)
            tail = continue_number(base.reading, stem, text, region, joined=joined, tight=True)
            found += [Found(tail, start, end)] if tail else []
            continue
        found += [Found(item, start + a, start + b) for item, a, b in _read_one(text, region)]
        whole = [item for item in found if is_whole(item.reading, run[item.start : item.end])]
        base = whole[-1] if whole else None
    return found


def is_whole(reading: Reading, text: str) -> bool:
    """Tell whether `text` itself holds the whole number: only then others can lean on it."""
    return reading.settled and count_digits(text) >= reading.length


def _split_at_slashes(run: str, region: str | None) -> list[tuple[int, int]]:
    """Tell `030/23125000` (one number) from `01632 960300/ 960301` (a number and more)."""
    spans: list[tuple[int, int]] = []
    start = end = 0
    for piece in re.finditer(r"[^/]+", run):
        current, following = run[start:end], piece.group()
        if end and _ends_number(current, following, region, after_number=bool(spans)):
            spans.append((start, end))
            start = piece.start()
        end = piece.end()
    return [*spans, (start, end)]


def _ends_number(current: str, following: str, region: str | None, *, after_number: bool) -> bool:
    joined = read_number(f"{current}/{following}", region)
    if _national_digits(current) < _FULL:
        return after_number and not joined.settled
    if read_number(current, region).settled:
        return True
    return _national_digits(following) >= _FULL and not joined.settled


def _national_digits(text: str) -> int:
    """Count without a calling code, so that `0049 4922/…` is not taken for a whole number."""
    plain = text.strip(" ([")
    prefix = 3 if plain.startswith("+") else 5 if plain.startswith("00") else 0
    return count_digits(plain) - prefix


def _read_one(text: str, region: str | None) -> list[Found]:
    whole = Found(read_number(text, region), 0, len(text))
    unread = whole.reading.status is NumberStatus.no_country or count_digits(text) > _SEVERAL
    if whole.reading.settled or unread:
        return [whole]
    return _read_range(text, region) or _read_side_by_side(text, region) or [whole]


def _read_range(text: str, region: str | None) -> list[Found]:
    """Read `01632 960300-301`, when the part before the sign is a number and the whole is not."""
    match = _TAIL.fullmatch(text)
    if not match:
        return []
    head = [Found(read_number(match["head"], region), 0, match.end("head"))]
    if not head[0].reading.settled:
        head = _read_range(match["head"], region)
    if not head:
        return []
    tight = match["sign"] != "("
    last = continue_number(head[0].reading, text[: head[0].end], match["tail"], region, tight=tight)
    return [*head, *([Found(last, match.end("head"), len(text))] if last else [])]


def _read_side_by_side(text: str, region: str | None) -> list[Found]:
    """Read numbers with only a blank or a dash between them."""
    if count_digits(text) < 2 * _FULL:
        return []
    ways = list(islice(_ways(text, 0, region), _MOST_WAYS))
    if len(ways) > 1:
        every = {found.reading.e164: None for way in ways for found in way}
        readings = tuple(e164 for e164 in every if e164)
        return [Found(Reading(NumberStatus.ambiguous, readings=readings), 0, len(text))]
    return ways[0] if ways else []


def _ways(text: str, start: int, region: str | None) -> Iterator[list[Found]]:
    for gap in _GAP.finditer(text, start):
        left = text[start : gap.start()]
        if count_digits(left) < _FULL or not _looks_alike(left, text[gap.end() :], gap.group()):
            continue
        first = read_number(left, region)
        if not first.settled:
            continue
        head = Found(first, start, gap.start())
        right = read_number(text[gap.start() :].lstrip(" -."), region)
        if right.settled:
            yield [head, Found(right, gap.start(), len(text))]
        for rest in _ways(text, gap.end(), region):
            yield [head, *rest]


def _looks_alike(left: str, right: str, gap: str) -> bool:
    """Demand a fresh start (+, 0, bracket) or equal lengths: plans with free lengths accept all."""
    return "+" in gap or "(" in gap or right[0] == "0" or count_digits(left) == count_digits(right)


def continue_number(
    base: Reading,
    base_text: str,
    text: str,
    region: str | None,
    *,
    joined: Reading | None = None,
    tight: bool = False,
) -> Reading | None:
    """Complete the short form `text` of a number that follows `base`; None if it makes no sense.

    Certain only when nothing else is meant and the text shows it: a part joined by a sign that
    counts up a little (`960300-301`), or one that starts where the base has a gap (`01632 960300/
    960301`). Otherwise it may be an extension: ambiguous, never called, stopped in every reading.
    """
    digits = re.sub(r"\D", "", text)
    size = len(digits)
    completed = None
    if base.e164 and size <= base.length - 2:
        completed = read_number(base.e164[:-size] + digits, None)
    alone = read_number(text.strip(" -./"), region) if size > SHORT else None
    area = base.e164[-base.length : -size] if completed and base.e164 else ""
    # `01632 960300, 1632 96030` repeats the area code: a digit is missing, nothing to complete.
    grouped = size in _gaps_from_end(base_text) and not (area and digits.startswith(area))
    if alone and alone.settled and not grouped:
        return alone
    settled = [r for r in (joined, alone, completed) if r and r.settled]
    if not settled:
        return alone
    counts_up = tight and _counts_up(base, digits)
    if settled == [completed] and (counts_up or (size > SHORT and grouped)):
        return completed
    readings = tuple(dict.fromkeys(r.e164 for r in settled if r.e164))
    return Reading(NumberStatus.ambiguous, region=base.region, readings=readings)


def _counts_up(base: Reading, digits: str) -> bool:
    """Tell whether `digits` end the block of lines that begins with `base`.

    North America writes no such blocks; a dash there leads to an extension.
    """
    if not base.e164 or base.e164.startswith("+1"):
        return False
    return 0 < int(digits) - int(base.e164[-len(digits) :]) <= _BLOCK


def _gaps_from_end(text: str) -> set[int]:
    return {count_digits(text[gap.end() :]) for gap in _GAP.finditer(text)}
