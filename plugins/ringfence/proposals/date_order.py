"""Tell from a file's own dates which part of 03/04/2026 is the day, and where they disagree."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator

from ringfence.landing.times import EITHER_ORDER
from ringfence.proposals.column_profile import Profile
from ringfence.proposals.proposed_emission import MOSTLY, time_share
from ringfence.registers.sources import DATE_ORDERS
from ringfence.registers.yaml_marks import spelt

_MONTHS = 12
_ISO = re.compile(r"(19|20)\d\d[-/]?\d\d?[-/]?\d\d?")
_DOTTED = re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}")
ISO, DAY, MONTH, EITHER = "year first", "day first", "month first", "day or month first"


def date_order(profile: Profile) -> tuple[str, int] | None:
    """Return the order of day and month and how many cells prove it, if none speaks against it.

    All columns of dates count: an export writes them alike.
    """
    proofs = dict.fromkeys(DATE_ORDERS, 0)
    day_first, month_first = DATE_ORDERS
    for column in profile.columns:
        if time_share(profile, column) < MOSTLY:
            continue
        for cell in profile.words(column):
            if match := EITHER_ORDER.match(cell):
                proofs[day_first] += int(match[1]) > _MONTHS
                proofs[month_first] += int(match[3]) > _MONTHS
    proved = [order for order, count in proofs.items() if count]
    return (proved[0], proofs[proved[0]]) if len(proved) == 1 else None


def mixed_notations(profile: Profile, phones: Collection[str]) -> Iterator[str]:
    """Yield a question for each column whose dates are written in more than one way."""
    for column in profile.columns:
        if column in phones or time_share(profile, column) < MOSTLY:
            continue
        found = Counter(filter(None, map(_notation, profile.cells(column, len(profile.sample)))))
        # What may be either is of the one order that is proved, if only one is.
        if EITHER in found and (DAY in found) != (MONTH in found):
            found[DAY if DAY in found else MONTH] += found.pop(EITHER)
        if len(found) > 1:
            counts = ", ".join(f"{name} {count:,}" for name, count in sorted(found.items()))
            yield (
                f"CHECK: {spelt(column)} holds dates in {len(found)} notations ({counts} of the"
                " sample). Which is meant where? Ask who made the file for one notation,"
                " 2026-04-03: a date that is read the wrong way round is another day."
            )


def _notation(cell: str) -> str | None:
    if match := EITHER_ORDER.match(cell):
        if int(match[1]) > _MONTHS:
            return DAY
        return MONTH if int(match[3]) > _MONTHS else EITHER
    if _DOTTED.match(cell):
        return DAY
    return ISO if _ISO.match(cell) else None
