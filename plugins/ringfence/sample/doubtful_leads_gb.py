"""Make two British deliveries that must not open a call: one unapproved, one with shifted columns.

The second fails at the door; its do-not-call flags take effect all the same.
"""

from __future__ import annotations

from ringfence.sample.crm_export import DOUBLE, RESELLER_STOPS
from ringfence.sample.model import BROADBAND, File, Part, delimited
from ringfence.sample.people import person
from ringfence.sample.reserved_numbers import national, number

AUCTION = "auction_leads_gb"
RESELLER = "reseller_leads_gb"
AUCTION_COLUMNS = ("ref", "first_name", "last_name", "town", "telephone")
RESELLER_COLUMNS = ("lead", "name", "postcode", "phone", "do_not_call")
COUNT_AUCTION = 45
COUNT_SHIFTED = 30


def build() -> Part:
    """Return both files with their expectations."""
    part = Part()
    part.files.append(File(AUCTION, "lot_77_2026-11-10.csv", _auction(part).encode("latin-1")))
    part.files.append(File(RESELLER, "drop_2026-11-23.csv", _reseller(part).encode()))
    return part


def _auction(part: Part) -> str:
    rows = []
    for index in range(1, COUNT_AUCTION + 1):
        who = person("GB", 600 + index)
        phone = DOUBLE if index == COUNT_AUCTION else number("GB", "mobile", 600 + index)
        rows.append(
            {
                "ref": f"A77-{index:03}",
                "first_name": who.first_name,
                "last_name": who.last_name,
                "town": who.city,
                "telephone": national(phone, "GB"),
            }
        )
        outcome = "callable" if phone == DOUBLE else "blocked source_not_approved"
        case = "an approved source also holds it" if phone == DOUBLE else ""
        part.expect(AUCTION, f"A77-{index:03}", BROADBAND, outcome, case)
    return delimited(AUCTION_COLUMNS, rows, ",", newline="\n")


def _reseller(part: Part) -> str:
    rows = []
    for index in range(1, COUNT_SHIFTED + len(RESELLER_STOPS) + 1):
        who = person("GB", 700 + index)
        is_stop = index > COUNT_SHIFTED
        phone = RESELLER_STOPS[index - COUNT_SHIFTED - 1] if is_stop else ""
        rows.append(
            {
                "lead": f"R-{index:04}",
                "name": f"{who.first_name} {who.last_name}",
                "postcode": who.postcode if is_stop else national(_number(index), "GB"),
                "phone": national(phone, "GB") if is_stop else who.postcode,
                "do_not_call": "Y" if is_stop else "N",
            }
        )
        part.expect(
            RESELLER, f"R-{index:04}", BROADBAND, "rejected door_check_failed",
            "postcodes in the phone column: the delivery fails at the door",
        )  # fmt: skip
    return delimited(RESELLER_COLUMNS, rows, ",", newline="\n")


def _number(index: int) -> str:
    return number("GB", "mobile", 700 + index)
