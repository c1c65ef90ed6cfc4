"""Make `dialler_leads_gb`: bought leads in VICIdial's 25 columns, pipes, no header."""

from __future__ import annotations

from ringfence.sample.model import BROADBAND, Attempt, File, Part, delimited
from ringfence.sample.people import person
from ringfence.sample.reserved_numbers import national, number

SOURCE = "dialler_leads_gb"
COLUMNS = (
    "vendor_lead_code", "source_id", "list_id", "phone_code", "phone_number", "title",
    "first_name", "middle_initial", "last_name", "address1", "address2", "address3", "city",
    "state", "province", "postal_code", "country_code", "gender", "date_of_birth", "alt_phone",
    "email", "security_phrase", "comments", "rank", "owner",
)  # fmt: skip
COUNT_ORDINARY = 150
CHILD = 9
QUIET = ("NA", "B", "AA")


def build() -> Part:
    """Return the file with its expectations, register entries and reported calls."""
    part = Part()
    rows = []
    for index in range(1, COUNT_ORDINARY + 1):
        phone = _number(index)
        rows.append(_row(index, phone))
        outcome = "callable"
        called_at = f"2026-11-{index % 18 + 2:02} {9 + index % 9:02}:{index % 60:02}:00"
        if index % 5 == 3:
            part.listed.append(phone)
            outcome = "blocked register_listed"
        elif index % 25 == 7:
            part.attempts.append(Attempt(national(phone, "GB"), "NI", called_at))
            outcome = "blocked consent_refused"
        elif index == CHILD:
            part.attempts.append(Attempt(national(phone, "GB"), "MINOR", called_at))
            part.expect(
                SOURCE, _code(index), BROADBAND, "blocked minor", "a child picked up the phone"
            )
            continue
        elif index % 25 == 12:
            part.attempts.append(Attempt(national(phone, "GB"), "DNC", called_at))
            outcome = "blocked objected"
        elif index % 4 == 0:
            part.attempts.append(Attempt(national(phone, "GB"), QUIET[index % 3], called_at))
        part.expect(SOURCE, _code(index), BROADBAND, outcome)
    text = delimited(COLUMNS, rows, "|", newline="\n", has_header=False)
    part.files.append(File(SOURCE, "list_1042_20261120.txt", text.encode()))
    return part


def _code(index: int) -> str:
    return f"VL{index:06}"


def _number(index: int) -> str:
    return number("GB", "mobile", 300 + index) if index % 2 else number("GB", "fixed", 300 + index)


def _row(index: int, phone: str) -> dict[str, str]:
    who = person("GB", 300 + index)
    return {
        "vendor_lead_code": _code(index),
        "source_id": "broker-7",
        "list_id": "1042",
        "phone_code": "44",
        "phone_number": national(phone, "GB").replace(" ", ""),
        "first_name": who.first_name,
        "last_name": who.last_name,
        "city": who.city,
        "postal_code": who.postcode,
        "country_code": "GBR",
        "gender": "U",
        "date_of_birth": "0000-00-00",
        "email": who.email,
        "rank": "0",
    }
