"""Every column of numbers is found, by its header or by its cells; what was guessed is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.support_proposals import emitted, loaded, told, write

from ringfence.proposals.propose import propose
from ringfence.registers.sources import compile_map

FRENCH = [f"01 99 00 {n // 100:02d} {n % 100:02d}" for n in range(40)]
MOBILE = [f"06 39 98 {n // 100:02d} {n % 100:02d}" for n in range(40)]


def phones_of(tmp_path: Path, columns: str, rows: list[str]) -> tuple[list[list[str]], str]:
    """Return the phones of each lead of a file, and the proposal for it."""
    path = write(tmp_path, "leads.csv", columns, rows, delimiter=";")
    source, text = loaded(tmp_path, path)
    return [list(fields["phone"]) for fields in emitted(source, path)], text


@pytest.mark.parametrize(
    "header",
    [
        "Tél. domicile", "N° tél", "Tel privat", "tel. 2", "GSM privé", "Fon (Büro)", "Tfn hem",
        "Mobile 2", "Nº de tel.", "gsm_2",
    ],
)  # fmt: skip
def test_a_short_clear_word_in_a_longer_header_names_a_phone(tmp_path: Path, header: str) -> None:
    rows = [f"C{n},FR,,{FRENCH[n]}" for n in range(40)]
    rows += [f"D{n},FR,{MOBILE[n]}," for n in range(40)]
    phones, text = phones_of(tmp_path, f"Réf,Pays,Mobile,{header}", rows)

    assert phones == [[phone] for phone in (*FRENCH, *MOBILE)]
    assert "found by content" not in text


def test_who_has_a_landline_only_and_said_no_is_stopped(tmp_path: Path) -> None:
    rows = [f"C{n},Ann,,{FRENCH[n]},{'oui' if n == 3 else ''}" for n in range(40)]
    rows += [f"D{n},Ann,{MOBILE[n]},," for n in range(40)]
    columns = "Réf,Prénom,Portable,Tél. domicile,Ne pas démarcher"
    path = write(tmp_path, "leads.csv", columns, rows, delimiter=";")
    source, _ = loaded(tmp_path, path)

    (stop,) = emitted(source, path, "suppression")
    assert stop["phone"] == [FRENCH[3]]


@pytest.mark.parametrize("header", ["Ligne fixe bis", "Contact 2", "Colonne 7"])
def test_a_column_of_numbers_under_another_name_is_a_further_phone(
    tmp_path: Path, header: str
) -> None:
    rows = [f"C{n},Ann,{MOBILE[n]},{FRENCH[n] if n % 4 else ''}" for n in range(40)]
    phones, text = phones_of(tmp_path, f"Réf,Prénom,Portable,{header}", rows)

    assert phones[1] == [MOBILE[1], FRENCH[1]]
    assert f"CHECK: {header}: found by content; 100 % of its filled cells (30 of 40 rows" in told(
        text
    )


def test_numbers_that_are_written_without_a_zero_are_found_beside_others_of_that_kind(
    tmp_path: Path,
) -> None:
    rows = [f"{n},Ann,2025550{100 + n},212-555-0{100 + n},US" for n in range(30)]
    phones, _ = phones_of(tmp_path, "id,first_name,phone,second line,country", rows)

    assert phones[1] == ["2025550101", "212-555-0101"]


@pytest.mark.parametrize(
    "header",
    [
        "Fax", "Télécopie bureau", "Kundennummer alt", "SIRET", "Kontonummer", "Vertragsnummer",
        "IBAN", "caller_id", "Order ID", "record number",
    ],
)  # fmt: skip
def test_a_fax_an_id_or_a_code_is_no_phone_even_if_it_reads_as_one(
    tmp_path: Path, header: str
) -> None:
    rows = [f"Ann,{MOBILE[n]},{FRENCH[n].replace(' ', '')}" for n in range(40)]
    phones, text = phones_of(tmp_path, f"Prénom,Portable,{header}", rows)

    assert phones == [[phone] for phone in MOBILE]
    assert "found by content" not in text


def test_metres_on_a_map_are_no_phones(tmp_path: Path) -> None:
    rows = [f"C{n},{MOBILE[n]},{6_789_012.3 + n},{330_123.25 + n}" for n in range(40)]
    phones, text = phones_of(tmp_path, "Réf,Portable,Nord,Est", rows)

    assert phones == [[phone] for phone in MOBILE]
    assert "found by content" not in text


def test_dates_counters_and_coordinates_beside_phones_stay_what_they_are(tmp_path: Path) -> None:
    rows = [
        f"C{n},{MOBILE[n]},{20260101 + n % 28},{100_000_000 + n},0{48 + n / 10_000_000:.7f}"
        for n in range(40)
    ]
    phones, _ = phones_of(tmp_path, "Réf,Portable,Depuis,Compteur,Position", rows)

    assert phones == [[phone] for phone in MOBILE]


def test_a_file_without_headers_keeps_the_first_column_of_numbers_and_asks_about_the_others(
    tmp_path: Path,
) -> None:
    rows = [f"Ann,{MOBILE[n]},{FRENCH[n]},{n}" for n in range(40)]
    path = write(tmp_path, "leads.csv", "", rows)
    source, text = loaded(tmp_path, path)

    assert next(emitted(source, path))["phone"] == [MOBILE[0]]
    assert "CHECK: column_3: 100 % of its filled cells" in told(text)
    assert "is it a phone too, or a fax?" in told(text)


def test_a_column_that_is_called_like_a_phone_and_holds_none_is_named(tmp_path: Path) -> None:
    rows = [f"C{n},Ann,{MOBILE[n]},{'see notes' if n % 2 else ''}" for n in range(40)]
    phones, text = phones_of(tmp_path, "Réf,Prénom,Portable,Tel privat", rows)

    assert phones == [[phone] for phone in MOBILE]
    assert (
        "CHECK: Tel privat is called like a phone, but 0 % of its filled cells (20 of 40 rows"
        " looked at) read as numbers: it is not read."
    ) in told(text)


def test_a_column_that_is_not_read_is_named_though_its_name_stands_in_another(
    tmp_path: Path,
) -> None:
    rows = [f"C{n},Ann,{MOBILE[n]},see notes" for n in range(40)]
    _, text = phones_of(tmp_path, "Réf,Prénom,Tel privat,Tel", rows)

    assert "CHECK: Tel is called like a phone" in told(text)
    assert "Not read, so not landed: Tel" in told(text)


def test_a_phone_column_whose_cells_do_not_exist_as_numbers_is_told(tmp_path: Path) -> None:
    rows = [f"C{n},FR,{MOBILE[n]},00000 {10_000 + n}" for n in range(40)]
    _, text = phones_of(tmp_path, "Réf,Pays,Portable,Tel", rows)

    assert "CHECK: Tel: found by header, but 0 % of its filled cells (40 of 40" in told(text)


def test_a_consent_that_is_named_for_the_phone_is_not_asked_about_as_a_phone(
    tmp_path: Path,
) -> None:
    rows = [f"C{n},Ann,{MOBILE[n]},{'yes' if n % 2 else 'no'}" for n in range(40)]
    _, text = phones_of(tmp_path, "Réf,Prénom,Portable,phone consent", rows)

    assert "called like a phone" not in told(text)


def test_the_share_that_reads_is_told_with_how_many_cells_are_filled(tmp_path: Path) -> None:
    rows = [f"C{n},{MOBILE[n] if n < 30 else ''}" for n in range(40)]
    rows[0] = "C0,12345"
    _, text = phones_of(tmp_path, "Réf,Portable", rows)

    assert "found by header; 96 % of its filled cells (30 of 40 rows looked at) read as" in told(
        text
    )
    assert "sampled" not in text


def test_a_known_export_gives_its_further_columns_of_numbers_too(tmp_path: Path) -> None:
    columns = "Record ID,First Name,Last Name,Phone Number,Country/Region,Fax Number,Second line"
    rows = [
        f"{1000 + n},Ann,Example,,Germany,+49 30 23125{100 + n},+49 30 23125{n:03d}"
        for n in range(20)
    ]
    path = write(tmp_path, "hubspot.csv", columns, rows)
    source, text = loaded(tmp_path, path)

    assert next(emitted(source, path))["phone"] == ["+49 30 23125000"]
    assert "CHECK: Second line: found by content" in told(text)
    assert "Fax Number" not in compile_map(source).columns_needed


def test_numbers_without_a_country_beside_complete_ones_are_read_in_that_country(
    tmp_path: Path,
) -> None:
    rows = [f"{n},Ada,+44 20 7946 0{n:03d},0121 496 0{n:03d},NO" for n in range(40)]
    phones, text = phones_of(tmp_path, "ID,Nome,Telefono,Altro recapito,Consenso", rows)

    assert phones[1] == ["+44 20 7946 0001", "0121 496 0001"]
    assert "country: {constant: GB}" in text
    assert "CHECK: 100 % of the numbers in Altro recapito read so, and most with +" in told(text)


def test_bare_figures_beside_phones_that_are_written_otherwise_are_asked_about(
    tmp_path: Path,
) -> None:
    rows = [
        f"K{n},Ann,+1 202 555 0{100 + n},212-555-0{100 + n},6505550{100 + n}" for n in range(30)
    ]
    phones, text = phones_of(tmp_path, "ID,First name,Phone,Evening,Field 9", rows)

    assert phones[1] == ["+1 202 555 0101", "212-555-0101"]
    assert "CHECK: Field 9: 100 % of its filled cells (30 of 30 rows looked at) read as" in told(
        text
    )
    assert "country: {constant: US}" in text


def test_a_yes_and_a_no_in_italian_are_no_countries(tmp_path: Path) -> None:
    rows = [f"{n},Ada,+44 20 7946 0{n:03d},{'SI' if n % 2 else 'NO'}" for n in range(40)]
    _, text = phones_of(tmp_path, "ID,Nome,Telefono,Consenso", rows)

    assert "country: Consenso" not in text


def test_every_column_that_is_called_a_phone_has_a_say_in_the_country(tmp_path: Path) -> None:
    rows = [f"{n},Ann,020 7946 0{n:03d},07700 900{n:03d}" for n in range(40)]
    _, text = phones_of(tmp_path, "ID,First name,Tel day,Tel evening", rows)
    alone = [f"{n},Ann,020 7946 0{n:03d}" for n in range(40)]
    (tmp_path / "sources" / "leads.yml").unlink()
    _, other = phones_of(tmp_path, "ID,First name,Tel day", alone)

    assert len(read_in(text)) < len(read_in(other))


def read_in(text: str) -> list[str]:
    """Return the countries that a proposal names for numbers of no certain country."""
    found = re.search(r"the numbers read in ([A-Z, ]+)", text)
    return found[1].split(", ") if found else []


def test_no_one_country_is_guessed_for_numbers_of_several(tmp_path: Path) -> None:
    rows = [f"{n},Ada,0121 496 0{n:03d}" for n in range(30)]
    rows += [f"{n},Ada,+39 06 698 8{n:04d}" for n in range(30, 40)]
    rows += [f"{n},Ada,+44 20 7946 0{n:03d}" for n in range(40, 50)]
    rows = [f"{row},N1 1AA" for row in rows]
    text = propose(write(tmp_path, "leads.csv", "ID,First name,Phone,Postcode", rows))

    assert not re.search(r"(?m)^ *country:", text)
    assert re.search(
        "country: Country # DECIDE: numbers with . are of (GB, VA|VA, GB),", told(text)
    )
    assert "a column has to be named that says the country of each row" in told(text)


def test_a_column_that_names_the_countries_of_such_a_file_is_proposed(tmp_path: Path) -> None:
    rows = [f"{n},Ada,0121 496 0{n:03d},United Kingdom" for n in range(30)]
    rows += [f"{n},Ada,06 698 8{n:04d},Italy" for n in range(30, 50)]
    _, text = phones_of(tmp_path, "ID,First name,Phone,Based in", rows)

    assert "country: Based in" in text


def test_the_codes_of_one_numbering_plan_are_one_country(tmp_path: Path) -> None:
    rows = [f"{n},Ada,+44 20 7946 0{n:03d},0121 496 0{n:03d}" for n in range(30)]
    rows += [f"{n},Ada,+44 1534 960{n:03d},0121 496 0{n:03d}" for n in range(30, 50)]
    _, text = phones_of(tmp_path, "ID,First name,Phone,Evening", rows)

    assert "country: {constant: GB}" in text
