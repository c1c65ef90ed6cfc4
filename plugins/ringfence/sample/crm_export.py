"""Make `crm_export`: a Salesforce-style export; a row holds a lead, a consent and a stop flag."""

from __future__ import annotations

from dataclasses import dataclass, field

from ringfence.sample.model import BROADBAND, Attempt, File, Part, delimited, moment, utc_text
from ringfence.sample.people import person
from ringfence.sample.reserved_numbers import national, number, written
from ringfence.sample.web_leads_de import OTHER_CONTROLLER

SOURCE = "crm_export"
COLUMNS = ("Id", "IndividualId", "Salutation", "FirstName", "LastName", "Company", "City",
           "PostalCode", "Country", "Phone", "MobilePhone", "Email", "LeadSource", "Status",
           "DoNotCall", "CreatedDate", "PrivacyConsentStatus", "CaptureDate", "CaptureSource",
           "DataUsePurpose", "EffectiveTo", "EvidenceStatus__c", "Website")  # fmt: skip
COUNT_ORDINARY = 160
OPT_IN = {"PrivacyConsentStatus": "OptIn", "DataUsePurpose": "Broadband offers"}


@dataclass(frozen=True)
class Case:
    """Plant one lead: `cells` replace those of an ordinary row."""

    case: str
    outcome: str
    cells: dict[str, str] = field(default_factory=dict)
    listed: bool = False
    status: str = ""  # what the dialler reported about it


CASES = (
    Case("do-not-call flag and consent in one row: the flag wins", "blocked suppressed_internally",
         {**OPT_IN, "DoNotCall": "true"}),
    Case("objected after it had been listed nowhere", "blocked objected", status="DNC"),
    Case("said not interested in a call", "blocked consent_refused", status="NI"),
    Case("a disposition that nobody mapped counts as a stop", "blocked objected", status="QX7"),
    Case("listed in the register, but consented to this caller", "callable", OPT_IN, listed=True),
    Case("listed in the register, no consent", "blocked register_listed", listed=True),
    Case("number damaged by a spreadsheet", "blocked number_mangled", {"Phone": "4.47E+11"}),
    Case("number too short to be one", "blocked number_invalid", {"Phone": "07700 900"}),
    Case("number without a country", "undetermined number_country_unknown",
         {"Phone": "020 7946 0777", "Country": ""}),
    Case("premium rate number", "blocked number_kind_not_callable",
         {"Phone": national(number("GB", "premium", 3), "GB")}),
    Case("freephone number", "blocked number_kind_not_callable",
         {"Phone": national(number("GB", "freephone", 3), "GB")}),
    Case("a country that nobody has a policy for", "undetermined policy_missing",
         {"Phone": written(number("AU", "mobile", 0), "AU", 3), "Country": "Australia"}),
    Case("a country that nobody has a policy for, fixed line", "undetermined policy_missing",
         {"Phone": written(number("AU", "fixed", 4), "AU", 0), "Country": "AU", **OPT_IN}),
    Case("a country the campaign does not call", "blocked campaign_country_excluded",
         {"Phone": written(number("FR", "mobile", 9_000), "FR", 1), "Country": "France", **OPT_IN}),
    Case("a German who consented to this controller's energy offers",
         "blocked campaign_country_excluded",
         {"Phone": OTHER_CONTROLLER, "Country": "Germany", **OPT_IN,
          "DataUsePurpose": "Energy offers", "IndividualId": ""}),
    Case("collected more than three years ago", "blocked retention_lapsed",
         {"CreatedDate": "2021-05-12T10:00:00Z"}),
    Case("consent withdrawn for one purpose, in the export itself", "blocked consent_withdrawn",
         {**OPT_IN, "PrivacyConsentStatus": "OptOut"}),
    Case("refused at the question", "blocked consent_refused",
         {**OPT_IN, "PrivacyConsentStatus": "Declined"}),
)  # fmt: skip
DOUBLE = number("GB", "mobile", 905)
"""A number that an approved and an unapproved source both hold."""
RESELLER_STOPS = tuple(number("GB", "mobile", 910 + offset) for offset in range(3))
"""Numbers that a delivery which fails at the door asks to stop."""


def build() -> Part:
    """Return the file with its expectations."""
    part = Part()
    rows = [_ordinary(part, index) for index in range(1, COUNT_ORDINARY + 1)]
    index = COUNT_ORDINARY
    for case in CASES:
        index += 1
        rows.append(_planted(part, index, case))
    index += 1
    rows.append(_with_number(index, DOUBLE))
    part.expect(SOURCE, _id(index), BROADBAND, "callable", "an approved source also holds it")
    for phone in RESELLER_STOPS:
        index += 1
        rows.append(_with_number(index, phone))
        part.expect(
            SOURCE, _id(index), BROADBAND, "blocked suppressed_internally",
            "a stop from a delivery that failed at the door",
        )  # fmt: skip
    rows += _often_called(part, index + 1)
    text = delimited(COLUMNS, rows, ",", quotes="all")
    part.files.append(File(SOURCE, "leads_2026-11-24.csv", text.encode()))
    return part


def _often_called(part: Part, index: int) -> list[dict[str, str]]:
    """Plant persons who were called as often as is allowed in thirty days, or nearly."""
    rows = []
    for offset, (case, count, outcomes) in enumerate((
        ("called four times in thirty days", 4, ("blocked attempt_cap_reached",)),
        ("called three times in thirty days", 3, ("callable",)),
        ("one call is left for a person of two numbers", 3,
         ("blocked attempt_kept_for_other_number", "callable")),
    )):  # fmt: skip
        row = {**_row(index + offset), **OPT_IN}
        phone = number("GB", "fixed", index + offset)
        if len(outcomes) > 1:
            row["MobilePhone"] = written(number("GB", "mobile", 930 + offset), "GB", offset)
        for day in range(count):
            called_at = f"2026-11-{5 + day:02} 10:{index % 60:02}:00"
            part.attempts.append(Attempt(national(phone, "GB"), "NA", called_at))
        for position, outcome in enumerate(outcomes, start=1):
            part.expect(SOURCE, row["Id"], BROADBAND, outcome, case, position=position)
        rows.append(_with_consent(row, index + offset))
    return rows


def _id(index: int) -> str:
    return f"00Q9E{index:010}AAA"


def _row(index: int) -> dict[str, str]:
    who = person("GB", index)
    return {
        "Id": _id(index),
        "IndividualId": f"0PK9E{index:010}AAA",
        "Salutation": ("Ms", "Mr", "Mx")[index % 3],
        "FirstName": who.first_name,
        "LastName": who.last_name,
        "City": who.city,
        "PostalCode": who.postcode,
        "Country": ("United Kingdom", "GB")[index % 2],
        "Phone": written(number("GB", "fixed", index), "GB", index),
        "Email": who.email,
        "LeadSource": ("Web", "Purchased List", "Phone Inquiry")[index % 3],
        "Status": ("Open - Not Contacted", "Working - Contacted")[index % 2],
        "DoNotCall": "false",
        "CreatedDate": utc_text(moment(index)),
        "Website": "example.org",
    }


def _with_consent(row: dict[str, str], index: int) -> dict[str, str]:
    """Add what a consent status needs to be read as an event."""
    if not row.get("PrivacyConsentStatus"):
        return row
    evidence = "web-form" if row["PrivacyConsentStatus"] == "OptIn" else "preference-centre"
    return {
        "CaptureDate": utc_text(moment(index)),
        "CaptureSource": f"{evidence}-{index:05}",
        "EvidenceStatus__c": "Verified",
        **row,
    }


def _with_number(index: int, phone: str) -> dict[str, str]:
    return {**_row(index), "Phone": national(phone, "GB")}


def _ordinary(part: Part, index: int) -> dict[str, str]:
    row = _row(index)
    first = number("GB", "fixed", index)
    outcome = "callable"
    match index % 20:
        case 10 | 11 | 12:
            pass  # no consent: legitimate interest, screened against the register
        case 13 | 14 | 15 | 16:
            part.listed.append(first)
            outcome = "blocked register_listed"
        case 17:
            row["DoNotCall"] = "true"
            outcome = "blocked suppressed_internally"
        case 18:
            row |= {**OPT_IN, "PrivacyConsentStatus": "OptOut"}
            outcome = "blocked consent_withdrawn"
        case 19:
            row |= {**OPT_IN, "MobilePhone": written(number("GB", "mobile", index), "GB", index)}
            part.expect(SOURCE, row["Id"], BROADBAND, "callable", position=2)
        case _:
            row |= OPT_IN
    part.expect(SOURCE, row["Id"], BROADBAND, outcome)
    return _with_consent(row, index)


def _planted(part: Part, index: int, case: Case) -> dict[str, str]:
    phone = number("GB", "fixed", index)
    if case.listed:
        part.listed.append(phone)
    if case.status:
        part.attempts.append(Attempt(national(phone, "GB"), case.status, "2026-11-19 14:03:22"))
    row = {**_row(index), **case.cells}
    part.expect(SOURCE, row["Id"], BROADBAND, case.outcome, case.case)
    return _with_consent(row, index)
