"""A number that its own country does not have is read as every other country would, and soon."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import phonenumbers
import pytest

from ringfence.phones import read_cell
from ringfence.phones.countries import list_regions
from ringfence.phones.elsewhere import readings_elsewhere, readings_in
from ringfence.phones.fictional import load_ranges
from ringfence.phones.libraries import read_number

BEFORE = (
    "",
    "",
    "0",
    "0",
    "00",
    "+",
    "+44 (0)",
    "0049 ",
    "+1",
    "8",
    "06",
    "011",
    "(0)",
    "(0",
    " +",
)
WITHIN = (" ", " ", "-", "/", " / ", ".", " (", ") ", "(", " - ")
BETWEEN = (", ", " / ", "/", " ", ";", " ext. ", " or ", "-", ".0 ")


def by_asking_each(cell: str) -> tuple[str, ...]:
    """Return what every country reads, each in full: slow, and plainly right."""
    return tuple(
        dict.fromkeys(one for region in list_regions() for one in readings_in(cell, region))
    )


def made_up(chance: random.Random) -> str:
    """Return a number as somebody may write it, that some country may have or none."""
    kind, region = chance.choice((0, 1, 2, 3, 5, 6, 7, 9, 10)), chance.choice(list_regions())
    example = phonenumbers.example_number_for_type(region, kind)
    if chance.random() < 0.5 and example:
        text = phonenumbers.format_number(example, chance.choice((0, 1, 2, 2)))
        return "".join(
            chance.choice("0123456789") if one.isdigit() and chance.random() < 0.2 else one
            for one in text
        )
    if chance.random() < 0.2:
        known = chance.choice([one for one in load_ranges() if not one.per_area_code])
        digits = str(known.start)[chance.choice((0, 1, 2, 3)) :]
    else:
        digits = "".join(chance.choice("0123456789") for _ in range(chance.randint(3, 13)))
    gaps = chance.choice((0.0, 0.2))
    spaced = (one + (chance.choice(WITHIN) if chance.random() < gaps else "") for one in digits)
    return chance.choice(BEFORE) + "".join(spaced)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_found_is_what_each_country_reads_when_it_is_asked(seed: int) -> None:
    chance, found = random.Random(seed), 0  # noqa: S311
    for _ in range(100):
        cell = made_up(chance)
        while chance.random() < 0.2:
            cell += chance.choice(BETWEEN) + made_up(chance)
        expected = by_asking_each(cell)
        assert (cell, readings_elsewhere(cell)) == (cell, expected)
        found += bool(expected)
    assert 20 < found < 95  # of both sorts


@pytest.mark.parametrize(
    "cell",
    [
        "0151 23456789", "0151/23456789", "0151-23456789", "(0151) 23456789", "0049 151 23456789",
        "+44 (0) 151 23456789", "0044 (0)151 23456789", "030 23125 030 23125 030 23125000",
        "0151 23456789, 0151 23456788", "0151 23456789 / 88", "+ / 2673840.0", "441632960123.0",
        "062 836 5032", "267-3840", "1234", "112", "n/a", "", "4.47E+11",
        "1 2 3 4 5 6 7 8 9 0 1 2 3",
    ],
)  # fmt: skip
def test_no_way_to_write_a_number_hides_what_it_may_mean(cell: str) -> None:
    assert readings_elsewhere(cell) == by_asking_each(cell)


def test_all_countries_together_cost_a_few_times_what_one_does() -> None:
    def read_at_home(cell: str) -> None:
        read_number.cache_clear()
        read_cell(cell, "GB")

    def shortest(work: Callable[[str], object]) -> float:
        times = []
        for _ in range(5):
            started = time.process_time()
            for cell in cells:
                work(cell)
            times.append(time.process_time() - started)
        return min(times)

    cells = [f"0151 2345{last:04}" for last in range(100)]
    readings_elsewhere(cells[0])  # the plans are read once
    together = shortest(readings_elsewhere)
    assert together < 10 * shortest(read_at_home)
    assert together < shortest(by_asking_each) / 5
