"""Nothing that is kept or shown in clear holds a phone number or an e-mail address."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from tests.support_publish import lay_day

from ringfence.auditor_site.steering import steering
from ringfence.clear_text import refuse_personal, shown_name
from ringfence.database import connect
from ringfence.errors import Misconfigured, Refusal
from ringfence.landing.deliveries import Arrival
from ringfence.landing.retract import retract_batch
from ringfence.proposals.propose import propose
from ringfence.readers import FormatSpec, read_rows
from ringfence.registers.retire import retire_source
from ringfence.settings import Settings
from ringfence.stops import resume, stop, stop_reason

PERSONAL = [
    "Tel07700900123",
    "N7700 900123",
    "asked by +44 7700 900123",
    "(020) 7946-0123",
    "jo@example.org said so",
    "07700900123",
    "0171 - 123456",
    "089 - 4521 - 1703",
    "030 / 231250",
    "030–23125–001",
    "030 ‑ 231 25 001",
    "+49 (0) 30 | 231250",
    "+123456",
    "caller#2125550123",
    "a-2125550123",
    "tel-3023125001",
    "tel3023125",
    "INC0012345 0171",
    "#79460001",
    "#2312500",
    "# 79460001",
    "#123456789",
    "INC12345678",
    "INC1234567 0171",
    "inc3023125",
    "tel-2026-000123",
    "TEL-2026-000123",
    "REQ-2026-0001234",
    "REQ-2026-000123 0171",
    "REQ-0302-312501",
    "24.13.2026",
    "24.11.2026 0171 123456",
    "0171 24.11.2026",
    "01.02.20.26.33",
    "max at example.org",
    "max (at) example.org",
    "max[at]example[dot]org",
    "max ät example punkt org",
]


@pytest.mark.parametrize("text", PERSONAL)
def test_a_typed_number_or_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(Misconfigured, match="Nothing was done") as refused:
        refuse_personal(text, where="--reason")
    assert text not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "INC0012345",
        "T-20261124",
        "#12345678",
        "since 2026-11-24 05:00 UTC",
        "20261124",
        None,
        "INC-4711",
        "INC1234567",
        "RITM1234567, 24.11.2026",
        "REQ-2026-000123",
        "CASE-2026-4711 of 24.11.2026",
        "#1234567",
        "#794600",
        "24.11.2026 10:15",
        "since 24.11.2026, 10:15",
        "4.1.2026 until 24/11/2026",
        "11/24/2026 05:00 UTC",
        "24-11-2026",
        "CHG0012345, 2026-11-24",
        "#4711 and #4712",
        "2026-11-24 to 2026-11-30",
        "seen at work. Then 3 of 4 at 05.30",
        "version 1.2.3",
        "row 12 of leads_2026-11-24.csv",
    ],
)
def test_tickets_and_dates_may_be_named(text: str | None) -> None:
    refuse_personal(text, where="--reason")


@pytest.mark.parametrize("text", PERSONAL)
def test_no_command_that_opens_calls_takes_a_personal_reason(
    fresh_database: Settings, text: str
) -> None:
    for command in (
        lambda: resume(fresh_database, reason=text, actor="ops"),
        lambda: retract_batch(fresh_database, uuid4(), reason=text),
        lambda: retract_batch(fresh_database, uuid4(), reason="wrong", approved_by=text),
        lambda: retire_source(fresh_database, "crm", reason=text, approved_by="dpo"),
        lambda: retire_source(fresh_database, "crm", reason="gone", approved_by=text),
    ):
        with pytest.raises(Misconfigured, match="looks like it holds"):
            command()


@pytest.mark.parametrize(
    "text", ["INC0012345", "INC1234567", "REQ-2026-000123", "#12345678", "24.11.2026 10:15"]
)
def test_what_may_be_typed_is_kept_as_it_was_typed(fresh_database: Settings, text: str) -> None:
    lay_day(fresh_database)
    stop(fresh_database, reason=f"see {text}", actor="ops")
    with connect(fresh_database) as connection:
        assert stop_reason(connection, "energy_gb") == f"see {text}"
        (standing,) = steering(connection)["standing"]
    assert standing["reason"] == f"see {text}"


def test_a_stop_is_never_refused_for_its_wording_and_keeps_no_number(
    fresh_database: Settings,
) -> None:
    lay_day(fresh_database)
    stop(fresh_database, reason="07700 900123 complained", actor="ops")
    with connect(fresh_database) as connection:
        assert stop_reason(connection, "energy_gb") == "… complained"
        rows = connection.execute("select details::text from ledger.audit_events").fetchall()
    assert not [row for row in rows if "900123" in row[0]]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("leads_447700900123.csv", "leads_….csv"),
        ("leads_2026-11-24.csv", "leads_2026-11-24.csv"),
        ("leads_20261124.csv", "leads_20261124.csv"),
        ("leads 2026.11.24 0530.csv", "leads 2026.11.24 0530.csv"),
        ("leads_20261124T053000.csv", "leads_20261124T053000.csv"),
        ("20261124_07700900123.csv", "20261124_….csv"),
        ("jo@example.org.csv", "…@…"),
        ("stop-447700900123.csv", "stop-….csv"),
        ("T0301234567.csv", "T….csv"),
        ("of 0171 - 123456.csv", "of ….csv"),
        ("of_030–23125–001.csv", "of_….csv"),
        ("of_0171_123456.csv", "of_….csv"),
        ("max (at) example.org", "…@…"),
    ],
)
def test_a_file_is_named_by_its_date_and_never_by_a_number(name: str, shown: str) -> None:
    assert shown_name(name) == shown


def test_no_refusal_of_a_file_repeats_a_number_in_its_name(tmp_path: Path) -> None:
    path = tmp_path / "export_+447700900123.csv"
    path.write_text("<html><body>x</body></html>", "utf-8")
    for attempt in (
        lambda: list(read_rows(path, FormatSpec())),
        lambda: propose(path),
    ):
        with pytest.raises(Refusal) as refused:
            attempt()
        assert "export_…" in str(refused.value)
        assert "7700900123" not in str(refused.value)


def test_a_delivery_is_shown_without_the_number_in_its_name() -> None:
    name = "of_447700900001.csv"
    arrival = Arrival(name, "", None, None, rows=lambda _: iter(()), close=lambda: None)
    assert (arrival.name, arrival.label) == (name, "of_….csv")
