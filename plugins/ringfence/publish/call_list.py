"""Spell the rows of a call list: which columns leave, and how a cell is made harmless.

Only what an agent needs leaves: the number and how to address the person; source and controller,
since whoever asks must be told both (GDPR art. 14); the ground; when and until when to call. No
subject, person, record or decision id, no e-mail, no date of birth.
"""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import NamedTuple

E164 = re.compile(r"\+[0-9]{7,15}")
SPACES = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
# Invisible characters belong inside some names; in front they would only hide a formula.
INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff \u00a0"
SEPARATOR = ";"  # of intervals
# What a spreadsheet may take for a formula, full-width forms included.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


class ListRow(NamedTuple):
    """Hold one row as text, every cell already harmless."""

    call_ref: str
    phone: str
    title: str
    first_name: str
    last_name: str
    company: str
    postcode: str
    city: str
    country: str
    language: str
    ground: str
    source: str
    controller: str
    call_window_start: str
    call_window_end: str
    timezone: str
    valid_until: str
    campaign_id: str
    # All intervals: `10:00-13:00;14:00-20:00` in `timezone`, and as instants `from/until;…`. The
    # window's own two columns are the first beginning and the last end, with any break in between.
    call_windows: str
    call_windows_utc: str


COLUMNS = ListRow._fields


def harmless(text: str | None) -> str:
    """Return a cell on one line, that no spreadsheet takes for a formula."""
    if text and text.isalpha():  # most names, and cheap to ask
        return text
    plain = SPACES.sub(" ", text or "").strip().lstrip(INVISIBLE)
    return f"'{plain}" if plain.startswith(FORMULA) else plain


def phone_cell(text: str) -> str:
    """Return a number as it is; anything that is not one gets no exemption from `harmless`."""
    return text if E164.fullmatch(text) else harmless(text)


def clock_time(at: time | None) -> str:
    """Return a local time of day as hours and minutes."""
    return at.strftime("%H:%M") if at else ""


def instant(at: datetime) -> str:
    """Return an instant in UTC, to the second."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
