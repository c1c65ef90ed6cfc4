"""Make `web_leads_de`: the German web form's export, `;`, cp1252, umlauts and planted faults.

Its rows carry no consent; that comes from the consent log, so a lead alone never opens a call.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.sample.model import (
    ENERGY,
    Consent,
    File,
    Part,
    Relation,
    Stop,
    delimited,
    grant,
    moment,
    utc_text,
)
from ringfence.sample.people import person
from ringfence.sample.reserved_numbers import national, number, written

SOURCE = "web_leads_de"
COLUMNS = ("Vorgangsnr", "Anrede", "Vorname", "Nachname", "Firma", "PLZ", "Ort", "Land", "Telefon",
           "E-Mail", "Kundentyp", "Erfasst am", "Quelle")  # fmt: skip
COUNT_ORDINARY = 220
OLD = "2024-08-20T10:00:00Z"  # older than the campaign's 730 days
RECENT = "2026-05-04T08:30:00Z"
LATER = "2026-09-14T15:45:00Z"


@dataclass(frozen=True)
class Case:
    """Plant one lead with the consent events of its number."""

    case: str
    outcome: str
    events: tuple[tuple[str, str, str], ...] = ()  # event, occurred_at, purpose


ENERGY_PURPOSE = "energy_offers"
CASES = (
    Case("consent renewed while the first one still held", "callable",
         (("GRANTED", OLD, ENERGY_PURPOSE), ("RENEWED", RECENT, ENERGY_PURPOSE))),
    Case("renewal of a consent that was never given", "blocked consent_missing",
         (("RENEWED", RECENT, ENERGY_PURPOSE),)),
    Case("consent older than the campaign allows", "blocked consent_expired",
         (("GRANTED", OLD, ENERGY_PURPOSE),)),
    Case("withdrawn, later given again by the person", "callable",
         (("GRANTED", OLD, ENERGY_PURPOSE), ("WITHDRAWN", RECENT, ENERGY_PURPOSE),
          ("GRANTED", LATER, ENERGY_PURPOSE))),
    Case("given, later withdrawn", "blocked consent_withdrawn",
         (("GRANTED", RECENT, ENERGY_PURPOSE), ("WITHDRAWN", LATER, ENERGY_PURPOSE))),
    Case("given and withdrawn at the same midnight", "blocked consent_withdrawn",
         (("GRANTED", "2026-09-14", ENERGY_PURPOSE), ("WITHDRAWN", "2026-09-15", ENERGY_PURPOSE))),
    Case("refused at the question", "blocked consent_refused",
         (("REFUSED", RECENT, ENERGY_PURPOSE),)),
    Case("given, later objected to all calls", "blocked objected",
         (("GRANTED", RECENT, ENERGY_PURPOSE), ("OBJECTED", LATER, ""))),
    Case("processing restricted after a dispute", "blocked restricted",
         (("GRANTED", RECENT, ENERGY_PURPOSE), ("RESTRICTED", LATER, ""))),
    Case("an event type nobody can read counts as a stop", "blocked objected",
         (("GRANTED", RECENT, ENERGY_PURPOSE), ("OPT?", LATER, ENERGY_PURPOSE))),
    Case("a withdrawal dated in the future counts from its receipt", "blocked consent_withdrawn",
         (("GRANTED", RECENT, ENERGY_PURPOSE), ("WITHDRAWN", "2027-02-01T09:00:00Z",
                                                ENERGY_PURPOSE))),
    Case("a consent dated in the future is none yet", "blocked consent_missing",
         (("GRANTED", "2027-02-01T09:00:00Z", ENERGY_PURPOSE),)),
    Case("a consent with a date only counts from midnight after it", "callable",
         (("GRANTED", "2026-11-20", ENERGY_PURPOSE),)),
    Case("a consent dated today counts from tonight", "blocked consent_missing",
         (("GRANTED", "2026-11-24", ENERGY_PURPOSE),)),
    Case("consent for another purpose only", "blocked consent_purpose_mismatch",
         (("GRANTED", RECENT, "solar_offers"),)),
    Case("no consent at all", "blocked consent_missing"),
)  # fmt: skip
STOPS = (
    ("on the internal stop list", "objection", "2026-10-02T07:15:00Z", "controller"),
    ("stop listed with a date only", "complaint", "2026-11-19", "controller"),
    ("stop listed without a date", "erasure", "", "controller"),
    ("stop listed with a date that cannot be read", "deceased", "03/04/26", "controller"),
    ("stop listed for every controller", "wrong_number", "2026-06-30T12:00:00Z", "all"),
)
ODD_CELLS = (
    ("number damaged by a spreadsheet", "4,93023E+11", "blocked number_mangled"),
    ("number too short to be one", "0123 45", "blocked number_invalid"),
)


def build() -> Part:
    """Return the file with its expectations and consent events."""
    part = Part()
    rows = [_ordinary(part, index) for index in range(1, COUNT_ORDINARY + 1)]
    index = COUNT_ORDINARY
    for case in CASES:
        index += 1
        rows.append(_consent_case(part, index, case))
    for why, kind, received, scope in STOPS:
        index += 1
        row = _row(index)
        part.consents.append(grant(_number(index), index))
        part.stops.append(Stop(_number(index), kind, received, scope))
        outcome = "erased" if kind == "erasure" else "suppressed_internally"
        rows.append(_expect(part, row, f"blocked {outcome}", why))
    for why, cell, outcome in ODD_CELLS:
        index += 1
        rows.append(_expect(part, {**_row(index), "Telefon": cell}, outcome, why))
    rows += _several_numbers(part, index + 1) + _special(part, index + 10)
    text = delimited(COLUMNS, rows, ";") + _faulty_lines(part, rows, index + 20)
    part.files.append(File(SOURCE, "webleads_20261123.csv", text.encode("cp1252")))
    return part


def _number(index: int) -> str:
    if index % 3 == 0 and index <= COUNT_ORDINARY:
        return number("DE", "mobile", index // 3)
    return number("DE", "fixed", index)


def _row(index: int) -> dict[str, str]:
    who = person("DE", index)
    return {
        "Vorgangsnr": f"WEB-{index:05}",
        "Anrede": ("Frau", "Herr", "")[index % 3],
        "Vorname": who.first_name,
        "Nachname": who.last_name,
        "PLZ": who.postcode,
        "Ort": who.city,
        "Land": ("Deutschland", "DE")[index % 2],
        "Telefon": written(_number(index), "DE", index),
        "E-Mail": who.email,
        "Kundentyp": "Privat",
        "Erfasst am": f"{moment(index):%d.%m.%Y %H:%M}",
        "Quelle": ("Tarifrechner", "Gewinnspiel", "Kontaktformular")[index % 3],
    }


def _expect(part: Part, row: dict[str, str], outcome: str, case: str = "") -> dict[str, str]:
    part.expect(SOURCE, row["Vorgangsnr"], ENERGY, outcome, case)
    return row


def _ordinary(part: Part, index: int) -> dict[str, str]:
    phone, at = _number(index), utc_text(moment(index))
    match index % 20:
        case 12 | 13 | 14:
            outcome = "blocked consent_missing"
        case 15:
            outcome = "blocked consent_withdrawn"
            part.consents += [
                grant(phone, index),
                Consent(phone, "WITHDRAWN", "2026-11-21T10:05:00Z"),
            ]
        case 16:
            outcome = "blocked consent_refused"
            part.consents.append(Consent(phone, "REFUSED", at))
        case 17:
            outcome = "blocked consent_purpose_mismatch"
            part.consents.append(grant(phone, index, purpose="solar_offers"))
        case 18:
            outcome = "blocked consent_expired"
            part.consents.append(grant(phone, index, expires_at="2026-11-17T00:00:00Z"))
        case 19:
            outcome = "blocked consent_evidence_missing"
            part.consents.append(Consent(phone, "GRANTED", at))
        case _:
            outcome = "callable"
            part.consents.append(grant(phone, index))
    return _expect(part, _row(index), outcome)


def _consent_case(part: Part, index: int, case: Case) -> dict[str, str]:
    for event, occurred_at, purpose in case.events:
        is_grant = event in {"GRANTED", "RENEWED"}
        part.consents.append(
            grant(_number(index), index, purpose=purpose, at=occurred_at)
            if event == "GRANTED"
            else Consent(
                _number(index), event, occurred_at, purpose,
                evidence=f"call-back-{index:05}-r" if is_grant else "",
                evidence_status="verified" if is_grant else "",
            )
        )  # fmt: skip
    return _expect(part, _row(index), case.outcome, case.case)


def _several_numbers(part: Part, index: int) -> list[dict[str, str]]:
    """Put two numbers into one cell: both callable, one objected, one that cannot be told."""
    rows = []
    plants = (
        ("two numbers in one cell", " / ", ("callable", "callable")),
        ("an objection on one number binds the person's other one", ", ",
         ("blocked objected", "blocked objected")),
    )  # fmt: skip
    for offset, (case, between, outcomes) in enumerate(plants):
        first = number("DE", "fixed", 900 + offset)
        second = number("DE", "mobile", 150 + offset)
        part.consents += [grant(first, index + offset), grant(second, index + offset)]
        if "objected" in outcomes[0]:
            part.consents.append(Consent(second, "OBJECTED", LATER, ""))
        cell = f"{national(first, 'DE')}{between}{national(second, 'DE')}"
        row = {**_row(index + offset), "Telefon": cell}
        for position, outcome in enumerate(outcomes, start=1):
            part.expect(SOURCE, row["Vorgangsnr"], ENERGY, outcome, case, position=position)
        rows.append(row)
    index += len(plants)
    phone = number("DE", "mobile", 155)
    row = {**_row(index), "Telefon": f"{national(phone, 'DE')}, {(int(phone[-2:]) + 1) % 100:02}"}
    part.consents.append(grant(phone, index))
    part.expect(SOURCE, row["Vorgangsnr"], ENERGY, "callable", "a number and a short tail")
    part.expect(
        SOURCE, row["Vorgangsnr"], ENERGY, "blocked number_ambiguous",
        "a tail that may be a second number or an extension", position=2,
    )  # fmt: skip
    return [*rows, row]


def _special(part: Part, index: int) -> list[dict[str, str]]:
    """Plant what other files speak of: a customer, another controller's consent, shared numbers."""
    rows = []
    for offset, ended in enumerate(("", "2026-01-31")):
        row = {**_row(index + offset), "Kundentyp": "Gewerbe"}
        row["Firma"] = person("DE", index + offset).company
        part.relations.append(
            Relation(_number(index + offset), f"NL-{index + offset}", "2024-03-01", ended)
        )
        outcome = "blocked consent_missing" if ended else "callable"
        why = "a company whose contract has ended" if ended else "a company under contract"
        rows.append(_expect(part, row, outcome, why))
    row = {**_row(index + 7), "Kundentyp": "Ansprechpartner", "Telefon": national(CLERK, "DE")}
    part.consents.append(grant(CLERK, index + 7))
    rows.append(
        _expect(
            part, row, "blocked campaign_audience_excluded",
            "a contact at a company, whom the campaign is not for",
        )
    )  # fmt: skip
    index += 2
    row = {**_row(index), "Telefon": national(OTHER_CONTROLLER, "DE")}
    rows.append(
        _expect(part, row, "blocked consent_controller_mismatch", "consent to another controller")
    )
    for offset, phone in enumerate(SHARED, start=1):
        row = {**_row(index + offset), "Telefon": national(phone, "DE")}
        part.consents.append(grant(phone, index + offset))
        rows.append(_expect(part, row, "callable", "a number that two campaigns want"))
    return rows


OTHER_CONTROLLER = number("DE", "mobile", 160)
CLERK = number("DE", "mobile", 162)
SHARED = (number("DE", "mobile", 165), number("DE", "mobile", 166))


def _faulty_lines(part: Part, rows: list[dict[str, str]], index: int) -> str:
    """Return the lines that never become leads: no phone, a cell too many, a doubled id."""
    without_phone, too_wide, doubled = _row(index), _row(index + 1), dict(rows[4])
    without_phone["Telefon"] = ""
    doubled["Telefon"] = national(number("DE", "fixed", 990), "DE")
    wide = delimited(COLUMNS, [too_wide], ";", has_header=False).replace("\r\n", ";?\r\n")
    for row, code, case in (
        (without_phone, "number_missing", "no phone number"),
        (too_wide, "row_wrong_cell_count", "a cell more than the header has"),
        (doubled, "record_id_repeated", "a record id that stands earlier in the file"),
    ):
        part.expect(SOURCE, row["Vorgangsnr"], ENERGY, f"quarantined {code}", case)
    return delimited(COLUMNS, [without_phone, doubled], ";", has_header=False) + wide
