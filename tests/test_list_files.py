"""Split a list by interval where rows have a break: which files, and what stands in them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from tests.support_publish import WITH_A_BREAK, decide, lay_day, number, publish
from tests.test_diallers import ROW

from ringfence.database import connect
from ringfence.keys import demo_keys
from ringfence.publish.diallers import DIALLERS
from ringfence.publish.list_files import files_of, list_files_in
from ringfence.publish.verify import verify_manifest
from ringfence.settings import Settings

KEY = demo_keys().signing_key_id()
MORNING = "2026-11-24T09:00:00Z/2026-11-24T12:00:00Z"
AFTERNOON = "2026-11-24T13:00:00Z/2026-11-24T19:00:00Z"
BROKEN = ROW._replace(
    call_window_start="10:00", call_window_end="20:00", timezone="Europe/Paris",
    call_windows="10:00-13:00;14:00-20:00", call_windows_utc=f"{MORNING};{AFTERNOON}",
)  # fmt: skip


def test_an_unbroken_list_is_one_file_of_the_dialler() -> None:
    for dialler, names in (
        ("generic", ["call_list.csv"]),
        ("vicidial", ["call_list.csv", "vicidial.txt"]),
        ("five9", ["call_list.csv", "five9.csv"]),
    ):
        several = [ROW.call_windows_utc, AFTERNOON]
        assert [file.name for file in files_of(dialler, several)] == names
    assert [file.name for file in files_of("vicidial", [])] == ["call_list.csv", "vicidial.txt"]


def test_a_list_with_a_break_is_one_file_for_each_interval_named_for_it() -> None:
    files = files_of("genesys", [BROKEN.call_windows_utc, ROW.call_windows_utc])
    assert [file.name for file in files] == [
        "call_list.csv",
        "genesys_20261124T0900Z-20261124T1200Z.csv",
        "genesys_20261124T0900Z-20261124T2000Z.csv",
        "genesys_20261124T1300Z-20261124T1900Z.csv",
    ]


def test_a_row_stands_in_the_file_of_each_of_its_intervals_with_its_hours_alone() -> None:
    generic, morning, afternoon = files_of("vicidial", [BROKEN.call_windows_utc])
    assert generic.row(BROKEN) == BROKEN
    for file, hours, interval in (
        (morning, "10:00-13:00", MORNING), (afternoon, "14:00-20:00", AFTERNOON),
    ):  # fmt: skip
        row = file.row(BROKEN)
        assert row is not None
        assert f"{row.call_window_start}-{row.call_window_end}" == row.call_windows == hours
        assert row.call_windows_utc == interval
        assert row._replace(
            call_windows=BROKEN.call_windows, call_windows_utc=BROKEN.call_windows_utc,
            call_window_start="10:00", call_window_end="20:00",
        ) == BROKEN  # fmt: skip
        assert file.row(ROW) is None


def test_every_file_with_rows_is_known_to_whoever_deletes_them(tmp_path: Path) -> None:
    names = {
        file.name
        for dialler in DIALLERS
        for windows in ([ROW.call_windows_utc], [BROKEN.call_windows_utc])
        for file in files_of(dialler, windows)
    }
    assert len(names) == 1 + 3 + 6
    for name in (*names, "manifest.json", "commitments.csv", "vicidial_notes.txt"):
        (tmp_path / name).touch()
    assert list_files_in(tmp_path) == names
    assert list_files_in(tmp_path / "nowhere") == frozenset()


def folder(settings: Settings) -> Path:
    return settings.home / "published" / "2026-11-24" / "energy_gb"


def rows(settings: Settings) -> list[dict[str, str]]:
    with (folder(settings) / "call_list.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


INTERVAL_FILES = {
    "vicidial_20261124T0900Z-20261124T2000Z.txt": ("09:00-20:00", 3),
    "vicidial_20261124T1000Z-20261124T1300Z.txt": ("10:00-13:00", 2),
    "vicidial_20261124T1400Z-20261124T2000Z.txt": ("14:00-20:00", 2),
}


def lay_day_with_a_break(settings: Settings) -> None:
    lay_day(settings)
    with connect(settings, autocommit=True) as connection:
        decide(connection, range(5), windows={1: WITH_A_BREAK, 2: WITH_A_BREAK})


def test_a_row_names_every_interval_in_its_own_time_and_in_utc(fresh_database: Settings) -> None:
    lay_day_with_a_break(fresh_database)
    publish(fresh_database)
    told = {row["phone"]: row for row in rows(fresh_database)}
    assert told[number(0)]["call_windows"] == "09:00-20:00"
    assert told[number(1)]["call_windows"] == "10:00-13:00;14:00-20:00"
    assert told[number(1)]["call_windows_utc"] == (
        "2026-11-24T10:00:00Z/2026-11-24T13:00:00Z;2026-11-24T14:00:00Z/2026-11-24T20:00:00Z"
    )


def test_a_break_splits_the_diallers_file_by_interval_and_all_are_proved(
    fresh_database: Settings,
) -> None:
    lay_day_with_a_break(fresh_database)
    publish(fresh_database)
    place = folder(fresh_database)
    assert {path.name for path in place.iterdir()} == {
        "call_list.csv", "commitments.csv", "manifest.json", *INTERVAL_FILES,
    }  # fmt: skip
    for name, (hours, count) in INTERVAL_FILES.items():
        lines = (place / name).read_text("utf-8").splitlines()
        assert len(lines) == count
        assert all(f"Call {hours} Europe/London" in line for line in lines)
    files = json.loads((place / "manifest.json").read_bytes())["files"]
    assert {name for name, facts in files.items() if "interval" in facts} == set(INTERVAL_FILES)
    assert files["vicidial_20261124T1000Z-20261124T1300Z.txt"]["interval"] == (
        "2026-11-24T10:00:00Z/2026-11-24T13:00:00Z"
    )
    assert verify_manifest(place, KEY).is_passed
    with (place / "vicidial_20261124T1400Z-20261124T2000Z.txt").open("a") as file:
        file.write("x")
    assert not verify_manifest(place, KEY).is_passed


def test_an_edition_without_a_break_leaves_no_file_of_an_interval_behind(
    fresh_database: Settings,
) -> None:
    lay_day_with_a_break(fresh_database)
    publish(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(5))
    publish(fresh_database)
    assert {path.name for path in folder(fresh_database).glob("vicidial*")} == {"vicidial.txt"}
    assert verify_manifest(folder(fresh_database), KEY).is_passed
