"""Refuse what somebody typed and no number can be read from, in the same words everywhere."""

from __future__ import annotations

import re

from ringfence.errors import Misconfigured

SIGNIFICANT = 7  # the shortest run of digits by which a number could be found again


def not_one_number(outcome: str) -> Misconfigured:
    """Return the refusal; `outcome` says what was therefore not done."""
    return Misconfigured(
        f"This cannot be read as one phone number; {outcome}.",
        remedy="give it with its + and country code, or add --country",
    )


def ending(number: str) -> str:
    """Return the last digits of a number, which it has in every notation."""
    return re.sub(r"\D", "", number)[-SIGNIFICANT:]


def refuse_number_in(text: str, number: str, *, where: str) -> None:
    """Raise Misconfigured when a remark that is kept in clear repeats the number it is about."""
    if len(ending(number)) == SIGNIFICANT and ending(number) in re.sub(r"\D", "", text):
        raise Misconfigured(
            "This holds the number itself, and it would be kept in clear.",
            where=where,
            remedy="name a ticket or a person, never the number",
        )
