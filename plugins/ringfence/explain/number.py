"""Turn what was typed into the one subject it means, as landing would; it is forgotten after that.

A cell that holds no readable number has an id of its own, and leads may stand under it. So it is
refused only when nothing does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from psycopg import Connection

from ringfence.errors import Misconfigured
from ringfence.keys import Keys
from ringfence.phones import ContactPoint, NumberStatus, normalise_country, read_cell
from ringfence.phones.typed import not_one_number, without_country

HELD = """
    select exists (select from landing.lead_contact_points where subject_id = %(subject)s)
        or exists (select from ledger.consent_events where subject_id = %(subject)s)
        or exists (select from ledger.suppression_entries where subject_id = %(subject)s)
        or exists (select from ledger.call_attempts where subject_id = %(subject)s)
        or exists (select from ledger.customer_relations where subject_id = %(subject)s)
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Name the subject; what was typed stays here, out of every text this object may meet."""

    subject_id: UUID
    point: ContactPoint = field(repr=False)
    country: str | None


def read_asked(connection: Connection, keys: Keys, typed: str, country: str | None) -> Asked:
    """Return the subject of one number; raises Misconfigured when it is none, or several."""
    home = normalise_country(country or "")
    points = read_cell(typed, home)
    if not points:
        raise Misconfigured("No number was given.", remedy="type it at the prompt")
    if len(points) > 1:
        raise Misconfigured(
            f"This holds {len(points)} numbers, and a story is told of one; nothing was looked up.",
            remedy="ask for each of them by itself",
        )
    (point,) = points
    if point.e164:
        return Asked(keys.subject_id(point.e164), point, home)
    subject_id = keys.unreadable_id(point.raw, home)
    row = connection.execute(HELD, {"subject": subject_id}).fetchone()
    if not (row and row[0]):
        is_national = point.status == NumberStatus.no_country
        raise (without_country if is_national else not_one_number)("nothing was looked up")
    return Asked(subject_id, point, home)
