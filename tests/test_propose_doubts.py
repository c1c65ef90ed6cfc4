"""Proposals ask where a file speaks against itself: an open quote, two notations of dates."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringfence.errors import Refusal
from ringfence.proposals.propose import propose

HEADER = "id,name,phone,collected_at"


def row(index: int, *, name: str = "Ann", at: str = "2026-03-04") -> str:
    return f"{index},{name},+44 7700 900{index:03d},{at}"


def proposed(folder: Path, *lines: str) -> str:
    path = folder / "leads.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    text = " ".join(line.strip().removeprefix("#").strip() for line in propose(path).splitlines())
    return " ".join(text.split())


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("at", [0, 4, 8])
def test_a_quote_that_is_not_closed_is_told_with_its_line_and_what_to_do(
    tmp_path: Path, delimiter: str, quote: str, at: int
) -> None:
    lines = []
    for index in range(9):
        cells = [f"{quote}{cell}{quote}" for cell in (str(index), f"+44 7700 900{index:03d}")]
        if index == at:
            cells[1] = cells[1].rstrip(quote)
        lines.append(delimiter.join(cells))
    with pytest.raises(Refusal, match="is opened and not closed") as refused:
        proposed(tmp_path, *lines)
    assert f"line {at + 1}" in refused.value.where or f"row {at + 1}" in refused.value.where
    assert "quote" in refused.value.remedy


def test_a_file_whose_one_quote_hides_its_delimiters_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="is opened and not closed") as refused:
        proposed(tmp_path, "id;name;phone", '1;"Ann; B;+44 7700 900001', '2;"Bo; C;+44 7700 900002')
    assert refused.value.where == "leads.csv, line 2"
    assert "close the quote in that line" in refused.value.remedy


def test_a_file_without_phones_and_without_quotes_is_told_just_that(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="No column was found that holds phone numbers"):
        proposed(tmp_path, "place,name", "'s-Gravenhage,O'Neill", "Delft,Bo")


def test_reading_without_quotes_is_a_guess_that_says_why(tmp_path: Path) -> None:
    lines = [row(index, name='"Ann' if index == 5 else "Ann") for index in range(20)]
    text = proposed(tmp_path, HEADER, *lines)
    assert "quote: ''" in text
    assert (
        "CHECK: `quote: ''` reads every quote as part of its cell, for one opens in line 7" in text
    )
    assert "close it there and propose again" in text
    assert "CHECK: `quote" not in proposed(tmp_path, HEADER, *map(row, range(20)))


@pytest.mark.parametrize(
    ("ways", "told"),
    [
        (("25/03/2026", "03/26/2026"), "2 notations (day first 10, month first 10"),
        (("25/03/2026", "2026-03-26"), "2 notations (day first 10, year first 10"),
        (("03/04/2026", "2026-03-26"), "2 notations (day or month first 10, year first 10"),
        (("25.03.2026", "03/26/2026"), "2 notations (day first 10, month first 10"),
    ],
)
def test_two_notations_of_dates_in_one_column_are_asked_about(
    tmp_path: Path, ways: tuple[str, str], told: str
) -> None:
    text = proposed(tmp_path, HEADER, *(row(i, at=ways[i % 2]) for i in range(20)))
    assert (
        f"CHECK: collected_at holds dates in {told} of the sample). Which is meant where?" in text
    )


@pytest.mark.parametrize("ways", [("25/03/2026", "03/04/2026"), ("2026-03-04", "2026-03-26")])
def test_one_notation_of_dates_is_no_question(tmp_path: Path, ways: tuple[str, str]) -> None:
    text = proposed(tmp_path, HEADER, *(row(i, at=ways[i % 2]) for i in range(20)))
    assert "notations" not in text
