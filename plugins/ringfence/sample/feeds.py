"""Make the four feeds that speak of numbers in other files: consents, stops, calls, customers."""

from __future__ import annotations

from ringfence.sample.model import Attempt, Consent, File, Part, Relation, Stop, delimited
from ringfence.sample.reserved_numbers import national, number

CONSENT_COLUMNS = ("receipt", "msisdn", "event", "occurred_at", "purpose", "notice", "context",
                   "evidence", "evidence_status", "expires_at")  # fmt: skip
STOP_COLUMNS = ("phone", "kind", "received", "scope", "purpose")
ATTEMPT_COLUMNS = ("call_date", "phone_number", "status", "campaign_id")
RELATION_COLUMNS = ("contract", "phone", "product", "since", "until", "told_of_right_to_object")


def build(collected: Part) -> Part:
    """Return the feeds with what the other modules collected, and entries for strangers."""
    strangers = [number("DE", "fixed", 4_000 + index) for index in range(12)]
    stops = [Stop(phone, "objection", "2026-03-03T10:00:00Z") for phone in strangers]
    letter = Stop("", "objection", "2026-11-21")  # names no number: becomes a task with a deadline
    return Part(
        files=[
            File("consent_log_nordlicht", "consents_2026-11-23.csv", _consents(collected.consents)),
            File(
                "stop_list_nordlicht",
                "stops_2026-11-24.csv",
                _stops([*collected.stops, *stops, letter]),
            ),
            File("dialler_calls_halcyon", "calls_2026-11-23.tsv", _attempts(collected.attempts)),
            File(
                "customers_nordlicht", "contracts_2026-11-01.csv", _relations(collected.relations)
            ),
        ]
    )


def _consents(consents: list[Consent]) -> bytes:
    rows = [
        {
            "receipt": f"CR-{place:06}",
            "msisdn": consent.phone,
            "event": consent.event,
            "occurred_at": consent.occurred_at,
            "purpose": consent.purpose,
            "notice": consent.notice,
            "context": consent.collected_in,
            "evidence": consent.evidence,
            "evidence_status": consent.evidence_status,
            "expires_at": consent.expires_at,
        }
        for place, consent in enumerate(consents, start=1)
    ]
    return delimited(CONSENT_COLUMNS, rows, ",", newline="\n").encode()


def _stops(stops: list[Stop]) -> bytes:
    rows = [
        {
            "phone": national(stop.phone, "DE") if stop.phone else "",
            "kind": stop.kind,
            "received": stop.received,
            "scope": stop.scope,
            "purpose": stop.purpose,
        }
        for stop in stops
    ]
    return delimited(STOP_COLUMNS, rows, ";", newline="\n").encode()


def _attempts(attempts: list[Attempt]) -> bytes:
    rows = [
        {
            "call_date": attempt.called_at,
            "phone_number": attempt.phone.replace(" ", ""),
            "status": attempt.status,
            "campaign_id": "broadband_upgrade",
        }
        for attempt in sorted(attempts, key=lambda attempt: (attempt.called_at, attempt.phone))
    ]
    return delimited(ATTEMPT_COLUMNS, rows, "\t", newline="\n").encode()


def _relations(relations: list[Relation]) -> bytes:
    rows = [
        {
            "contract": relation.contract,
            "phone": relation.phone,
            "product": "electricity",
            "since": relation.started,
            "until": relation.ended,
            "told_of_right_to_object": "ja",
        }
        for relation in relations
    ]
    return delimited(RELATION_COLUMNS, rows, ";", newline="\n").encode()
