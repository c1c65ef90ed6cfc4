"""Name every kind of consent event, suppression and call result, and say which of them stop calls.

What stops is told by what does not: a kind that is added and forgotten here stops calls. The same
lists stand in dbt's `int_stop_events`, which cannot import them; a test compares the two.
"""

from __future__ import annotations

from enum import StrEnum


class ConsentEvent(StrEnum):
    """Say what a person did; `unreadable` is any word that none of the others is."""

    GIVEN = "given"
    RENEWED = "renewed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    OBJECTED = "objected"
    RESTRICTED = "restricted"
    UNREADABLE = "unreadable"


class Suppression(StrEnum):
    """Say why a number stands on a list of numbers that are not called."""

    OBJECTION = "objection"
    WITHDRAWAL = "withdrawal"
    COMPLAINT = "complaint"
    WRONG_NUMBER = "wrong_number"
    DECEASED = "deceased"
    ERASURE = "erasure"


class Disposition(StrEnum):
    """Say how a call ended; `unreadable` is any word that none of the others is."""

    NO_CONTACT = "no_contact"
    ANSWERED = "answered"
    CALLBACK_REQUESTED = "callback_requested"
    REFUSED = "refused"
    OBJECTED = "objected"
    WRONG_PARTY = "wrong_party"
    REASSIGNED = "reassigned"
    DECEASED = "deceased"
    MINOR = "minor"
    UNREADABLE = "unreadable"


CONSENT_EVENTS = frozenset(ConsentEvent)
GRANTS = frozenset({ConsentEvent.GIVEN, ConsentEvent.RENEWED})
STOPPING_EVENTS = CONSENT_EVENTS - GRANTS

SUPPRESSIONS = frozenset(Suppression)
# An erasure comes from the request for it, never from a note by hand.
SUPPRESSIONS_BY_HAND = tuple(kind for kind in Suppression if kind != Suppression.ERASURE)

DISPOSITIONS = frozenset(Disposition)
QUIET_DISPOSITIONS = frozenset(
    {Disposition.NO_CONTACT, Disposition.ANSWERED, Disposition.CALLBACK_REQUESTED}
)
STOPPING_DISPOSITIONS = DISPOSITIONS - QUIET_DISPOSITIONS
# What a query compares with to find the stops: `event_type <> all(%(grants)s)`.
NO_STOPS = {"grants": sorted(GRANTS), "quiet": sorted(QUIET_DISPOSITIONS)}
