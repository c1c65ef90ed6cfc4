"""Keep phone numbers and e-mail addresses out of what is kept or shown in clear.

Reasons that somebody types and names that a sender gives to files end up in ledgers, logs and
pages. Names of people in them cannot be told from other words.
"""

from __future__ import annotations

import os
import re

from ringfence.errors import Misconfigured

_SHORTEST = 7  # digits by which a number could be found again
_BETWEEN = r"[\W_]*"  # people set numbers with blanks, brackets, slashes and every kind of dash
_NUMBER = rf"\+{_BETWEEN}\d(?:{_BETWEEN}\d){{5,}}|(?<!\d)\(?\d(?:{_BETWEEN}\d){{6,}}"

_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
_SIGNS = ("", "-", "_", r"\.")
_A_DAY, _A_MONTH = rf"(?:{_DAY}|[1-9])", rf"(?:{_MONTH}|[1-9])"
_DATE = "|".join(
    (
        *(f"{_YEAR}{sign}{_MONTH}{sign}{_DAY}" for sign in _SIGNS),
        *(f"{_A_DAY}{sign}{_A_MONTH}{sign}{_YEAR}" for sign in (r"\.", "-", "/")),
        f"{_A_MONTH}/{_A_DAY}/{_YEAR}",
    )
)
_TIME = r"(?:[-_T ]?(?:[01]\d|2[0-3])[-_:.]?[0-5]\d(?:[-_:.]?[0-5]\d)?)?"
_INSTANT = rf"(?<!\d)(?:{_DATE}){_TIME}(?!\d)"

# Fewer digits than a number has; a date; two zeros and five more, which no number is: INC0012345;
# seven behind what a service desk calls its tickets; a year and up to six: REQ-2026-000123. After a
# sign of its own up to six; seven or eight are a subscriber's number unless they begin with 1.
# No digits may follow but those of a date.
_DESK = r"(?:INC|CHG|REQ|RITM|TASK|SCTASK|PRB|CASE|TKT|TICKET)"
_TICKET = (
    rf"(?<![A-Za-z0-9])(?:[A-Za-z]{{1,10}}-?(?:\d{{1,6}}|{_YEAR}{_MONTH}{_DAY})"
    rf"|[A-Za-z]{{2,10}}-?00\d{{5}}|{_DESK}-?\d{{7}}|{_DESK}-{_YEAR}-\d{{1,6}}"
    rf"|#(?:[1-9]\d{{0,5}}|1\d{{6,7}}))"
    rf"(?:(?!{_BETWEEN}\d)|(?=[\W_]+(?:{_INSTANT}|\#)))"
)
_DOT = r"(?:\.|\s*[(\[{]?\b(?i:dot|punkt)\b[)\]}]?\s*)"
_ADDRESS = (
    r"\S+@\S+|[^\s()\[\]{}]+\s*[(\[{]\s*(?i:at|ät)\s*[)\]}]\s*\S+"
    rf"|[\w.+-]+\s+(?i:at|ät)\s+[\w-]+(?:{_DOT}[\w-]+)*{_DOT}[A-Za-z]{{2,}}\b"
)
_PERSONAL = f"(?P<address>{_ADDRESS})|(?P<kept>%s)|{_NUMBER}"
_OF_A_COPY = re.compile("^[0-9a-f]{16}_")
_IN_A_NAME = re.compile(_PERSONAL % _INSTANT)
_IN_A_REMARK = re.compile(_PERSONAL % f"{_TICKET}|{_INSTANT}")


def masked(remark: str | None) -> str:
    """Return what somebody typed without what could be a phone number or an e-mail address."""
    return _IN_A_REMARK.sub(_mask, remark or "").strip()


def shown_name(name: str) -> str:
    """Return the name of a file as it may stand in a message; a date in it stays.

    Bytes that are no UTF-8, which no message and no database takes, become signs of replacement;
    the hash that our own copy of a file begins with is left out.
    """
    name = _OF_A_COPY.sub("", os.fsencode(name).decode("utf-8", errors="replace"))
    return _IN_A_NAME.sub(_mask, name).strip()


def refuse_personal(remark: str | None, *, where: str, number: str = "") -> None:
    """Raise Misconfigured for a remark to be kept in clear that holds a number or an address.

    `number` is the one it is about, which it must not repeat in any notation.
    """
    remark, end = remark or "", ending(number)
    is_repeated = len(end) == _SHORTEST and end in _digits(remark)
    if is_repeated or any(not match["kept"] for match in _IN_A_REMARK.finditer(remark)):
        raise Misconfigured(
            "This looks like it holds a phone number or an e-mail address, and would be kept in"
            " clear. Nothing was done.",
            where=where,
            remedy="name a ticket (up to six digits right behind its letters, or T-20261124) or a"
            " colleague",
        )


def ending(number: str) -> str:
    """Return the last digits of a number, which it has in every notation."""
    return _digits(number)[-_SHORTEST:]


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _mask(match: re.Match[str]) -> str:
    return match["kept"] or ("…@…" if match["address"] else "…")
