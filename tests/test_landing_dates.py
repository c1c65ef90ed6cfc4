"""What a source says about the order of day and month counts wherever one of its dates is read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support_registers import write_source

from ringfence.database import connect
from ringfence.home import Home
from ringfence.landing.ingest import ingest_source
from ringfence.settings import Settings

SOURCE = """
source_id: crm
controller: acme
obtained: from_person
approved: {by: dpo, on: 2026-01-15}
delivery: {expected_every: 1d, published_at: {column: day}}
format: {type: csv}
timezone: UTC
columns: {source_record_id: id, phone: phone, country: {constant: GB}}
emits:
  leads: {map: {collected_at: day, birth_date: day}}
  consent_events:
    map: {event_type: {constant: given}, event_at: day, expires_at: day}
  suppression: {map: {kind: {constant: objection}, event_at: day}}
  call_attempts: {map: {attempted_at: day, disposition: code}}
  customer_relations: {map: {contract_ref: id, started_at: day, ended_at: day}}
dispositions: {n: no_contact}
"""
READ = """
select 'published_at', published_at::date from landing.batches where part = 'rest'
union all select 'collected_at', collected_at::date from landing.lead_records
union all select 'birth_date', birth_date from landing.lead_records
union all select 'event_at of a consent', event_at::date from ledger.consent_events
union all select 'expires_at', expires_at::date from ledger.consent_events
union all select 'event_at of a stop', event_at::date from ledger.suppression_entries
union all select 'attempted_at', attempted_at::date from ledger.call_attempts
union all select 'started_at', started_at::date from ledger.customer_relations
union all select 'ended_at', ended_at::date from ledger.customer_relations
"""


@pytest.mark.parametrize(
    ("dates", "day"), [("day_first", "2026-04-03"), ("month_first", "2026-03-04")]
)
def test_every_date_of_a_delivery_is_read_as_its_source_says(
    fresh_database: Settings, dates: str, day: str
) -> None:
    registers = Home(fresh_database.home).root / "registers"
    settings = replace(
        fresh_database, registers=write_source(registers, "crm", f"{SOURCE}dates: {dates}\n")
    )
    inbox = Home(settings.home).inbox / "crm"
    inbox.mkdir(parents=True)
    (inbox / "day.csv").write_text("id,phone,day,code\n1,020 7946 0001,03/04/2026 14:05,n\n")

    (report,) = ingest_source(settings, "crm")

    assert report.status == "accepted"
    with connect(settings, name="a test") as connection:
        read = dict(connection.execute("set timezone to 'UTC'") and connection.execute(READ))
    assert {name: str(found) for name, found in read.items()} == dict.fromkeys(read, day)
    assert len(read) == 9
