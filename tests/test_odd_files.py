"""One odd file, name or source costs itself and nobody else; nothing lies there unheard."""

from __future__ import annotations

import json
import os
import resource
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support_registers import write_source
from tests.support_shell import check_told, shell, variables_of

from ringfence.clear_text import shown_name
from ringfence.database import connect
from ringfence.errors import Refusal
from ringfence.home import Home
from ringfence.landing.batches import BatchReport
from ringfence.landing.ingest import ingest_source
from ringfence.registers.load import load_registers
from ringfence.settings import Settings

STOPS = """
source_id: {source_id}
title: Objections
controller: acme
obtained: from_person
approved: {{by: dpo, on: 2026-01-15}}
delivery: {{expected_every: 1d, pattern: "*.csv"}}
format: {{type: csv}}
columns: {{phone: Phone, country: {{constant: GB}}}}
emits:
  suppression: {{map: {{kind: {{constant: objection}}}}}}
"""
NOT_UTF8 = os.fsdecode(b"L\xf6schungen.csv")


@pytest.fixture
def home(fresh_database: Settings) -> Settings:
    registers = Home(fresh_database.home).root / "registers"
    for source_id in ("stops", "other"):
        write_source(registers, source_id, STOPS.format(source_id=source_id))
    return replace(fresh_database, registers=registers)


def inbox(settings: Settings, source_id: str = "stops") -> Path:
    folder = Home(settings.home).inbox / source_id
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def deliver(settings: Settings, name: str, digit: int = 1, source_id: str = "stops") -> Path:
    file = inbox(settings, source_id) / name
    file.write_text(f"Phone\n020 7946 000{digit}\n")
    return file


def count_stops(settings: Settings) -> int:
    with connect(settings) as connection:
        row = connection.execute("select count(*) from ledger.suppression_entries").fetchone()
    return int(row[0]) if row else 0


def statuses(reports: list[BatchReport]) -> list[str | None]:
    return [report.reason_code or report.status for report in reports]


def test_a_name_that_is_not_utf8_is_read_and_its_fault_told(home: Settings) -> None:
    deliver(home, NOT_UTF8)
    assert statuses(ingest_source(home, "stops")) == ["accepted"]
    (inbox(home) / NOT_UTF8).write_text("<html>log in</html>")
    (report,) = ingest_source(home, "stops")
    assert report.reason_code == "file_is_html"
    assert "schungen.csv" in str(report.reason)
    str(report.reason).encode("utf-8")
    json.dumps(shown_name(NOT_UTF8), ensure_ascii=False).encode("utf-8")


def test_a_name_as_long_as_the_file_system_takes_is_read(home: Settings) -> None:
    deliver(home, "ö" * 125 + ".csv")
    assert statuses(ingest_source(home, "stops")) == ["accepted"]


def test_the_command_line_prints_what_it_was_given_whatever_the_name(home: Settings) -> None:
    (inbox(home) / NOT_UTF8).write_text("<html>log in</html>")
    for arguments in (("ingest", "stops"), ("ingest", "stops", "--json")):
        check_told(shell(*arguments, **variables_of(home)), 1, "web page", "schungen.csv")


@pytest.mark.parametrize("name", [NOT_UTF8, os.fsdecode(b"\xf6.csv")])
def test_a_register_is_proposed_for_a_file_whatever_its_name(
    home: Settings, tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    file.write_text("Phone,Name\n020 7946 0001,Fiction\n020 7946 0002,Fiction\n")
    told = shell("sources", "propose", str(file), **variables_of(home))
    assert told.returncode == 0, told.stderr
    assert shell("sources", "propose", str(file), "--write", **variables_of(home)).returncode == 0
    ((written),) = set((home.registers / "sources").iterdir()) - {
        home.registers / "sources" / "stops.yml",
        home.registers / "sources" / "other.yml",
    }
    assert written.read_text("utf-8") == told.stdout


def test_a_file_that_is_deleted_while_another_is_read_does_not_stop_the_third(
    home: Settings,
) -> None:
    for place, name in enumerate(("1.csv", "2.csv", "3.csv")):
        deliver(home, name, place)

    def delete(_: int) -> None:
        (inbox(home) / "2.csv").unlink(missing_ok=True)

    reports = ingest_source(home, "stops", progress=delete)
    assert statuses(reports) == ["accepted", "file_vanished", "accepted"]
    assert count_stops(home) == 2


def test_a_file_that_cannot_be_read_does_not_stop_the_next(home: Settings) -> None:
    deliver(home, "1.csv", 1)
    # An ordinary file to the eye, even to root; its first byte is an error of the system.
    (inbox(home) / "2.csv").symlink_to("/proc/self/mem")
    deliver(home, "3.csv", 3)
    reports = ingest_source(home, "stops")
    assert sorted(map(str, statuses(reports))) == ["accepted", "accepted", "file_unreadable"]
    assert count_stops(home) == 2


def test_a_source_that_cannot_even_be_listed_does_not_stop_the_day(home: Settings) -> None:
    deliver(home, "1.csv", source_id="other")
    deliver(home, "1.csv", source_id="stops")
    folder = inbox(home, "aside")
    folder.rmdir()
    folder.write_text("a file where a folder should be")
    text = STOPS.format(source_id="broken").replace("pattern", "folder: inbox/aside, pattern")
    write_source(home.registers, "broken", text)
    done = shell("run-day", **variables_of(home))
    check_told(done, 1, "source broken")
    assert count_stops(home) == 2
    assert "decide" in done.stdout


def missed(settings: Settings) -> list[str]:
    reports = ingest_source(settings, "stops")
    assert statuses(reports)[0] in {"accepted", "already_accepted"}
    assert set(statuses(reports)[1:]) <= {"file_not_matched"}
    return [str(report.reason) for report in reports[1:]]


def test_what_lies_among_objections_and_is_no_file_is_told(home: Settings) -> None:
    deliver(home, "1.csv")
    folder = inbox(home)
    (folder / "gone.csv").symlink_to(folder / "nothing")
    (folder / "old" / "deeper").mkdir(parents=True)
    (folder / "old" / "deeper" / "2.csv").write_text("Phone\n020 7946 0002\n")
    os.mkfifo(folder / "pipe.csv")
    (folder / ".m.csv").write_text("Phone\n020 7946 0003\n")
    told = missed(home)
    assert len(told) == 4
    for name, what in (
        (".m.csv", "hidden"),
        ("gone.csv", "link to nothing"),
        ("old", "folder"),
        ("pipe.csv", "no ordinary file"),
    ):
        (one,) = [text for text in told if f"{name}\n" in text]
        assert what in one
        assert "do:" in one


@pytest.mark.parametrize(
    "name",
    [
        ".x.csv.part", "..x.csv.part", ".filepart", ".x.csv.filepart", ".x.csv.Ab3dEf",
        ".x.csv.swp", "1.csv.published_at", ".DS_Store", ".nfs00000001",
    ],
)  # fmt: skip
def test_what_transfer_tools_leave_is_no_delivery(home: Settings, name: str) -> None:
    deliver(home, "1.csv")
    (inbox(home) / name).write_text("half a fi")
    (inbox(home) / ".gitkeep").touch()
    (inbox(home) / "empty").mkdir()
    assert missed(home) == []


def test_the_folder_of_another_source_is_no_folder_nobody_reads(home: Settings) -> None:
    text = STOPS.format(source_id="other").replace("pattern", "folder: inbox/stops/other, pattern")
    write_source(home.registers, "other", text)
    assert not load_registers(home.registers, "live")[1]
    deliver(home, "1.csv")
    (inbox(home) / "other").mkdir()
    (inbox(home) / "other" / "2.csv").write_text("Phone\n020 7946 0002\n")
    assert missed(home) == []


def test_a_pipe_beside_a_file_is_not_taken_for_its_date(home: Settings) -> None:
    text = STOPS.format(source_id="stops").replace(
        "pattern", "published_at: {sidecar: true}, pattern"
    )
    write_source(home.registers, "stops", text)
    deliver(home, "1.csv")
    os.mkfifo(inbox(home) / "1.csv.published_at")
    assert statuses(ingest_source(home, "stops"))[0] == "accepted"


def test_a_full_disk_still_ends_the_source_at_once(home: Settings) -> None:
    (inbox(home) / "0.csv").write_text("Phone\n" + "020 7946 0001\n" * 20_000)
    deliver(home, "1.csv")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(Refusal, match="disk is full"):
            ingest_source(home, "stops")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert count_stops(home) == 0
