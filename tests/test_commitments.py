"""Check the Merkle root and the commitments against a second, slower way to compute them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.keys import demo_keys
from ringfence.ledger.chain import commitment
from ringfence.publish.call_list import COLUMNS
from ringfence.publish.commitments import (
    Commitment,
    merkle_root,
    read,
    row_commitment,
    row_salt,
    writer,
)

CELLS = tuple(f"cell {name}" for name in COLUMNS)


def slow_root(hashes: list[bytes]) -> bytes:
    """Split at the largest power of two below, as RFC 6962 does; equal trees, other road."""
    if len(hashes) == 1:
        return hashlib.sha256(b"\x00" + hashes[0]).digest()
    half = 1 << ((len(hashes) - 1).bit_length() - 1)
    left, right = slow_root(hashes[:half]), slow_root(hashes[half:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70))
def test_the_root_is_that_of_a_certificate_log(hashes: list[bytes]) -> None:
    assert merkle_root(hashes) == slow_root(hashes)


def test_the_root_of_nothing_is_fixed() -> None:
    assert merkle_root([]) == hashlib.sha256(b"").digest()


@given(st.integers(0, len(COLUMNS) - 1), st.text(min_size=1))
def test_any_other_cell_breaks_the_commitment(place: int, addition: str) -> None:
    salt = bytes(16)
    one = Commitment("R", "d", salt, row_commitment(salt, "d", CELLS))
    changed = list(CELLS)
    changed[place] += addition
    assert one.fits(CELLS)
    assert not one.fits(changed)


def test_the_commitment_is_that_of_the_ledgers() -> None:
    fields = (("decision_id", "d"), *zip(COLUMNS, CELLS, strict=True))
    assert row_commitment(bytes(16), "d", CELLS) == commitment(bytes(16), fields)


def test_text_cannot_move_from_one_cell_into_the_next() -> None:
    salt = bytes(16)
    first = ("ab", "c", *CELLS[2:])
    second = ("a", "bc", *CELLS[2:])
    assert row_commitment(salt, "d", first) != row_commitment(salt, "d", second)


def test_salts_differ_by_row_and_list_and_are_the_same_at_every_writing() -> None:
    keys, one, other = demo_keys(), UUID(int=1), UUID(int=2)
    salts = [row_salt(keys, one, "A"), row_salt(keys, one, "B"), row_salt(keys, other, "A")]
    assert len(set(salts)) == 3
    assert salts[0] == row_salt(keys, one, "A")


def test_the_file_reads_back_and_an_erased_line_has_no_salt(tmp_path: Path) -> None:
    lines = [
        Commitment("A", "d1", b"s" * 16, b"c" * 32),
        Commitment("B", "d2", b"t" * 16, b"e" * 32),
    ]
    path = tmp_path / "commitments.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write = writer(file)
        write(lines[0])
        write(lines[1].erased())
    assert list(read(path)) == [lines[0], lines[1].erased()]
    assert [line.is_erased for line in read(path)] == [False, True]


def test_another_file_is_not_taken_for_commitments(tmp_path: Path) -> None:
    path = tmp_path / "commitments.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="not a commitments file"):
        list(read(path))
