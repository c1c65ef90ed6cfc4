"""Make two files of Fernhill: the leads of two campaigns that rest, and yesterday's calls.

Few leads consented to a voice assistant, so hardly any is called by one. People call none of them:
the dialler that dials ahead of them dropped 2 of 22 calls, and the cap is 3 percent.
"""

from __future__ import annotations

from ringfence.sample.model import File, Part, delimited, moment, utc_text
from ringfence.sample.people import person
from ringfence.sample.reserved_numbers import national, number

LEADS = "boiler_leads_gb"
CALLS = "dialler_calls_fernhill"
REMINDER = "voice_reminder"
CARE = "winter_care"
LEAD_COLUMNS = ("booking", "first_name", "last_name", "postcode", "city", "phone", "email",
                "booked_at", "may_call", "kind_of_call", "receipt")  # fmt: skip
CALL_COLUMNS = ("called_at", "number", "result", "campaign")
COUNT_LEADS = 14
NAMED = {4, 11}  # consented to calls by a voice assistant
RESTED = "more than 3 in 100 calls were dropped on the day before"
COUNT_ANSWERED = 20
COUNT_UNANSWERED = 6  # they rang out: no dropped call
DROPPED = (2, 9)


def build() -> Part:
    """Return both files with the expectations of the leads."""
    part = Part()
    leads = [_lead(part, index) for index in range(1, COUNT_LEADS + 1)]
    text = delimited(LEAD_COLUMNS, leads, ",", newline="\n")
    part.files.append(File(LEADS, "bookings_2026-11-23.csv", text.encode()))
    calls = delimited(CALL_COLUMNS, _calls(), ",", newline="\n")
    part.files.append(File(CALLS, "calls_2026-11-23.csv", calls.encode()))
    return part


def _number(index: int) -> str:
    return number("GB", "mobile", 800 + index)


def _lead(part: Part, index: int) -> dict[str, str]:
    who = person("GB", 800 + index)
    lead = {
        "booking": f"FH-{index:04}",
        "first_name": who.first_name,
        "last_name": who.last_name,
        "postcode": who.postcode,
        "city": who.city,
        "phone": national(_number(index), "GB"),
        "email": who.email,
        "booked_at": utc_text(moment(index)),
    }
    reminder, why = "blocked call_mode_banned", "no consent to any call"
    if index % 2 == 0 or index in NAMED:
        lead |= {"may_call": "yes", "receipt": f"booking-form-{index:05}"}
        why = "a consent that names no voice assistant"
    if index in NAMED:
        lead["kind_of_call"] = "voice assistant"
        reminder, why = "callable", "a consent that names calls by a voice assistant"
    part.expect(LEADS, lead["booking"], REMINDER, reminder, why)
    part.expect(LEADS, lead["booking"], CARE, "blocked abandoned_share_exceeded", RESTED)
    return lead


def _calls() -> list[dict[str, str]]:
    """Return the calls of the day before: to strangers, and two dropped ones to leads."""
    count = COUNT_ANSWERED + COUNT_UNANSWERED
    strangers = [number("GB", "fixed", 6_000 + index) for index in range(count)]
    called = [(phone, "ANSWERED") for phone in strangers[:COUNT_ANSWERED]]
    called += [(phone, "NO_ANSWER") for phone in strangers[COUNT_ANSWERED:]]
    called += [(_number(index), "DROP") for index in DROPPED]
    return [
        {
            "called_at": f"2026-11-23 {9 + place % 9:02}:{place * 7 % 60:02}:00",
            "number": phone,
            "result": result,
            "campaign": CARE,
        }
        for place, (phone, result) in enumerate(called)
    ]
