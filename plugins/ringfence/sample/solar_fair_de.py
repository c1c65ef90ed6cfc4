"""Make `solar_fair_de`: visitors of a trade fair, tab-separated, area code and number apart."""

from __future__ import annotations

from ringfence.sample.model import SOLAR, Consent, File, Part, Stop, delimited, grant, moment
from ringfence.sample.people import person
from ringfence.sample.reserved_numbers import number, split_area
from ringfence.sample.web_leads_de import SHARED

SOURCE = "solar_fair_de"
COLUMNS = ("Karte", "Vorname", "Nachname", "Vorwahl", "Rufnummer", "PLZ", "Ort", "E-Mail", "Tag")
COUNT_ORDINARY = 50


def build() -> Part:
    """Return the file with its expectations and consent events."""
    part = Part()
    rows = []
    for index in range(1, COUNT_ORDINARY + 1):
        phone = number("DE", "mobile", 90 + index)
        rows.append(_row(index, phone))
        match index % 10:
            case 7:
                outcome = "blocked consent_missing"
            case 8:
                outcome = "blocked consent_purpose_mismatch"
                part.consents.append(grant(phone, index))
            case 9:
                outcome = "blocked consent_withdrawn"
                part.consents.append(grant(phone, index, purpose="solar_offers"))
                part.consents.append(
                    Consent(phone, "WITHDRAWN", "2026-11-20T16:40:00+01:00", "solar_offers")
                )
            case _:
                outcome = "callable"
                part.consents.append(grant(phone, index, purpose="solar_offers"))
        part.expect(SOURCE, f"SF-{index:03}", SOLAR, outcome)
    rows += [*_shared(part, COUNT_ORDINARY + 1), _french(part, COUNT_ORDINARY + 3)]
    text = delimited(COLUMNS, rows, "\t", newline="\n")
    part.files.append(File(SOURCE, "solartage_2026-11-22.tsv", text.encode("utf-8-sig")))
    return part


def _row(index: int, phone: str) -> dict[str, str]:
    who = person("DE", 500 + index)
    area, rest = split_area(phone, "DE")
    return {
        "Karte": f"SF-{index:03}",
        "Vorname": who.first_name,
        "Nachname": who.last_name,
        "Vorwahl": area,
        "Rufnummer": rest,
        "PLZ": who.postcode,
        "Ort": who.city,
        "E-Mail": who.email,
        "Tag": f"{moment(index):%Y-%m-%d}",
    }


def _french(part: Part, index: int) -> dict[str, str]:
    """Add a visitor from France, where no consent opens a call about the improvement of homes."""
    phone = number("FR", "mobile", 200)
    part.expect(
        SOURCE, f"SF-{index:03}", SOLAR, "blocked sector_banned",
        "a French visitor: the sector may call its own customers only",
    )  # fmt: skip
    return _row(index, number("DE", "mobile", 0)) | {"Vorwahl": phone[:4], "Rufnummer": phone[4:]}


def _shared(part: Part, index: int) -> list[dict[str, str]]:
    """Repeat two numbers of the web form: one goes to the other campaign, one is stopped here."""
    outcomes = (
        ("blocked allocated_to_other_campaign", "a number that a campaign of priority 1 calls"),
        ("blocked suppressed_internally", "stopped for this purpose, callable for the other one"),
    )
    for offset, (phone, (outcome, case)) in enumerate(zip(SHARED, outcomes, strict=True)):
        part.consents.append(grant(phone, index + offset, purpose="solar_offers"))
        part.expect(SOURCE, f"SF-{index + offset:03}", SOLAR, outcome, case)
    part.stops.append(
        Stop(SHARED[1], "objection", "2026-11-18T11:20:00Z", "purpose", "solar_offers")
    )
    return [_row(index + offset, phone) for offset, phone in enumerate(SHARED)]
