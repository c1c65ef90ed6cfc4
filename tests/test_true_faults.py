"""What is wrong is named as what it is, at once: nothing hangs, nothing misleads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support_registers import write_sound_registers
from tests.support_shell import check_told, shell

from ringfence.errors import Misconfigured, RingfenceError
from ringfence.proposals.propose import propose
from ringfence.readers import FormatSpec, read_rows
from ringfence.registers.load import load_registers
from ringfence.services.postgres_place import refuse_unnamed_user

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdefghi", "bcdefghij", strict=True)
)
DEEP = "a0: &a0 [x]\n" + "".join(f"a{n + 1}: &a{n + 1} [*a{n}]\n" for n in range(5_000))


@pytest.fixture
def registers(tmp_path: Path) -> Path:
    folder = tmp_path / "registers"
    folder.mkdir()
    return write_sound_registers(folder)


def check(registers: Path, tmp_path: Path) -> None:
    """Check that `sources check` answers, and that the sound source still counts."""
    known = {"RINGFENCE_HOME": str(tmp_path / "home"), "RINGFENCE_REGISTERS": str(registers)}
    check_told(shell("sources", "check", timeout=60, **known), 2, "odd.yml:1")
    found, faults = load_registers(registers, "live")
    assert [source.source_id for source in found.sources] == ["web"]
    assert {fault.file.name for fault in faults} == {"odd.yml"}


def test_a_pipe_among_the_registers_is_a_fault(registers: Path, tmp_path: Path) -> None:
    os.mkfifo(registers / "sources" / "odd.yml")
    check(registers, tmp_path)


@pytest.mark.parametrize("text", [LAUGHS, DEEP, "source_id: odd\ntitle: " + "x" * 2_000_000])
def test_a_register_that_stands_for_more_than_memory_holds_is_a_fault(
    registers: Path, tmp_path: Path, text: str
) -> None:
    (registers / "sources" / "odd.yml").write_text(text)
    check(registers, tmp_path)


def test_an_alias_that_stands_for_a_few_lines_is_none(registers: Path) -> None:
    file = registers / "sources" / "web.yml"
    text = file.read_text()
    assert "controller: acme\n" in text
    file.write_text(text.replace("controller: acme\n", "controller: &name acme\ntitle: *name\n"))
    assert load_registers(registers, "live")[1] == []


def test_no_register_is_proposed_for_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "leads.csv")
    told = shell("sources", "propose", str(tmp_path / "leads.csv"), timeout=60)
    check_told(told, 2, "no ordinary file")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            '[\n  {"phone": "020 7946 0001"},\n  {"phone": "020 7946 0002"}\n]\n',
            "one JSON document",
        ),
        ('[{"phone": "020 7946 0001"}, {"phone": "020 7946 0002"}]', "one JSON document"),
        ('{\n  "phone": "020 7946 0001"\n}\n', "one JSON document"),
        ("phone,phone\n020 7946 0001,020 7946 0002\n", "`phone` more than once"),
        ('phone\n"020 7946 0001\n020 7946 0002\n', "opened and not closed"),
        ('name;phone\nAnn;"020 7946 0001\n', "opened and not closed"),
        ('name,phone\n"Ann","020 7946 0001"\n"Ben,"020 7946 0002"\n', "opened and not closed"),
        ("name,town\nAnn,Leeds\n", "No column was found"),
        ('name,town\n"Ann",Leeds\n', "No column was found"),
        ("Ann,Ann\nBen,Leeds\n", "No column was found"),
    ],
)
def test_what_keeps_a_proposal_from_being_made_is_named(
    tmp_path: Path, text: str, fault: str
) -> None:
    (tmp_path / "leads.csv").write_text(text)
    with pytest.raises(RingfenceError, match=fault):
        propose(tmp_path / "leads.csv")


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("marks", [1, 2, 3])
def test_a_file_may_have_any_number_of_byte_order_marks(
    tmp_path: Path, marks: int, header: bool
) -> None:
    path = tmp_path / "leads.csv"
    text = "phone,name\n020 7946 0001,Ann\n" if header else "020 7946 0001,Ann\n"
    path.write_text("\ufeff" * marks + text, "utf-8")
    columns = () if header else ("phone", "name")
    (row,) = read_rows(path, FormatSpec(header=header, columns=columns), ("phone",))
    assert row.cells == {"phone": "020 7946 0001", "name": "Ann"}


def test_a_user_without_a_name_is_told_what_postgres_misses() -> None:
    with pytest.raises(Misconfigured, match="no name for the user of number 54321"):
        refuse_unnamed_user(54321)
    refuse_unnamed_user(0)


def test_a_folder_of_an_unknown_user_is_told() -> None:
    done = shell("status", RINGFENCE_HOME="~no_such_user_here/home")
    check_told(done, 2, "RINGFENCE_HOME", "whole path")
