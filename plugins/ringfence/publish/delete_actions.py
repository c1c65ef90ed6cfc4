"""Spell a recall the way a dialler takes rows out; what has no word of its own has the CSV alone.

vicidial    lines of its non-agent API, without server and login: each row leaves the hopper and
            gets a status that no campaign dials, and whoever is stopped goes on the internal list.
            That list is read only while the hopper is filled, so it alone would come too late
genesys     a do-not-contact list: header, CRLF, E.164; who is not stopped, but has no ground any
            more, stands there until the list is over
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ringfence.publish.diallers import split_number

GROUND = "ground"
NOT_DIALLED = "RECALL"
"""A status of VICIdial's that is nobody's: six characters at most, and in no dial status."""


@dataclass(frozen=True, slots=True)
class RecalledRow:
    """Hold one row to take out; `phone` is '' once the number itself is held no more."""

    call_ref: str
    phone: str
    reason_family: str
    recalled_at: datetime
    valid_until: datetime

    @property
    def is_stopped(self) -> bool:
        """Tell whether somebody spoke, and not merely a ground is gone."""
        return self.reason_family != GROUND


@dataclass(frozen=True, slots=True)
class DeleteAction:
    """Say how one dialler is told; `ending` is the end of its file's name."""

    ending: str
    lines: Callable[[Iterable[RecalledRow]], Iterator[str]]
    line_end: str = "\n"

    def text(self, rows: Iterable[RecalledRow]) -> str:
        """Return the whole file."""
        return "".join(f"{line}{self.line_end}" for line in self.lines(rows))


def _vicidial(rows: Iterable[RecalledRow]) -> Iterator[str]:
    for row in rows:
        yield (
            "function=update_lead&search_method=VENDOR_LEAD_CODE"
            f"&vendor_lead_code={row.call_ref}&status={NOT_DIALLED}&remove_from_hopper=Y"
        )
        if row.is_stopped and row.phone:
            _, national = split_number(row.phone)
            yield f"function=add_dnc_phone&campaign_id=SYSTEM_INTERNAL&phone_number={national}"


def _genesys(rows: Iterable[RecalledRow]) -> Iterator[str]:
    yield "phone,expires_at"
    for row in rows:
        if row.phone:
            yield f"{row.phone}," + ("" if row.is_stopped else f"{row.valid_until:%Y-%m-%dT%H:%MZ}")


DELETE_ACTIONS = {
    "vicidial": DeleteAction("vicidial.txt", _vicidial),
    "genesys": DeleteAction("genesys.csv", _genesys, line_end="\r\n"),
}
