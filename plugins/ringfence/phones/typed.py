"""Refuse what somebody typed and no number can be read from, in the same words everywhere."""

from __future__ import annotations

from ringfence.errors import Misconfigured


def not_one_number(outcome: str) -> Misconfigured:
    """Return the refusal; `outcome` says what was therefore not done."""
    return Misconfigured(
        f"This cannot be read as one phone number; {outcome}.",
        remedy="give it with its + and country code, or add --country",
    )
