"""Spell a call list the way a dialler imports it; `call_ref` always comes back with the outcome.

generic     call_list.csv alone: UTF-8, header, commas, LF
vicidial    the 25 columns of its standard format: no header, pipes, LF, widths of its table
genesys     Genesys Cloud contact list: header, commas, CRLF, `inin-outbound-id` as the key
five9       Five9 contact fields: header, commas, CRLF
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TextIO

from ringfence.errors import Refusal
from ringfence.publish.call_list import COLUMNS, ListRow

Cells = tuple[str, ...]
VICIDIAL_COLUMNS = (
    "vendor_lead_code", "source_id", "list_id", "phone_code", "phone_number", "title",
    "first_name", "middle_initial", "last_name", "address1", "address2", "address3", "city",
    "state", "province", "postal_code", "country_code", "gender", "date_of_birth", "alt_phone",
    "email", "security_phrase", "comments", "rank", "owner",
)  # fmt: skip
GENESYS_COLUMNS = ("inin-outbound-id", *COLUMNS[1:])
FIVE9_COLUMNS = (
    "number1", "first_name", "last_name", "company", "city", "zip", "call_ref", "title", "country",
    "language", "ground", "source", "controller", "call_window_start", "call_window_end",
    "timezone", "valid_until", "campaign_id", "call_windows", "call_windows_utc",
)  # fmt: skip
GENESYS_CELL = 512
NOT_IN_PIPES = re.compile(r"[|\"\\]+")


@dataclass(frozen=True, slots=True)
class Dialler:
    """Say how one dialler's file is spelled; `max_rows` is what one list of it can hold."""

    file_name: str
    header: Cells | None
    cells: Callable[[ListRow], Cells]
    delimiter: str = ","
    line_end: str = "\n"
    is_quoted: bool = True
    max_rows: int | None = None

    def writer(self, file: TextIO) -> Callable[[ListRow], object]:
        """Write the header and return what writes a row."""
        if self.is_quoted:
            rows = csv.writer(file, delimiter=self.delimiter, lineterminator=self.line_end)
            if self.header:
                rows.writerow(self.header)
            return lambda row: rows.writerow(self.cells(row))
        end, delimiter = self.line_end, self.delimiter
        return lambda row: file.write(delimiter.join(self.cells(row)) + end)

    def check_size(self, count_rows: int) -> None:
        """Refuse a list that the dialler would cut off in silence."""
        if self.max_rows is not None and count_rows > self.max_rows:
            raise Refusal(
                f"{count_rows:,} rows are more than this dialler's list can hold"
                f" ({self.max_rows:,}).",
                where=self.file_name,
                remedy="split the campaign by country or source",
            )


def _vicidial(row: ListRow) -> Cells:
    """Fill the 25 columns; what an agent must be able to say stands in `comments`."""
    code, number = split_number(row.phone)
    told = (
        f"Source: {row.source}. For: {row.controller}."
        f" Call {row.call_windows} {row.timezone}, until {row.valid_until}."
    )
    filled = {
        "vendor_lead_code": row.call_ref,
        "source_id": row.campaign_id[:50],
        "phone_code": code,
        "phone_number": number,
        "title": row.title[:4],
        "first_name": row.first_name[:30],
        "last_name": row.last_name[:30],
        "address1": row.company[:100],
        "city": row.city[:50],
        "postal_code": row.postcode[:10],
        "country_code": row.country[:3],
        "comments": told[:255],
        "rank": "0",
    }
    cells = tuple([filled.get(name, "") for name in VICIDIAL_COLUMNS])
    if NOT_IN_PIPES.search("".join(cells)) is None:
        return cells
    return tuple(NOT_IN_PIPES.sub(" ", cell) for cell in cells)


def _genesys(row: ListRow) -> Cells:
    return tuple(cell[:GENESYS_CELL] for cell in row)


def _five9(row: ListRow) -> Cells:
    """Use the field names of Five9; its numbers of the +1 zone are ten digits."""
    code, national = split_number(row.phone)
    renamed = {"number1": national if code == "1" else row.phone, "zip": row.postcode}
    return tuple(
        renamed[name] if name in renamed else str(getattr(row, name)) for name in FIVE9_COLUMNS
    )


GENERIC = Dialler("call_list.csv", COLUMNS, tuple)
DIALLERS: dict[str, Dialler | None] = {
    "generic": None,
    "vicidial": Dialler("vicidial.txt", None, _vicidial, delimiter="|", is_quoted=False),
    "genesys": Dialler(
        "genesys.csv", GENESYS_COLUMNS, _genesys, line_end="\r\n", max_rows=1_000_000
    ),
    "five9": Dialler("five9.csv", FIVE9_COLUMNS, _five9, line_end="\r\n"),
}


def formats_of(dialler: str) -> tuple[Dialler, ...]:
    """Return the files of a campaign's dialler, the generic one first."""
    if dialler not in DIALLERS:
        raise Refusal(
            f"There is no dialler format `{dialler}`.",
            where="the campaign's `dialler`",
            remedy=f"one of: {', '.join(DIALLERS)}",
        )
    own = DIALLERS[dialler]
    return (GENERIC, own) if own else (GENERIC,)


def split_number(e164: str) -> tuple[str, str]:
    """Split a number into calling code and national number; no calling code begins another."""
    digits = e164.lstrip("+")
    codes = _calling_codes()
    for length in (1, 2, 3):
        if digits[:length] in codes:
            return digits[:length], digits[length:]
    return "", digits


@cache
def _calling_codes() -> frozenset[str]:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    return frozenset(map(str, COUNTRY_CODE_TO_REGION_CODE))
