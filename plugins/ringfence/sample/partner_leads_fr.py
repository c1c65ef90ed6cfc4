"""Make `partner_leads_fr`: a bought XLSX with two lines above its header and real date cells."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ringfence.sample.model import ENERGY, File, Part, moment
from ringfence.sample.people import person
from ringfence.sample.reserved_numbers import number, written
from ringfence.sample.workbook import workbook_bytes

SOURCE = "partner_leads_fr"
COLUMNS = ("Réf", "Civilité", "Prénom", "Nom", "Société", "Code postal", "Ville", "Téléphone",
           "Mobile", "Type", "Recueilli le", "Consentement", "Date du consentement", "Preuve",
           "Preuve vérifiée")  # fmt: skip
COUNT_ORDINARY = 90
# A cell of a spreadsheet has no zone; the source's is Paris.
TOO_OLD = datetime(2024, 5, 14, 11, 30)  # noqa: DTZ001


def build() -> Part:
    """Return the workbook with its expectations."""
    part = Part()
    rows = [_ordinary(part, index) for index in range(1, COUNT_ORDINARY + 1)]
    rows += _planted(part, COUNT_ORDINARY + 1)
    above = [["Partenaire fictif, livraison de novembre"], []]
    table = [list(COLUMNS), *([row[name] for name in COLUMNS] for row in rows)]
    part.files.append(
        File(SOURCE, "contacts_2026-11-18.xlsx", workbook_bytes("Contacts", [*above, *table]))
    )
    return part


def _row(index: int) -> dict[str, Any]:
    who = person("FR", index)
    collected = moment(index).replace(tzinfo=None)
    return {
        "Réf": f"FR-{index:04}",
        "Civilité": ("Mme", "M.")[index % 2],
        "Prénom": who.first_name,
        "Nom": who.last_name,
        "Société": None,
        "Code postal": who.postcode,
        "Ville": who.city,
        "Téléphone": written(number("FR", "fixed", index), "FR", index),
        "Mobile": None,
        "Type": "particulier",
        "Recueilli le": collected,
        "Consentement": "oui",
        "Date du consentement": collected,
        "Preuve": f"enregistrement-{index:05}",
        "Preuve vérifiée": "oui",
    }


def _ordinary(part: Part, index: int) -> dict[str, Any]:
    row = _row(index)
    outcome = "callable"
    match index % 10:
        case 5:
            row["Consentement"] = "non"
            outcome = "blocked consent_refused"
        case 6:
            row["Consentement"] = "retiré"
            outcome = "blocked consent_withdrawn"
        case 7:
            row |= dict.fromkeys(COLUMNS[-4:])
            outcome = "blocked consent_missing"
        case 8:
            row |= {"Preuve": None, "Preuve vérifiée": None}
            outcome = "blocked consent_evidence_missing"
        case 9:
            row |= {"Recueilli le": TOO_OLD, "Date du consentement": TOO_OLD}
            outcome = "blocked consent_expired"
    part.expect(SOURCE, row["Réf"], ENERGY, outcome)
    return row


def _planted(part: Part, index: int) -> list[dict[str, Any]]:
    company, both, as_number, mangled = (_row(index + offset) for offset in range(4))
    company |= {"Type": "entreprise", "Société": person("FR", index).company}
    part.expect(
        SOURCE, company["Réf"], ENERGY, "undetermined policy_unreviewed",
        "a company: nobody has signed the policy for French business calls",
    )  # fmt: skip
    both["Mobile"] = written(number("FR", "mobile", index), "FR", 0)
    for position in (1, 2):
        part.expect(
            SOURCE, both["Réf"], ENERGY, "callable", "two numbers in two columns", position=position
        )
    as_number["Téléphone"] = int(number("FR", "fixed", index + 2).removeprefix("+33"))
    part.expect(SOURCE, as_number["Réf"], ENERGY, "callable", "the sheet dropped the leading zero")
    mangled["Téléphone"] = "3,36E+10"
    part.expect(
        SOURCE, mangled["Réf"], ENERGY, "blocked number_mangled", "number damaged by a spreadsheet"
    )
    return [company, both, as_number, mangled]
