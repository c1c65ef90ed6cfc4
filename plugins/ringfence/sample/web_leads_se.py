"""Make `web_leads_se`: JSON lines with the consent nested in the lead; the source has no zone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from ringfence.sample.model import ENERGY, File, Part, moment, utc_text
from ringfence.sample.people import person
from ringfence.sample.reserved_numbers import number, written

SOURCE = "web_leads_se"
COUNT_CONSUMERS = 30
COUNT_COMPANIES = 30
YOUNG = timedelta(days=90)  # as the policy has it for numbers that NIX lists
CLOSED = "blocked outside_call_days"  # the overlay quiet_tuesdays_se
LAST_CALL = datetime(2026, 11, 24, 19, tzinfo=UTC)


def build() -> Part:
    """Return the file with its expectations."""
    part = Part()
    leads = []
    for index in range(1, COUNT_CONSUMERS + COUNT_COMPANIES + 1):
        is_company = index > COUNT_CONSUMERS
        lead = _lead(index, is_company=is_company)
        outcome = CLOSED if is_company else _outcome(part, index)
        if is_company and index % 6 == 0:
            lead["consent"] = None
            outcome = "blocked legitimate_interest_not_assessed"
        elif index % 15 == 7:
            lead["consent"] |= {"status": "revoked", "at": "2026-11-12T18:00:00+01:00"}
            outcome = "blocked consent_withdrawn"
        leads.append(lead)
        part.expect(SOURCE, lead["id"], ENERGY, outcome)
    zoneless = _lead(len(leads) + 1, is_company=True)
    zoneless["consent"] |= {"status": "revoked", "at": "2026-11-12 18:00:00"}
    part.expect(
        SOURCE, zoneless["id"], ENERGY, "blocked consent_withdrawn",
        "a withdrawal whose time has no zone counts from its receipt",
    )  # fmt: skip
    undated = _lead(len(leads) + 2, is_company=True)
    undated["consent"]["at"] = "2026-11-02 08:15:00"
    part.expect(
        SOURCE, undated["id"], ENERGY, "blocked legitimate_interest_not_assessed",
        "a consent whose time has no zone is no ground",
    )  # fmt: skip
    lines = [json.dumps(lead, ensure_ascii=False) for lead in (*leads, zoneless, undated)]
    part.files.append(File(SOURCE, "leads-20261123.jsonl", ("\n".join(lines) + "\n").encode()))
    return part


def _outcome(part: Part, index: int) -> str:
    """Return what becomes of a consumer: a young consent goes before NIX, an older one does not."""
    phone = number("SE", "mobile", index)
    if index % 10 != 9:
        part.asked[phone] = index % 10 == 4
    if moment(index) + YOUNG >= LAST_CALL:
        return "callable"
    if phone not in part.asked:
        return "undetermined register_missing"
    return "blocked register_listed" if part.asked[phone] else "undetermined register_stale"


def _lead(index: int, *, is_company: bool) -> dict[str, Any]:
    who = person("SE", index)
    at = utc_text(moment(index))
    return {
        "id": f"SE-{index:04}",
        "created": at,
        "type": "company" if is_company else "consumer",
        "person": {"first": who.first_name, "last": who.last_name, "mail": who.email},
        "company": who.company if is_company else None,
        "address": {"zip": who.postcode, "city": who.city},
        "phone": written(number("SE", "mobile", index), "SE", index),
        "consent": {
            "status": "granted",
            "at": at,
            "purpose": "energy_offers",
            "evidence": f"formular-{index:05}",
            "evidence_status": "verified",
        },
    }
