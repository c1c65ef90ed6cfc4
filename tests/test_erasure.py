"""Erase rows from published lists; what is left still verifies and says how many are gone."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from tests.support_publish import (
    WITH_A_BREAK,
    decide,
    lay_day,
    number,
    object_to_calls,
    publish,
    subject,
)
from tests.support_recall import recall, recalled_numbers

from ringfence.database import connect
from ringfence.keys import demo_keys
from ringfence.ledger.verify_ledger import verify_ledger
from ringfence.publish.erasure import erase_rows
from ringfence.publish.verify import VerifyReport, verify_manifest
from ringfence.settings import Settings


def folder(settings: Settings) -> Path:
    return settings.home / "published" / "2026-11-24" / "energy_gb"


def verified(settings: Settings, name: str = "manifest.json") -> VerifyReport:
    return verify_manifest(folder(settings) / name, demo_keys().signing_key_id())


def erase(settings: Settings, *indexes: int) -> int:
    with connect(settings, autocommit=True) as connection:
        subjects = [subject(index) for index in indexes]
        return erase_rows(settings, connection, demo_keys(), subjects, receipt_id=uuid4())


def sentences(report: VerifyReport) -> str:
    assert report.is_passed, [check for check in report.checks if not check.is_passed]
    return " ".join(check.sentence for check in report.checks)


def test_an_erased_row_leaves_every_file_and_the_list_says_so(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    publish(fresh_database)
    manifest = (folder(fresh_database) / "manifest.json").read_bytes()
    assert erase(fresh_database, 2) == 1
    national = number(2).removeprefix("+44")
    for path in folder(fresh_database).iterdir():
        assert national not in path.read_text("utf-8")
    assert (folder(fresh_database) / "manifest.json").read_bytes() == manifest
    told = sentences(verified(fresh_database))
    assert "1 rows were ERASED on request since" in told
    assert "4 of 4 rows fit their commitments" in told
    assert publish(fresh_database).status == "unchanged"
    with connect(fresh_database) as connection:
        assert verify_ledger(connection, fresh_database).is_passed


def test_a_second_erasure_adds_to_the_first_and_a_repeat_changes_nothing(
    fresh_database: Settings,
) -> None:
    lay_day(fresh_database)
    publish(fresh_database)
    for index in (2, 4, 2):
        erase(fresh_database, index)
    told = sentences(verified(fresh_database))
    assert "2 rows were ERASED" in told
    assert "3 of 3 rows fit" in told


def test_an_erased_row_leaves_the_recall_files_as_well(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    publish(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        for index in (2, 3):
            object_to_calls(connection, index)
    recall(fresh_database)
    erase(fresh_database, 2)
    for path in folder(fresh_database).iterdir():
        assert number(2).removeprefix("+44") not in path.read_text("utf-8")
    assert recalled_numbers(fresh_database) == {3}
    sentences(verified(fresh_database))


def test_rows_cannot_be_taken_out_without_the_signed_note(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    publish(fresh_database)
    erase(fresh_database, 2)
    note = folder(fresh_database) / "erasures.json"
    content = note.read_bytes()
    note.write_bytes(content.replace(b"erasures 1", b"erasures 2"))
    assert not verified(fresh_database).is_passed
    note.unlink()
    assert not verified(fresh_database).is_passed
    note.write_bytes(content)
    assert verified(fresh_database).is_passed


def test_an_earlier_edition_and_a_deleted_list_lose_their_salts_too(
    fresh_database: Settings,
) -> None:
    lay_day(fresh_database)
    publish(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(3))
    publish(fresh_database)
    for name in ("call_list.csv", "vicidial.txt"):
        (folder(fresh_database) / name).unlink()
    assert erase(fresh_database, 1) == 2
    for name in ("manifest.json", "manifest-edition-1.json"):
        told = sentences(verified(fresh_database, name))
        assert "1 rows were ERASED" in told
        assert "The list files are gone" in told


def test_a_crash_between_note_and_files_is_mended_by_the_repeat(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    publish(fresh_database)
    before = {path.name: path.read_bytes() for path in folder(fresh_database).iterdir()}
    erase(fresh_database, 2)
    for name, content in before.items():
        (folder(fresh_database) / name).write_bytes(content)
    assert not verified(fresh_database).is_passed
    erase(fresh_database, 2)
    assert "1 rows were ERASED" in sentences(verified(fresh_database))


def test_an_erased_row_leaves_the_file_of_each_of_its_intervals(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(5), windows={2: WITH_A_BREAK})
    publish(fresh_database)
    names = {path.name for path in folder(fresh_database).glob("vicidial_*")}
    assert len(names) == 3
    erase(fresh_database, 2)
    erase(fresh_database, 1)  # no row with a break is left by now
    assert {path.name for path in folder(fresh_database).glob("vicidial*")} == names
    for path in folder(fresh_database).iterdir():
        assert number(2)[3:] not in path.read_text("utf-8")
    assert "2 rows were ERASED" in sentences(verified(fresh_database))
    assert verified(fresh_database).is_passed


def test_a_new_edition_starts_without_the_old_ones_erasures(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    publish(fresh_database)
    erase(fresh_database, 2)
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(2))
    publish(fresh_database)
    assert "ERASED" not in sentences(verified(fresh_database))
    assert "1 rows were ERASED" in sentences(verified(fresh_database, "manifest-edition-1.json"))
