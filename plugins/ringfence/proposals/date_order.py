"""Tell from a file's own dates which part of 03/04/2026 is the day, if some cell proves it."""

from __future__ import annotations

from ringfence.landing.times import EITHER_ORDER
from ringfence.proposals.column_profile import Profile
from ringfence.proposals.proposed_emission import MOSTLY, time_share
from ringfence.registers.sources import DATE_ORDERS

_MONTHS = 12


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
