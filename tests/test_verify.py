"""Verify a published list offline; change, remove, erase, and see what it says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.support_publish import at, lay_day, number, publish

from ringfence.errors import Misconfigured, Refusal
from ringfence.keys import demo_keys
from ringfence.publish.verify import verify_manifest
from ringfence.settings import Settings
from ringfence.signing import sign

KEY = demo_keys().signing_key_id()


@pytest.fixture(scope="module")
def original(database: Settings) -> Path:
    lay_day(database)
    publish(database)
    return database.home / "published"


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """Return a copy of the published folder, away from its home and database."""
    shutil.copytree(original, tmp_path / "copy")
    return tmp_path / "copy" / "2026-11-24" / "energy_gb"


def faults(path: Path, key: str | bytes | None = KEY) -> list[str]:
    return [check.sentence for check in verify_manifest(path, key).checks if not check.is_passed]


def told(path: Path) -> str:
    return " ".join(check.sentence for check in verify_manifest(path, KEY).checks)


def resign(folder: Path, **changes: object) -> None:
    """Sign a changed manifest with the right key: only its content can give it away."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    document = {name: manifest[name] for name in manifest if name not in {"key", "signature"}}
    (folder / "manifest.json").write_bytes(sign({**document, **changes}, demo_keys()))


def test_a_list_verifies_away_from_home_by_folder_or_manifest(folder: Path) -> None:
    assert faults(folder) == []
    assert faults(folder / "manifest.json") == []
    assert faults(folder, demo_keys().public_key()) == []
    assert "DEMO list" in told(folder)
    assert "8 candidates = 5 on the list + 2 blocked + 1 undetermined + 0 removed" in told(folder)


def test_no_sentence_holds_a_row(folder: Path) -> None:
    with (folder / "call_list.csv").open("a") as file:
        file.write("x")
    for sentence in (told(folder), " ".join(faults(folder))):
        assert not any(text in sentence for text in (number(0), "Ada", "Quill"))


@pytest.mark.parametrize("name", ["call_list.csv", "vicidial.txt", "commitments.csv"])
def test_one_changed_byte_anywhere_in_a_file_is_named(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    for place in range(0, len(content), 37):
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        (folder / name).write_bytes(changed)
        assert any(name in fault for fault in faults(folder))


def test_one_changed_byte_anywhere_in_the_manifest_is_named(folder: Path) -> None:
    path = folder / "manifest.json"
    content = path.read_bytes()
    for place in range(0, len(content), 3):
        for other in (content[place] ^ 1, content[place] ^ 0x20):
            path.write_bytes(content[:place] + bytes([other]) + content[place + 1 :])
            assert faults(folder)[0].startswith("manifest.json was changed")


def test_nothing_is_proved_without_a_trusted_key(folder: Path) -> None:
    assert faults(folder, None) == [
        "No key is trusted: give --key, or verify in the home that signed."
    ]
    assert "which is not trusted" in faults(folder, "0000-" * 7 + "0000")[0]
    with pytest.raises(Misconfigured):
        faults(folder, "no such file")


def test_a_folder_without_manifest_is_refused(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    with pytest.raises(Refusal, match="no manifest here"):
        faults(folder)


def test_totals_that_do_not_add_up_are_named_even_when_signed(folder: Path) -> None:
    totals = json.loads((folder / "manifest.json").read_bytes())["totals"]
    totals["candidates"]["blocked"]["objected"] = 1
    resign(folder, totals=totals)
    assert faults(folder) == [
        "8 candidates = 5 on the list + 1 blocked + 1 undetermined + 0 removed at the last look."
    ]
    totals["rows"]["landed"] = 4
    resign(folder, totals=totals)
    assert "5 rows read = 4 landed + 0 quarantined." in faults(folder)


def test_another_row_count_or_root_is_named_even_when_signed(folder: Path) -> None:
    resign(folder, count_rows=6)
    assert "6 rows were published, 5 are committed to." in faults(folder)
    resign(folder, count_rows=5, commitments={"file": "commitments.csv", "root": "00" * 32})
    assert faults(folder) == ["The commitments of 5 rows give the root in the manifest."]


def test_a_row_swapped_under_a_signed_hash_does_not_fit_its_commitment(folder: Path) -> None:
    """Even who holds the key and signs new hashes cannot change a row unseen by its commitment."""
    import hashlib

    path = folder / "call_list.csv"
    path.write_bytes(path.read_bytes().replace(number(1).encode(), number(7).encode()))
    files = json.loads((folder / "manifest.json").read_bytes())["files"]
    files["call_list.csv"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    resign(folder, files=files)
    assert faults(folder) == ["4 of 5 rows fit their commitments."]


def test_a_list_deleted_in_due_time_still_verifies_and_says_so(folder: Path) -> None:
    (folder / "call_list.csv").unlink()
    assert faults(folder) == ["call_list.csv is missing beside the others."]
    (folder / "vicidial.txt").unlink()
    assert faults(folder) == []
    assert "The list files are gone" in told(folder)
    (folder / "commitments.csv").unlink()
    assert faults(folder) == ["commitments.csv is missing or was changed."]


def test_validity_is_told_against_a_given_instant(folder: Path) -> None:
    for instant, word in (("2026-11-24T12:00:00", "still valid"), ("2026-11-25T00:00:00", "OVER")):
        report = verify_manifest(folder, KEY, now=at(instant))
        assert report.is_passed
        assert word in report.checks[-1].sentence


def test_a_later_day_is_chained_to_the_day_before(original: Path, database: Settings) -> None:
    from tests.support_publish import decide

    from ringfence.database import connect

    with connect(database, autocommit=True) as connection:
        decide(connection, range(2), call_date="2026-11-25", valid_until="2026-11-26 00:00+00")
    publish(database)
    tomorrow = original / "2026-11-25" / "energy_gb"
    before = original / "2026-11-24" / "energy_gb" / "manifest.json"
    assert "edition 1 of 2026-11-24) lies beside it and is the one it names" in told(tomorrow)
    content = before.read_bytes()
    before.write_bytes(content + b" ")
    assert faults(tomorrow) == ["The manifest before it (edition 1 of 2026-11-24) was changed."]
    before.unlink()
    assert "is not here to compare" in told(tomorrow)
    before.write_bytes(content)


def test_a_list_that_is_still_valid_needs_its_files(folder: Path) -> None:
    before, after = at("2026-11-24T06:00:00"), at("2026-11-25T06:00:00")
    assert verify_manifest(folder, KEY, now=before).is_passed
    for name in ("call_list.csv", "vicidial.txt"):
        (folder / name).unlink()
    missing = verify_manifest(folder, KEY, now=before)
    assert [check.sentence for check in missing.checks if not check.is_passed] == [
        "call_list.csv, vicidial.txt is missing, and the list is still valid."
    ]
    assert verify_manifest(folder, KEY, now=after).is_passed


def test_a_diallers_file_of_something_else_beside_the_list_is_a_fault(folder: Path) -> None:
    (folder / "five9.csv").write_text("number1\n", "utf-8")
    assert faults(folder) == ["five9.csv lies beside and is no file of this list."]


def test_an_interval_file_that_the_manifest_does_not_name_is_a_fault(folder: Path) -> None:
    name = "vicidial_20261124T0900Z-20261124T1200Z.txt"
    (folder / name).write_text("", "utf-8")
    assert faults(folder) == [f"{name} lies beside and is no file of this list."]
