"""Compare every phone cell of real files with the reference library.

The files lie beside the project and are never copied into it; failures name rows, not numbers.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from random import Random

import phonenumbers
import pytest

from ringfence.phones import ContactPoint, normalise_country, read_cells
from ringfence.phones.countries import list_regions
from ringfence.phones.fictional import load_ranges
from ringfence.phones.libraries import read_fast

DATA = Path(__file__).parents[2] / "shared/data"
NUMBER_STATUSES = ("valid", "not_callable_kind", "fictional")
KINDS = {
    "fixed": phonenumbers.PhoneNumberType.FIXED_LINE,
    "mobile": phonenumbers.PhoneNumberType.MOBILE,
    "fixed_or_mobile": phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    "freephone": phonenumbers.PhoneNumberType.TOLL_FREE,
    "premium": phonenumbers.PhoneNumberType.PREMIUM_RATE,
    "shared_cost": phonenumbers.PhoneNumberType.SHARED_COST,
    "voip": phonenumbers.PhoneNumberType.VOIP,
    "personal": phonenumbers.PhoneNumberType.PERSONAL_NUMBER,
    "pager": phonenumbers.PhoneNumberType.PAGER,
    "uan": phonenumbers.PhoneNumberType.UAN,
    "voicemail": phonenumbers.PhoneNumberType.VOICEMAIL,
}


def open_rows(folder: str, encoding: str, delimiter: str = ",") -> Iterator[list[str]]:
    if not DATA.is_dir():
        pytest.skip("the real files (../shared/data) are not beside this checkout")
    (path,) = (DATA / folder).glob("*.csv")
    with path.open(encoding=encoding, newline="") as file:
        yield from csv.reader(file, delimiter=delimiter)


def open_columns(
    folder: str, encoding: str, delimiter: str, *columns: str
) -> Iterator[tuple[str, ...]]:
    rows = open_rows(folder, encoding, delimiter)
    header = next(rows)
    places = [header.index(column) for column in columns]
    for row in rows:
        yield tuple(row[place] for place in places)


def nhs() -> list[tuple[str, str]]:
    return [(row[17], "GB") for row in open_rows("nhs_epraccur", "utf-8")]


def eurostat() -> list[tuple[str, str]]:
    columns = open_columns("eurostat_healthcare", "utf-8", ",", "tel", "cc")
    return [(tel, country) for tel, country in columns]


def duo() -> list[tuple[str, str]]:
    columns = open_columns("nl_duo_schools", "windows-1252", ";", "TELEFOONNUMMER")
    return [(tel, "NL") for (tel,) in columns]


def french_schools() -> list[tuple[str, str]]:
    columns = open_columns("fr_annuaire_education", "utf-8-sig", ";", "Telephone")
    return [(tel, "FR") for (tel,) in columns]


def ask_reference(cell: str, country: str | None) -> phonenumbers.PhoneNumber | None:
    """Return the number when the reference calls the cell as a whole valid."""
    try:
        number = phonenumbers.parse(cell, normalise_country(country))
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def agree(cell: str, points: tuple[ContactPoint, ...], number: phonenumbers.PhoneNumber) -> bool:
    """Tell whether we read the number of the reference; a hidden second one makes more points."""
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    first = points[0]
    region = phonenumbers.region_code_for_number(number)
    return (
        first.e164 == e164
        and first.status in NUMBER_STATUSES
        and (first.region or "001") == region
        and (first.status == "fictional" or KINDS[first.line_type] == kind_of(number))
        and (len(points) > 1) == bool(number.extension)
    )


def kind_of(number: phonenumbers.PhoneNumber) -> int:
    return int(phonenumbers.number_type(number))


@pytest.mark.parametrize("file", [nhs, eurostat, duo, french_schools])
def test_every_number_of_a_real_file_is_the_one_the_reference_reads(file) -> None:  # type: ignore[no-untyped-def]
    cells = file()
    assert len(cells) > 900
    for row, ((cell, country), points) in enumerate(zip(cells, read_cells(cells), strict=True)):
        assert bool(points) == bool(cell.strip()), f"row {row}"
        number = ask_reference(cell, country)
        if number is not None:
            assert agree(cell, points, number), f"row {row} differs from the reference"
            continue
        for point in points:
            # A refused cell may hold several numbers; a refused number stays refused.
            whole = point.status in NUMBER_STATUSES and point.e164 and point.raw == cell.strip()
            noted = point.extension or any(c.isalpha() for c in cell)
            assert not whole or noted, f"row {row} is refused by the reference"
            assert point.e164 is None or point.status == "invalid" or known(point.e164), row


def known(e164: str) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.parse(e164))


@pytest.mark.parametrize("file", [nhs, eurostat, duo, french_schools])
def test_no_long_digit_group_of_a_real_file_is_lost(file) -> None:  # type: ignore[no-untyped-def]
    cells = file()
    for row, ((cell, _), points) in enumerate(zip(cells, read_cells(cells), strict=True)):
        raws = "|".join(point.raw for point in points)
        long_groups = [
            group
            for group in "".join(c if c.isdigit() else " " for c in cell).split()
            if len(group) >= 7
        ]
        assert all(group in raws for group in long_groups), f"row {row}"


def test_real_cells_with_several_numbers_give_several_contact_points() -> None:
    several = [points for points in read_cells(eurostat()) if len(points) > 1]
    assert len(several) > 140


def test_jersey_and_man_are_regions_of_their_own_in_the_nhs_file() -> None:
    regions = {point.region for points in read_cells(nhs()) for point in points}
    assert {"GB", "JE", "IM"} <= regions


def test_french_overseas_numbers_have_their_own_regions() -> None:
    points = [point for found in read_cells(eurostat()) for point in found]
    overseas = {point.region for point in points if point.status == "valid"}
    assert {"FR", "GP", "MQ", "GF", "RE", "YT", "PM"} <= overseas


def test_official_examples_are_read_like_the_reference_reads_them() -> None:
    rows = list(open_columns("phone_examples", "utf-8", ",", "e164", "region", "national_number"))
    assert len(rows) == 1148
    for e164, region, national in rows:
        for text, country in ((e164, None), (e164, "DE"), (national, region)):
            number = ask_reference(text, country)
            (point,) = read_cells([(text, country)])[0]
            if number is None:
                assert point.status not in ("valid", "fictional"), f"{region} differs"
            else:
                assert agree(text, (point,), number), f"{region} differs"


def test_only_kinds_that_are_somebodys_own_line_are_callable() -> None:
    examples = [(e164, None) for (e164,) in open_columns("phone_examples", "utf-8", ",", "e164")]
    points = [point for found in read_cells(examples) for point in found]
    callable_kinds = {p.line_type for p in points if p.status == "valid"}
    assert callable_kinds == {"fixed", "mobile", "fixed_or_mobile", "voip", "personal"}
    others = {p.line_type for p in points if p.status == "not_callable_kind"}
    assert others == {"freephone", "premium", "shared_cost", "pager", "uan", "voicemail"}


def test_a_fax_is_not_called_unless_it_is_the_telephone_too() -> None:
    columns = open_columns("phone_examples", "utf-8", ",", "region", "type", "e164")
    (number,) = [e164 for *key, e164 in columns if key == ["GB", "FIXED_LINE"]]
    labels = ("Fax {}", "{} (fax)", "Telefax: {}", "Tel {}", "Tel./Fax {}", "{} (phone/fax)")
    read = read_cells([(label.format(number), "GB") for label in labels])
    statuses = [point.status.value for (point,) in read]
    assert statuses == ["not_callable_kind"] * 3 + ["valid"] * 3
    assert {point.e164 for (point,) in read} == {number}


def test_the_fast_library_is_trusted_only_where_the_reference_agrees() -> None:
    """Vary the last digits of the official examples; a failure names the region only."""
    random = Random(20261123)  # noqa: S311 - a repeatable sample, no secret
    examples = [
        (e164, r) for e164, r in open_columns("phone_examples", "utf-8", ",", "e164", "region")
    ]
    trusted = set(list_regions())
    asked = 0
    for e164, region in examples * 20:
        if region in trusted:
            changed = random.randrange(1, 6)
            text = e164[:-changed] + str(random.randrange(10**changed)).zfill(changed)
            reading, number = read_fast(text, None), ask_reference(text, None)
            if reading and reading.status != "fictional":
                asked += 1
                kind = KINDS[reading.line_type]
                assert number is not None, f"a number of {region} is accepted by one library only"
                found = phonenumbers.region_code_for_number(number)
                assert (reading.region or "001") == found, f"{found} is taken for another region"
                assert kind_of(number) == kind, f"the kinds of a number of {region} differ"
    assert asked > 5000


def test_the_table_of_fictional_ranges_holds_every_fact_we_were_given() -> None:
    columns = open_columns(
        "fictional_numbers", "utf-8", ",", "region", "e164_start", "e164_end", "kind"
    )
    table = {(entry.region, entry.start, entry.end): entry.line_type for entry in load_ranges()}
    kinds = {"uk_wide": "uan", "mobile": "mobile"}
    checked = 0
    for region, start, end, kind in columns:
        if region not in ("US", "AU"):  # a per-area-code form and a list: see test_phones.py
            assert table[region, int(start[1:]), int(end[1:])] == kinds.get(kind, kind)
            checked += 1
    assert checked == 44
