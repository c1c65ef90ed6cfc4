"""Keep phone numbers and e-mail addresses out of what is kept or shown in clear.

Reasons that somebody types and names that a sender gives to files end up in ledgers, logs and
pages. Names of people in them cannot be told from other words.
"""

from __future__ import annotations

import re
from pathlib import Path

from ringfence.errors import Misconfigured

_DAY = r"(?:19|20)\d\d(?P<sign>[-_.]?)(?:0[1-9]|1[0-2])(?P=sign)(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[-_T ]?(?:[01]\d|2[0-3])[-_:.]?[0-5]\d(?:[-_:.]?[0-5]\d)?)?"
_INSTANT = rf"(?<!\d)(?P<instant>{_DAY}{_TIME})(?!\d)"
_DIGITS = r"\+?\(?\d(?:[\s().\-/]{0,2}\d){6,}"
_ADDRESS = r"\S+@\S+"
_SHOWN = re.compile(rf"(?P<address>{_ADDRESS})|{_INSTANT}|(?<!\d){_DIGITS}")
_TYPED = re.compile(rf"(?P<address>{_ADDRESS})|{_INSTANT}|(?<![\w#])(?<!\w-){_DIGITS}")
"""Digits right behind letters or a # are a ticket: `INC0012345`, `T-20261124`."""


def masked(text: str | None) -> str:
    """Return free text without what could be a phone number or an e-mail address."""

    def told(match: re.Match[str]) -> str:
        return match["instant"] or ("…@…" if match["address"] else "…")

    return _SHOWN.sub(told, text or "").strip()


def shown_name(path: Path) -> str:
    """Return the name of a file as it may stand in a message; a date in it stays."""
    return masked(path.name)


def refuse_personal(text: str | None, *, where: str) -> None:
    """Raise Misconfigured for a remark to be kept in clear that holds a number or an address."""
    if any(not match["instant"] for match in _TYPED.finditer(text or "")):
        raise Misconfigured(
            "This looks like it holds a phone number or an e-mail address, and would be kept in"
            " clear. Nothing was done.",
            where=where,
            remedy="name a ticket (its digits right behind its letters: T-20261124) or a colleague",
        )
