"""What a source said last of a contract is what it is; a word that it ended wins over silence."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support_decision import write_registers
from tests.support_landing import ask
from tests.support_registers import write_source

from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.home import Home
from ringfence.keys import load_keys
from ringfence.landing.ingest import ingest_source
from ringfence.settings import Settings

CONTRACTS = """
source_id: contracts
title: Who has a contract
controller: acme
obtained: from_person
approved: {by: dpo, on: 2026-01-15}
delivery: {pattern: "*.csv"}
format: {type: csv, delimiter: ","}
timezone: Europe/London
columns:
  phone: phone
  country: {constant: GB}
  contract_ref: contract
  product: {constant: energy_offers}
  started_at: since
  ended_at: until
  objection_offered_at_collection: {constant: yes}
emits: {customer_relations: {}}
"""
CRM = """
source_id: crm
title: People and what they bought
controller: acme
obtained: from_person
approved: {by: dpo, on: 2026-01-15}
format: {type: csv, delimiter: ","}
timezone: Europe/London
columns: {source_record_id: contract, phone: phone, country: {constant: GB}}
emits:
  leads: {}
  customer_relations: {map: {contract_ref: contract, started_at: since, ended_at: until}}
"""
HEADER = "contract,phone,since,until"
FIRST_DAY = datetime(2026, 11, 1, tzinfo=UTC)
ENDED = "2026-11-02"


def running(contract: str) -> str:
    return f"{contract},{phone_of(contract)},2026-01-01,"


def ended(contract: str) -> str:
    return f"{contract},{phone_of(contract)},2026-01-01,{ENDED}"


def phone_of(contract: str) -> str:
    """Return the reserved number of a case, whatever the contract is spelt like."""
    return f"07700 9000{CASES[contract.strip().upper()]:02}"


CASES = {
    name: place
    for place, name in enumerate(
        (
            "TWO WORDS", "REPLACED", "REREAD", "NAMED 10", "TIMED", "SENT AGAIN", "NO PHONE",
            "SPELT", "REOPENED", "RENAMED",
        ),
        start=1,
    )
}  # fmt: skip


class Desk:
    """Put files into the inbox of one source, and take them in."""

    def __init__(self, settings: Settings, source: str = "contracts") -> None:
        self.settings, self.source = settings, source
        self.folder = Home(settings.home).inbox / source

    def put(self, name: str, *rows: str, day: float = 0) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / name
        file.write_text("\n".join((HEADER, *rows)) + "\n")
        written = (FIRST_DAY + timedelta(days=day)).timestamp()
        os.utime(file, (written, written))
        return file

    def ingest(self) -> list[str]:
        return [report.status for report in ingest_source(self.settings, self.source)]


@pytest.fixture(scope="module")
def day(database: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Let the source say many things over several days, and decide once."""
    registers = write_registers(tmp_path_factory.mktemp("dags"))
    source = registers / "sources" / "contracts.yml"
    source.write_text(CONTRACTS)
    settings = replace(database, registers=registers)
    desk = Desk(settings)
    desk.put("two_words.csv", running("TWO WORDS"), ended("TWO WORDS"))
    desk.put("replaced_1.csv", running("REPLACED"))
    reread = desk.put("reread_1.csv", running("REREAD"))
    desk.put("export_9.csv", running("NAMED 10"))
    desk.put("export_10.csv", ended("NAMED 10"))
    desk.put("a_timed.csv", ended("TIMED"), day=2)
    desk.put("z_timed.csv", running("TIMED"), day=1)
    desk.put("again.csv", ended("SENT AGAIN"))
    desk.put("no_phone_1.csv", running("NO PHONE"))
    desk.put("spelt_1.csv", running("SPELT"))
    desk.put("reopened_1.csv", ended("REOPENED"))
    renamed = desk.put("renamed_1.csv", running("RENAMED"))
    desk.ingest()
    desk.put("replaced_2.csv", ended("REPLACED"), day=3)
    gone = desk.put("reread_2.csv", ended("REREAD"), day=3)
    desk.put("again.csv", running("SENT AGAIN"), day=3)
    desk.put("no_phone_2.csv", f"NO PHONE,,2026-01-01,{ENDED}", day=3)
    desk.put("spelt_2.csv", ended(" spelt "), day=3)
    desk.put("reopened_2.csv", running("REOPENED"), day=3)
    desk.put("renamed_2.csv", ended("RENAMED"), day=3)
    desk.ingest()
    renamed.rename(renamed.with_name("renamed_3.csv"))
    gone.unlink()
    desk.put("again.csv", ended("SENT AGAIN"), day=4)
    assert "reconfirmed" in desk.ingest()
    source.write_text(CONTRACTS.replace("zone: Europe/London", "zone: Europe/Dublin"))
    assert reread.exists()
    assert "accepted" in desk.ingest()
    decide(settings)
    return settings


@pytest.mark.parametrize(
    ("contract", "is_running"),
    {
        "TWO WORDS": False, "REPLACED": False, "REREAD": False, "NAMED 10": False,
        "TIMED": False, "SENT AGAIN": False, "NO PHONE": False, "SPELT": False,
        "REOPENED": True, "RENAMED": False,
    }.items(),
)  # fmt: skip
def test_what_counts_of_a_contract(day: Settings, contract: str, is_running: bool) -> None:
    digits = phone_of(contract).replace(" ", "")[1:]
    with connect(day, autocommit=True) as connection:
        subject_id = load_keys(day, connection).subject_id(f"+44{digits}")
        rows = connection.execute(
            "select ended_at is null from intermediate.int_current_relations where subject_id = %s",
            [subject_id],
        ).fetchall()
    assert {is_open for (is_open,) in rows} - {False} == ({True} if is_running else set())


def test_an_old_export_that_is_touched_stays_as_old_as_its_date(
    fresh_database: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    registers = write_registers(tmp_path_factory.mktemp("dags"))
    dated = 'pattern: "*.csv", published_at: {file_name: "of_%Y-%m-%d.csv"}'
    source = registers / "sources" / "contracts.yml"
    source.write_text(CONTRACTS.replace('pattern: "*.csv"', dated))
    home = replace(fresh_database, registers=registers)
    desk = Desk(home)
    desk.put("of_2026-11-01.csv", running("REPLACED"))
    desk.put("of_2026-11-20.csv", ended("REPLACED"), day=19)
    desk.ingest()
    desk.put("of_2026-11-01.csv", running("REPLACED"), day=20)
    desk.ingest()
    decide(home)
    assert ask(home, "select ended_at is null from intermediate.int_current_relations") == [
        (False,)
    ]


def test_an_end_in_a_faulty_or_repeated_row_of_a_crm_counts(fresh_database: Settings) -> None:
    folder = Home(fresh_database.home).root / "registers"
    home = replace(fresh_database, registers=write_source(folder, "crm", CRM))
    desk = Desk(home, "crm")
    desk.put(
        "crm.csv",
        "C1,07700 900001,2026-01-01,",
        f"C1,07700 900001,2026-01-01,{ENDED}",
        f"C2,,2026-01-01,{ENDED}",
        "C3,,2026-01-01,",
    )
    assert desk.ingest() == ["accepted"]
    assert ask(
        home,
        "select contract_ref, subject_id is null, ended_at is null"
        " from ledger.customer_relations inner join ledger.customer_relations_payload using (seq)"
        " order by seq",
    ) == [("C1", False, True), ("C1", False, False), ("C2", True, False)]
    assert ask(
        home, "select row_number, reason_code from landing.quarantined_records order by 1"
    ) == [(2, "record_id_repeated"), (3, "number_missing"), (4, "number_missing")]


def test_an_end_without_a_phone_is_no_faulty_row_where_nothing_else_is_said(
    fresh_database: Settings,
) -> None:
    folder = Home(fresh_database.home).root / "registers"
    home = replace(fresh_database, registers=write_source(folder, "contracts", CONTRACTS))
    desk = Desk(home)
    desk.put("day.csv", f"C1,,2026-01-01,{ENDED}", "C2,,2026-01-01,", f",,2026-01-01,{ENDED}")
    assert desk.ingest() == ["accepted"]
    assert ask(home, "select rows_read, rows_landed from landing.batches") == [(3, 1)]
    assert ask(
        home, "select row_number, reason_code from landing.quarantined_records order by 1"
    ) == [(2, "number_missing"), (3, "contract_missing")]
