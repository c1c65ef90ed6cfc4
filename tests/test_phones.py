"""Cells as people write them. Every number here lies in a range reserved for fiction."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.phones import ContactPoint, NumberStatus, read_cell, read_cells

MOBILE, NEXT_MOBILE = "+447700900123", "+447700900124"
FIXED, NEXT_FIXED = "+441632960300", "+441632960301"


def statuses(cell: str, country: str | None = "GB") -> list[str]:
    return [point.status.value for point in read_cell(cell, country)]


def numbers(cell: str, country: str | None = "GB") -> list[str | None]:
    return [point.e164 for point in read_cell(cell, country)]


@pytest.mark.parametrize(
    ("cell", "country", "e164"),
    [
        ("07700 900123", "GB", MOBILE),
        ("+44 (0)7700 900123", "DE", MOBILE),
        ("+44 (0)7700 900123", None, MOBILE),
        ("00447700900123", "GB", MOBILE),
        ("0044 7700 900123", "US", MOBILE),
        ("0044 7700 900123", None, MOBILE),
        ("011 44 7700 900123", "US", MOBILE),
        ("tel:+44-7700-900123", None, MOBILE),
        ("639980001", "FR", "+33639980001"),
        ("06.39.98.00.01", "FRA", "+33639980001"),
        ("030/23125000", "DE", "+493023125000"),
        ("030 23125-000", "Deutschland", "+493023125000"),
        ("070-174 06 05", "SE", "+46701740605"),
        ("(212) 555-0123", "US", "+12125550123"),
        ('="07700900123"', "GB", MOBILE),
        ("Mobil 07700 900123 - Auskunft", "GB", MOBILE),
        ("07700 900123 (A/E)", "GB", MOBILE),
        ("(0)7700 900123", "GB", MOBILE),
    ],
)
def test_one_number_is_read_in_the_spellings_of_its_country(
    cell: str, country: str | None, e164: str
) -> None:
    (point,) = read_cell(cell, country)
    assert (point.e164, point.extension, point.readings) == (e164, None, ())
    assert point.status is NumberStatus.fictional


@pytest.mark.parametrize(
    "cell",
    [
        "07700900123, 07700900124",
        "07700 900123; 07700 900124",
        "07700 900123/07700 900124",
        "07700 900123 / +44 7700 900124",
        "07700 900123 or 07700 900124",
        "07700 900123\n07700 900124",
        "07700 900123\r\n07700 900124",
        "07700 900123|07700 900124",
        "07700 900123 & 07700 900124",
        "07700 900123,\u200307700 900124",
        "tel: 07700 900123  tel: 07700 900124",
        "07700 900123 (day) 07700 900124 (evening)",
        "07700 900123 07700 900124",
        "07700 900123 - 07700 900124",
        "+447700900123+447700900124",
        "07700 900123 ext 07700900124",
        "m. 07700 900123 lub 07700 900124",
        "07700 900123、07700 900124",
    ],
)
def test_a_second_number_in_a_cell_is_never_lost(cell: str) -> None:
    assert numbers(cell) == [MOBILE, NEXT_MOBILE]
    assert [point.extension for point in read_cell(cell, "GB")] == [None, None]


def test_a_list_of_five_numbers_gives_five() -> None:
    cell = "/".join(f"0770090012{last}" for last in range(5))
    assert numbers(cell) == [f"+44770090012{last}" for last in range(5)]
    assert numbers(cell.replace("/", "\n")) == [f"+44770090012{last}" for last in range(5)]


@pytest.mark.parametrize(
    ("cell", "extension"),
    [
        ("01632 960300 wew. 331", "331"),
        ("01632 960300 w.113", "113"),
        ("01632 960300 ext 12", "12"),
        ("01632 960300 Ext. 12", "12"),
        ("01632 960300x12", "12"),
        ("01632 960300 x 12", "12"),
        ("01632 960300, ext 12", "12"),
        ("01632 960300;ext=12", "12"),
        ("01632 960300 #12", "12"),
        ("01632 960300 w.113,  116", "113/116"),
        ("01632 960300 wew. 331/332", "331/332"),
        ("01632 960300 wew, 331 lub 332", "331/332"),
    ],
)
def test_an_extension_stays_an_extension(cell: str, extension: str) -> None:
    (point,) = read_cell(cell, "GB")
    assert (point.e164, point.extension) == (FIXED, extension)


def test_an_extension_belongs_to_the_number_before_it() -> None:
    points = read_cell("01632 960300 wew. 331,  m. 07700 900123", "GB")
    assert [(p.e164, p.extension) for p in points] == [(FIXED, "331"), (MOBILE, None)]


@pytest.mark.parametrize(
    "cell",
    [
        "01632 960300-301",
        "01632 960300 - 1",
        "01632 960300/301",
        "01632 960300/ 960301",
        "01632 960300, 960301",
        "(01632) 960300 lub 960301",
    ],
)
def test_a_range_gives_its_first_number_and_the_completed_second(cell: str) -> None:
    assert numbers(cell) == [FIXED, NEXT_FIXED]
    assert statuses(cell) == ["fictional", "fictional"]


@pytest.mark.parametrize(
    ("cell", "reading"),
    [
        ("01632 960301-300", FIXED),  # counts down: an extension as likely as a range
        ("01632 960301-980", "+441632960980"),  # no block of lines is that long
        ("01632 960301, 300", FIXED),
        ("01632 960301 (300)", FIXED),
    ],
)
def test_a_short_second_part_that_may_be_an_extension_is_ambiguous(cell: str, reading: str) -> None:
    first, second = read_cell(cell, "GB")
    assert first.e164 == "+441632960301"
    assert second.status is NumberStatus.ambiguous
    assert (second.e164, second.readings) == (None, (reading,))


def test_a_dash_in_north_america_never_makes_a_second_callable_number() -> None:
    assert [p.status.value for p in read_cell("212-555-0100-12", "US")] == [
        "fictional",
        "ambiguous",
    ]


def test_numbers_without_a_separator_are_ambiguous_where_the_plan_allows_several_cuts() -> None:
    (point,) = read_cell("030 23125 030 23125 030 23125000", "DE")
    assert point.status is NumberStatus.ambiguous
    assert {"+493023125", "+493023125000", "+49302312503023125"} == set(point.readings)
    assert numbers("030 23125000 0171 3920012", "DE") == ["+493023125000", "+491713920012"]


@pytest.mark.parametrize("cell", ["4.47E+11", "4,47E+11", "4.47700900123e+11", "+4.47E+11"])
def test_a_number_mangled_by_a_spreadsheet_is_named_and_never_repaired(cell: str) -> None:
    (point,) = read_cell(cell, "GB")
    assert (point.status, point.e164, point.raw) == (NumberStatus.mangled, None, cell)


@pytest.mark.parametrize("cell", ["#NAME?", "########", " #REF! "])
def test_a_spreadsheet_error_is_mangled(cell: str) -> None:
    assert statuses(cell) == ["mangled"]


def test_a_mangled_number_does_not_hide_its_neighbour() -> None:
    assert statuses("4.47E+11; 07700 900123") == ["mangled", "fictional"]
    assert statuses("4,47E+11, 07700 900123") == ["mangled", "fictional"]


@pytest.mark.parametrize("cell", ["447700900123.0", "7700900123.00", "447700900123,0"])
def test_a_float_is_read_when_only_one_number_can_be_meant(cell: str) -> None:
    assert numbers(cell) == [MOBILE]


def test_a_float_with_two_meanings_is_ambiguous_with_both() -> None:
    (point,) = read_cell("441632960123.0", "DE")
    assert point.status is NumberStatus.ambiguous
    assert set(point.readings) == {"+441632960123", "+49441632960123"}


@pytest.mark.parametrize(
    ("cell", "country"), [("447700900123.0", None), ("12.0", "GB"), ("1" * 16 + ".0", "GB")]
)
def test_a_float_that_says_too_little_is_not_repaired(cell: str, country: str | None) -> None:
    assert all(p.status != "fictional" and p.e164 is None for p in read_cell(cell, country))


def test_a_number_without_country_is_not_guessed() -> None:
    for country in (None, "", "Atlantis", "44"):
        assert statuses("07700 900123, 01632 960300", country) == ["no_country", "no_country"]
        assert numbers("447700900123", country) == [None]


@pytest.mark.parametrize("cell", ["", " ", "\t\n", "\u00a0", "\uffa0", "\u200b\ufeff", "\u2003"])
def test_a_blank_cell_has_no_contact_point(cell: str) -> None:
    assert read_cell(cell, "GB") == ()


@pytest.mark.parametrize("cell", ["n/a", "-", "keine", "0", "000000", "x", "None"])
def test_a_cell_without_a_number_says_missing(cell: str) -> None:
    (point,) = read_cell(cell, "GB")
    assert (point.status, point.e164, point.raw) == (NumberStatus.missing, None, cell)


@pytest.mark.parametrize(
    "cell",
    [
        "０７７００　９００１２３",
        "07700\u00a0900123",
        "(07700)\uffa0900123 ",
        "07700\u200b900123",
        "\u202a+44 7700 900123\u202c",
        "07700–900123",
        "٠٧٧٠٠ ٩٠٠١٢٣",
        "07700\t900123",
    ],
)
def test_odd_blanks_and_digits_are_cleaned_and_the_raw_text_is_kept(cell: str) -> None:
    (point,) = read_cell(cell, "GB")
    assert point.e164 == MOBILE
    assert point.raw in cell
    assert point.raw.endswith(cell.strip("\u202c ")[-6:])


def test_raw_is_the_part_of_the_cell_it_was_read_from() -> None:
    cell = "Tel\uffa001632\u00a0960300 – info, \u200b07700 900123 (A/E)"
    first, second = read_cell(cell, "GB")
    assert first.raw == "Tel\uffa001632\u00a0960300 – info"
    assert second.raw == "\u200b07700 900123 (A/E)"


@pytest.mark.parametrize(
    ("cell", "country"),
    [("01632 96030", "GB"), ("+44 1632 9603000", None), ("06 39 98 0", "FR"), ("12345", "DE")],
)
def test_what_no_numbering_plan_knows_is_invalid(cell: str, country: str | None) -> None:
    assert statuses(cell, country) == ["invalid"]


@pytest.mark.parametrize("cell", ["06:39:98:00:01", "9-17 h", "24/7", "5 or 6"])
def test_digits_that_only_add_up_to_a_number_are_not_one(cell: str) -> None:
    assert not {"valid", "fictional"} & set(statuses(cell, "FR"))


def test_a_note_with_digits_is_not_a_number() -> None:
    assert numbers("call after 5, 07700 900123, room 12") == [MOBILE]


@pytest.mark.parametrize("cell", ["112", "999", "101"])
def test_emergency_and_service_numbers_are_not_callable(cell: str) -> None:
    (point,) = read_cell(cell, "GB")
    assert (point.status, point.e164) == (NumberStatus.not_callable_kind, None)


def test_freephone_is_nobodys_own_line_even_with_a_fictional_ending() -> None:
    (point,) = read_cell("800-555-0123", "US")
    assert (point.status, point.line_type) == (NumberStatus.not_callable_kind, "freephone")


@pytest.mark.parametrize(
    ("cell", "country", "region", "line_type"),
    [
        ("07700 900000", "GB", "GB", "mobile"),
        ("01632 960999", "GB", "GB", "fixed"),
        ("0808 157 0123", "GB", "GB", "freephone"),
        ("0909 879 0123", "GB", "GB", "premium"),
        ("0306 999 0123", "GB", "GB", "uan"),
        ("0152 28817386", "DE", "DE", "mobile"),
        ("06 39 98 99 99", "FR", "FR", "mobile"),
        ("416-555-0199", "US", "CA", "fixed_or_mobile"),
        ("+1 212 555 0100", None, "US", "fixed_or_mobile"),
        ("0491 570 156", "AU", "AU", "mobile"),
        ("(08) 5550 1234", "AU", "AU", "fixed"),
    ],
)
def test_fiction_comes_before_validity_and_names_region_and_kind(
    cell: str, country: str | None, region: str, line_type: str
) -> None:
    (point,) = read_cell(cell, country)
    assert point.status is NumberStatus.fictional
    assert (point.region, point.line_type) == (region, line_type)


def test_numbers_beside_a_fictional_range_are_not_fictional() -> None:
    for cell in ("+447700899999", "+447700901000", "+12125550099", "+12125550200"):
        assert "fictional" not in statuses(cell)


def test_a_batch_reads_like_its_cells() -> None:
    pairs = [("07700 900123", "GB"), ("", None), ("01632 960300-301", "UK"), ("x", "GB")]
    assert read_cells(pairs) == [read_cell(cell, country) for cell, country in pairs]


PHONE_LIKE = st.text(
    alphabet="0123456789+-/.,;()|& \n\t\u00a0\u200b\uffa0０９eExwextlubor#:", max_size=80
)
COUNTRIES = st.sampled_from(["GB", "DE", "AT", "LU", "IT", "GR", "PL", "US", "GP", "", None])


def check_nothing_is_lost(cell: str, points: tuple[ContactPoint, ...]) -> None:
    for group in re.findall(r"\d{7,}", cell):
        assert any(group in point.raw for point in points)
    for point in points:
        assert point.raw in cell
        assert point.e164 is None or re.fullmatch(r"\+\d{2,17}", point.e164)
        assert point.e164 is not None or point.status not in ("valid", "fictional")
        assert bool(point.readings) == (point.status == "ambiguous")
        assert point.extension is None or not re.search(r"\d{7}", point.extension)


@settings(max_examples=400, deadline=None)
@given(cell=st.one_of(st.text(), PHONE_LIKE), country=COUNTRIES)
def test_no_text_crashes_it_and_no_long_digit_group_is_lost(cell: str, country: str | None) -> None:
    check_nothing_is_lost(cell, read_cell(cell, country))


SEPARATORS = st.sampled_from([", ", ";", "/", " or ", "\n", "|", " lub ", " & ", "\r\n", ",\u2003"])
SPELLINGS = st.sampled_from(["0{}", "+44{}", "0044 {}", "+44 (0){}", "Tel. 0{}", "0{} (A/E)"])


@settings(max_examples=150, deadline=None)
@given(
    lines=st.lists(st.tuples(st.integers(0, 999), SPELLINGS, SEPARATORS), min_size=1, max_size=6)
)
def test_however_numbers_are_listed_each_is_read_in_its_order(
    lines: list[tuple[int, str, str]],
) -> None:
    cell = "".join(how.format(f"7700 900{n:03d}") + separator for n, how, separator in lines)
    assert numbers(cell) == [f"+447700900{n:03d}" for n, _, _ in lines]


def test_a_huge_cell_is_read_in_time_and_one_long_run_is_one_invalid_number() -> None:
    for cell in ("1" * 300_000, "1 " * 300_000, "1/" * 300_000, "1-" * 300_000):
        assert len(read_cell(cell, "GB")) == 1
    assert len(read_cell("07700900123;" * 20_000, "GB")) == 20_000
