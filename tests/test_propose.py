"""Proposals: what a file shows is filled in, the rest is asked, and no value leaks."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.support_proposals import emitted, loaded, write

from ringfence.cli import group
from ringfence.errors import Misconfigured, Refusal
from ringfence.phones import NumberStatus, read_cell
from ringfence.proposals.propose import propose, source_id_for
from ringfence.registers.load import load_registers
from ringfence.registers.sources import compile_map

SHARED = Path(__file__).parents[2] / "shared" / "data"
REAL_FILES = {
    "nhs_epraccur/epraccur.csv": ("column_18", "GB"),
    "eurostat_healthcare/all.csv": ("tel", None),
    "nl_duo_schools/02.-alle-schoolvestigingen-basisonderwijs.csv": ("TELEFOONNUMMER", "NL"),
    "fr_annuaire_education/fr-en-annuaire-education-35.csv": ("Telephone", "FR"),
}


@pytest.mark.parametrize("name", REAL_FILES)
def test_a_real_file_gets_a_register_that_reads_its_phones(tmp_path, name):
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the real file {name} is not on this machine")
    source, text = loaded(tmp_path, path)
    column, country = REAL_FILES[name]
    assert re.search(rf"^  phone: {column}\b", text, re.MULTILINE)
    encodings = {"nl": "cp1252", "fr": "utf-8-sig"}
    delimiter = "," if name[:2] in ("nh", "eu") else ";"
    with path.open(encoding=encodings.get(name[:2], "utf-8"), newline="") as file:
        plain = list(csv.reader(file, delimiter=delimiter))
    place = 17 if country == "GB" else plain.pop(0).index(column)
    expected = [row[place].strip() for row in plain if row]
    statuses: Counter[NumberStatus] = Counter()
    for fields, cell in zip(emitted(source, path), expected, strict=True):
        assert fields["phone"] == ([cell] if cell else [])
        assert fields["source_record_id"]
        if country:
            assert fields["country"] == country
        statuses.update(p.status for c in fields["phone"] for p in read_cell(c, fields["country"]))
    assert statuses[NumberStatus.valid] > 0.9 * statuses.total()


def test_a_salesforce_export_emits_leads_and_do_not_call(tmp_path):
    columns = (
        "Id,IsDeleted,LastName,FirstName,Salutation,Company,City,PostalCode,Country,Phone,"
        "MobilePhone,Fax,Email,LeadSource,Status,IsConverted,DoNotCall,CreatedDate"
    )
    rows = [
        f"00Q{n:06d},false,Example,Ann,Ms,Example Ltd,London,N1 1AA,United Kingdom,"
        f"020 7946 0{n:03d},07700 900{n:03d},,ann{n}@example.com,Web,New,false,"
        f"{'true' if n == 3 else 'false'},2026-01-15T09:00:00Z"
        for n in range(20)
    ]
    path = write(tmp_path, "leads_2026-11-24.csv", columns, rows)
    source, text = loaded(tmp_path, path)
    assert "Salesforce leads" in text
    first = next(emitted(source, path))
    assert first["phone"] == ["020 7946 0000", "07700 900000"]
    assert (first["country"], first["last_name"]) == ("United Kingdom", "Example")
    stops = list(emitted(source, path, "suppression"))
    assert [stop["phone"][0] for stop in stops] == ["020 7946 0003"]
    assert source.delivery.expected_every
    assert source.delivery.pattern == "leads_*.csv"
    assert source.delivery.published_at
    assert source.delivery.published_at.value == "leads_%Y-%m-%d.csv"
    assert source.approved is None


def test_a_hubspot_export_gives_both_phone_columns(tmp_path):
    columns = (
        "Record ID,First Name,Last Name,Email,Phone Number,Mobile Phone Number,Contact owner,"
        "Lead Status,Create Date,Country/Region,Associated Company"
    )
    rows = [
        f"{1000 + n},Ann,Example,ann{n}@example.com,+49 30 23125{n:03d},,Bo,New,2026-01-15,"
        "Germany,Example GmbH"
        for n in range(20)
    ]
    path = write(tmp_path, "hubspot.csv", columns, rows)
    source, text = loaded(tmp_path, path)
    assert "HubSpot" in text
    first = next(emitted(source, path))
    assert first["phone"] == ["+49 30 23125000"]
    assert first["company"] == "Example GmbH"
    assert "Mobile Phone Number" in compile_map(source).columns_needed


@pytest.mark.parametrize(("delimiter", "more"), [("|", ""), ("\t", ""), ("|", ",alt_x!1")])
def test_a_vicidial_list_without_header_gets_names_and_calling_codes(tmp_path, delimiter, more):
    rows = [
        f"V{n:04d},src,101,44,20794600{n:02d},Ms,Ann,,Example,1 High Street,,,London,,,N1 1AA,"
        f"GBR,F,1980-01-01,{'7700900123' if n == 2 else ''},a{n}@example.com,,note,0,{more}"
        for n in range(30)
    ]
    path = write(tmp_path, "list_1042.txt", "", rows, delimiter=delimiter)
    source, text = loaded(tmp_path, path)
    assert "VICIdial" in text
    leads = list(emitted(source, path))
    assert leads[0]["phone"] == ["+442079460000"]
    assert leads[2]["phone"] == ["+442079460002", "+447700900123"]
    assert (leads[0]["source_record_id"], leads[0]["country"]) == ("V0000", "GBR")
    assert len(leads) == 30


def numbers(count: int = 30) -> list[str]:
    return [f"030 23125{n:03d}" for n in range(count)]


@pytest.mark.parametrize(
    "header",
    [
        "Kundennummer;Vorname;Nachname;Firma;PLZ;Ort;Telefonnummer;E-Mail",
        "Numéro client;Prénom;Nom;Société;Code postal;Ville;Téléphone;Courriel",
        "Klantnummer;Voornaam;Achternaam;Bedrijf;Postcode;Plaats;Telefoon;E-mail",
        "Número cliente;Nombre;Apellidos;Empresa;Código postal;Ciudad;Teléfono;Correo",
        "Codice cliente;Nome;Cognome;Azienda;CAP;Città;Telefono;E-mail",
        "Kundnummer;Förnamn;Efternamn;Företag;Postnummer;Postort;Tfn;E-post",
        "Customer ID;First name;Surname;Company;Zip;Town;Landline;Email",
    ],
)
def test_headers_in_seven_languages_are_understood(tmp_path, header):
    path = tmp_path / "leads.csv"
    rows = [
        f"{n + 10000};Ann;Example;Example AG;10115;Berlin;+49 {phone[1:]};a{n}@example.com"
        for n, phone in enumerate(numbers())
    ]
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    source, text = loaded(tmp_path, path)
    assert dict(next(emitted(source, path))) == {
        "source_record_id": "10000", "first_name": "Ann", "last_name": "Example",
        "company": "Example AG", "postcode": "10115", "city": "Berlin", "email": "a0@example.com",
        "phone": ["+49 30 23125000"],
    }  # fmt: skip
    assert "constant: GB" not in re.sub(r"(?m)^ *#.*$", "", text)


def test_a_country_is_a_constant_only_when_something_speaks_for_it(tmp_path):
    ambiguous = [f"{n};0{20_7946_0000 + n}" for n in range(30)]
    path = tmp_path / "leads.csv"
    path.write_text("Id;Phone\n" + "\n".join(ambiguous), "utf-8")
    _, text = loaded(tmp_path, path)
    assert "# country: {constant: GB}  # DECIDE: the numbers read in" in text
    hinted = [f"{n};0{20_7946_0000 + n};N{n % 9 + 1} 1AA" for n in range(30)]
    path.write_text("Id;Phone;Postcode\n" + "\n".join(hinted), "utf-8")
    source, text = loaded(tmp_path, path)
    assert "country: {constant: GB}  # CHECK" in text
    assert next(emitted(source, path))["country"] == "GB"


def test_a_fax_is_no_phone_and_a_date_neither(tmp_path):
    path = tmp_path / "leads.csv"
    rows = [f"{n};20260{n % 9 + 1}15;+49{p[1:]};+49{p[1:]}" for n, p in enumerate(numbers())]
    path.write_text("Id;Since;Fax number;Telephone\n" + "\n".join(rows), "utf-8")
    source, _ = loaded(tmp_path, path)
    assert compile_map(source).columns_needed == {"Id", "Telephone"}


def test_an_area_code_goes_before_its_number(tmp_path):
    path = tmp_path / "fair.csv"
    rows = [f"K{n:03d};{phone[:3]};{phone[4:]};Germany" for n, phone in enumerate(numbers())]
    path.write_text("Karte;Vorwahl;Rufnummer;Land\n" + "\n".join(rows), "utf-8")
    source, text = loaded(tmp_path, path)
    assert "phone: {join: [Vorwahl, Rufnummer]}" in text
    assert next(emitted(source, path))["phone"] == ["03023125000"]


def test_lines_above_the_table_are_skipped(tmp_path):
    lines = ["Export of November;;", "", "Id;Name;Phone"]
    lines += [f"{n};Ann;+49{phone[1:]}" for n, phone in enumerate(numbers())]
    path = tmp_path / "report.csv"
    path.write_text("\n".join(lines), "utf-8")
    source, text = loaded(tmp_path, path)
    assert "skip_rows: 2" in text
    assert len(list(emitted(source, path))) == 30


def test_a_header_that_its_cells_contradict_is_not_believed(tmp_path):
    path = tmp_path / "swapped.csv"
    rows = [f"{n};+49{phone[1:]};LS1 0ZZ" for n, phone in enumerate(numbers())]
    path.write_text("Id;Postcode;Phone\n" + "\n".join(rows), "utf-8")
    with pytest.raises(Refusal, match="No column was found"):
        propose(path)


def test_a_repeated_id_is_no_id(tmp_path):
    path = tmp_path / "leads.csv"
    rows = [f"{n // 2};+49{phone[1:]}" for n, phone in enumerate(numbers())]
    path.write_text("Id;Phone\n" + "\n".join(rows), "utf-8")
    source, text = loaded(tmp_path, path)
    assert "source_record_id: {row: true}" in text
    assert len({fields["source_record_id"] for fields in emitted(source, path)}) == 30


def test_without_evidence_there_is_no_header_and_no_first_row_is_lost(tmp_path):
    path = tmp_path / "leads.csv"
    path.write_text("\n".join(f"Ann,Example,+49{p[1:]}" for p in numbers()), "utf-8")
    source, text = loaded(tmp_path, path)
    assert not source.format.header
    assert len(list(emitted(source, path))) == 30
    assert "Ann" not in text


def test_json_lines_workbooks_and_fixed_width_are_proposed_too(tmp_path):
    records = [
        {"id": n, "contact": {"phone": "+49" + p[1:], "zip": "10115"}}
        for n, p in enumerate(numbers(60))
    ]
    path = tmp_path / "web.jsonl"
    path.write_text("\n".join(map(json.dumps, records)) + "\n", "utf-8")
    source, _ = loaded(tmp_path, path)
    first = next(emitted(source, path))
    assert (first["phone"], first["postcode"]) == (["+4930 23125000"], "10115")

    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Leads"
    book.create_sheet("Notes")
    book.active.append(["Id", "Mobil"])
    for record in records:
        book.active.append([record["id"], record["contact"]["phone"]])
    path = tmp_path / "fair.xlsx"
    book.save(path)
    (tmp_path / "sources" / "web.yml").unlink()
    source, text = loaded(tmp_path, path)
    assert "sheet: Leads" in text
    assert "the workbook has other sheets" in text
    assert next(emitted(source, path))["phone"] == ["+4930 23125000"]

    path = tmp_path / "tape.txt"
    path.write_text("".join(f"{n:06d} +493023125{n:03d}  \n" for n in range(60)), "utf-8")
    (tmp_path / "sources" / "fair.yml").unlink()
    source, text = loaded(tmp_path, path)
    assert "type: fixed_width" in text
    assert "widths: [7, 15]" in text
    assert next(emitted(source, path))["phone"] == ["+493023125000"]


def test_a_proposal_holds_no_cell_of_the_file(tmp_path):
    path = tmp_path / "leads.csv"
    rows = [
        f"k{n:05d};Annegret;Musterfrau;Beispielstadt;+49{p[1:]};anne{n}@example.org"
        for n, p in enumerate(numbers())
    ]
    path.write_text("Id;Vorname;Nachname;Ort;Telefon;Mail\n" + "\n".join(rows), "utf-8")
    text = propose(path)
    for cells in rows:
        assert not [cell for cell in cells.split(";") if cell in text]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Id;Name\n" + "".join(f"{n};Ann\n" for n in range(30)), "No column was found"),
        ("<html><body>x</body></html>", "a web page"),
        ("", "empty"),
    ],
)
def test_a_file_without_phones_or_layout_is_refused(tmp_path, content, message):
    path = tmp_path / "leads.csv"
    path.write_text(content)
    with pytest.raises(Refusal, match=message) as caught:
        propose(path)
    assert caught.value.remedy


def test_a_file_that_is_not_there_and_an_id_that_cannot_be_are_the_callers_mistake(tmp_path):
    with pytest.raises(Misconfigured, match="No such file"):
        propose(tmp_path / "leads.csv")
    with pytest.raises(Misconfigured, match="Is a directory"):
        propose(tmp_path)
    with pytest.raises(Misconfigured, match="cannot be the id"):
        propose(tmp_path / "leads.csv", "My leads")


def test_a_source_that_is_there_is_not_written_over(tmp_path, monkeypatch):
    monkeypatch.setenv("RINGFENCE_REGISTERS", str(tmp_path))
    rows = [f"{n};+49{phone[1:]}" for n, phone in enumerate(numbers())]
    (tmp_path / "leads.csv").write_text("Id;Phone\n" + "\n".join(rows), "utf-8")
    command = ["sources", "propose", str(tmp_path / "leads.csv"), "--write"]
    assert CliRunner().invoke(group, command).exit_code == 0
    written = (tmp_path / "sources" / "leads.yml").read_text("utf-8")
    for further, remedy in (([], "give an --id"), (["--id", "leads"], "give another --id")):
        result = CliRunner().invoke(group, [*command, *further])
        assert isinstance(result.exception, Misconfigured)
        assert result.exception.remedy == remedy
    assert (tmp_path / "sources" / "leads.yml").read_text("utf-8") == written


def test_a_fresh_proposal_is_one_clear_line_for_the_check(tmp_path):
    rows = [f"{n};+49{phone[1:]}" for n, phone in enumerate(numbers())]
    (tmp_path / "leads.csv").write_text("Id;Phone\n" + "\n".join(rows), "utf-8")
    text = propose(tmp_path / "leads.csv")
    assert "# This source is not used until its DECIDE lines are filled in" in text
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "leads.yml").write_text(text, "utf-8")
    (fault,) = load_registers(tmp_path, "live")[1]
    line = text.splitlines().index(
        "controller: undecided  # DECIDE: a controller_id of controllers.yml"
    )
    assert fault.line == line + 1
    assert "this proposal is not used until its DECIDE lines are filled in" in fault.message


def test_what_is_left_out_as_personal_is_named(tmp_path):
    rows = [f"{n};Ann Example;Main St 1;+49{phone[1:]};x" for n, phone in enumerate(numbers())]
    path = tmp_path / "leads.csv"
    path.write_text("Id;Full name;Street;Phone;Segment\n" + "\n".join(rows), "utf-8")
    text = propose(path)
    assert "(add to `keep` only with a reason): Full name, Street" in text
    assert "# Not read, so not landed: Segment" in text


@pytest.mark.parametrize(
    ("name", "source_id"),
    [
        ("leads_2026-11-24.csv", "leads"),
        ("02.-alle-schoolvestigingen-basisonderwijs.csv", "alle_schoolvestigingen_basisonderwijs"),
        ("Été 20261124.csv", "ete"),
        ("123.csv", "new_source"),
    ],
)
def test_a_source_id_is_made_from_the_file_name(name, source_id):
    assert source_id_for(Path(name)) == source_id


def test_an_empty_phone_column_is_read_for_tomorrows_numbers(tmp_path):
    rows = [f"{n};Ann;+49{phone[1:]};;" for n, phone in enumerate(numbers())]
    path = tmp_path / "leads.csv"
    path.write_text("Id;Vorname;Telefon;Mobil;phone type\n" + "\n".join(rows), "utf-8")
    source, _ = loaded(tmp_path, path)
    assert compile_map(source).columns_needed == {"Id", "Vorname", "Telefon", "Mobil"}


def test_a_file_without_a_row_is_refused_by_what_is_wrong_with_it(tmp_path):
    path = tmp_path / "stops.csv"
    path.write_text("number,reason\n", "utf-8")
    with pytest.raises(Refusal, match="holds no rows"):
        propose(path)


def test_a_bare_header_number_is_a_phone_only_over_numbers(tmp_path):
    path = tmp_path / "stops.csv"
    path.write_text("number,reason\n+49 30 23125000,dnc\n+49 30 23125001,dnc\n", "utf-8")
    assert "phone: number" in propose(path)
    path.write_text("number,telephone\n1,+49 30 23125000\n2,+49 30 23125001\n", "utf-8")
    assert "phone: telephone" in propose(path)


def test_a_column_that_is_named_for_a_date_and_holds_none_is_no_date(tmp_path):
    rows = [f"{n};Bo;+49{phone[1:]};24.11.2026" for n, phone in enumerate(numbers())]
    path = tmp_path / "leads.csv"
    path.write_text("Id;created by;Phone;Angelegt am\n" + "\n".join(rows), "utf-8")
    assert "collected_at: Angelegt am" in propose(path)
