"""Deliver files of one CRM, whose rows say several things at once, and ingest them."""

from __future__ import annotations

from pathlib import Path

from ringfence.database import connect
from ringfence.home import Home
from ringfence.landing.batches import BatchReport
from ringfence.landing.ingest import ingest_source
from ringfence.settings import Settings

CRM = """
source_id: crm
title: A CRM whose rows say several things at once
controller: acme
obtained: from_person
approved: {by: dpo, on: 2026-01-15}
delivery: {expected_every: 1d}
format: {type: csv, delimiter: ","}
timezone: Europe/London
columns:
  source_record_id: Id
  phone: [Phone, MobilePhone]
  country: {constant: GB}
  last_name: LastName
keep: [LeadSource]
emits:
  leads: {}
  consent_events:
    when: Status is not empty
    map:
      event_type: {column: Status, values: {OptIn: given, OptOut: withdrawn}}
      event_at: CaptureDate
      purpose: {constant: telemarketing}
      notice_version: {constant: "1"}
      collection_context: {constant: web}
      evidence_status: {constant: verified}
  suppression:
    when: DoNotCall = true
    map: {kind: {constant: objection}}
"""
HEADER = "Id,LastName,Phone,MobilePhone,LeadSource,Status,CaptureDate,DoNotCall"
ROWS = [
    "1,Fiction,020 7946 0001,07700 900001,Web,OptIn,2026-10-01T10:00:00Z,false",
    "2,Fiction,020 7946 0002 / 020 7946 0003,,Web,,,true",
    "3,Fiction,,,Web,OptOut,2026-10-01T10:00:00Z,false",
    "4,Fiction,4.47E+11,,Web,,,false",
    "1,Again,020 7946 0004,,Web,,,true",
    "6,Fiction,020 7946 0005,,Web,Maybe,2026-10-01,false",
    "7,Fiction,too,few",
]


def deliver(settings: Settings, *rows: str, name: str = "day.csv", source: str = "crm") -> Path:
    folder = Home(settings.home).inbox / source
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text("\n".join((HEADER, *rows)) + "\n")
    return file


def ask(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with connect(settings, name="a test") as connection:
        return connection.execute(query.encode()).fetchall()


def ingest(settings: Settings) -> BatchReport:
    (report,) = ingest_source(settings, "crm")
    return report
