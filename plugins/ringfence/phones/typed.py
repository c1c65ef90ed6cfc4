"""Refuse what somebody typed and no number can be read from, in the same words everywhere."""

from __future__ import annotations

from ringfence.errors import Misconfigured


def not_one_number(outcome: str) -> Misconfigured:
    """Return the refusal; `outcome` says what was therefore not done."""
    return Misconfigured(
        f"This cannot be read as one phone number; {outcome}.",
        remedy="give it with its + and country code, or add --country",
    )


def without_country(outcome: str) -> Misconfigured:
    """Return the refusal of a number in national notation of which no country is known."""
    return Misconfigured(
        f"This cannot be read as one phone number without its country; {outcome}.",
        remedy="add the country that it is dialled in, such as `--country GB`; or give the number"
        " with its + and country code",
    )
