"""Files without leads are told apart; of two readings the one that calls fewer people is taken."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support_proposals import emitted, loaded, told, write

from ringfence.proposals.propose import propose
from ringfence.registers.sources import Kind

PHONES = [f"+49 30 23125{n:03d}" for n in range(30)]


@pytest.mark.parametrize("name", ["dnc_2026-11-24.csv", "Sperrliste.csv", "opt-outs.csv"])
def test_a_file_named_for_stops_is_a_stop_list_even_with_names_in_it(
    tmp_path: Path, name: str
) -> None:
    rows = [f"{n},{phone},Ann,Example" for n, phone in enumerate(PHONES)]
    path = write(tmp_path, name, "id,phone,first_name,last_name", rows)
    source, text = loaded(tmp_path, path)

    assert list(source.emits) == [Kind.SUPPRESSION]
    assert len(list(emitted(source, path, "suppression"))) == 30
    assert "If these people are to be called, add `leads: {}`" in told(text)
    assert "(add to `keep` only with a reason): first_name, last_name" in text


def test_bare_numbers_are_read_as_stops_and_the_other_readings_are_named(tmp_path: Path) -> None:
    path = tmp_path / "numbers.txt"
    path.write_text("\n".join(PHONES), "utf-8")
    source, text = loaded(tmp_path, path)

    assert list(source.emits) == [Kind.SUPPRESSION]
    assert "this reading calls the fewest. If they are leads" in told(text)


def test_a_reason_and_a_date_beside_a_number_are_those_of_a_stop(tmp_path: Path) -> None:
    reasons = ["Complaint", "do not call", "because of Ann"]
    rows = [f"{phone},{reasons[n % 3]},2026-03-02" for n, phone in enumerate(PHONES)]
    path = write(tmp_path, "numbers.csv", "phone,reason,date added", rows)
    source, text = loaded(tmp_path, path)

    first, second, third = list(emitted(source, path, "suppression"))[:3]
    assert (first["kind"], first["event_at"]) == ("complaint", "2026-03-02")
    assert second["kind"] == "objection"
    assert third["kind"] == "unlisted:because of Ann"  # an objection once it lands
    assert "Ann" not in text


def test_a_flag_that_holds_dates_stops_where_it_is_filled(tmp_path: Path) -> None:
    rows = [f"{n},Ann,{phone},{'2026-03-02' if n == 2 else ''}" for n, phone in enumerate(PHONES)]
    path = write(tmp_path, "leads.csv", "id,first_name,phone,do_not_call_since", rows)
    source, _ = loaded(tmp_path, path)

    (stop,) = emitted(source, path, "suppression")
    assert (stop["phone"], stop["event_at"]) == ([PHONES[2]], "2026-03-02")
    assert Kind.LEADS in source.emits


def test_an_opt_out_from_mails_stops_no_call(tmp_path: Path) -> None:
    rows = [f"{n},Ann,{phone},yes" for n, phone in enumerate(PHONES)]
    path = write(tmp_path, "leads.csv", "id,first_name,phone,email_opt_out", rows)

    assert list(loaded(tmp_path, path)[0].emits) == [Kind.LEADS]


@pytest.mark.parametrize(
    ("name", "register"),
    [("tps_2026-11-24.txt", "gb_tps"), ("NIX 20261124.txt", "se_nix"), ("ctps.txt", "gb_ctps")],
)
def test_a_file_named_for_a_national_register_is_its_extract(
    tmp_path: Path, name: str, register: str
) -> None:
    path = tmp_path / name
    path.write_text("\n".join(PHONES), "utf-8")
    source, text = loaded(tmp_path, path)

    assert (source.register, list(source.emits)) == (register, [Kind.REGISTER])
    assert source.obtained == "public"
    assert "A part of it, or your own list, must not stand in for it" in told(text)


@pytest.mark.parametrize("name", ["tps_checked_leads.csv", "leads after tps.csv"])
def test_leads_that_were_screened_are_not_the_register(tmp_path: Path, name: str) -> None:
    rows = [f"{n},{phone}" for n, phone in enumerate(PHONES)]
    path = write(tmp_path, name, "id,phone", rows)

    assert list(loaded(tmp_path, path)[0].emits) == [Kind.LEADS]


def test_a_diallers_log_is_read_as_calls_with_the_codes_it_shares_with_us(tmp_path: Path) -> None:
    columns = "call_date,phone_number,status,user,full_name,campaign_id,vendor_lead_code,phone_code"
    codes = ["NA", "SALE", "NI", "DNC", "ZZTOP"]
    rows = [
        f"2026-11-23 10:00:00,30231250{n:02d},{codes[n % 5]},u1,Bo,C1,V{n},49" for n in range(30)
    ]
    path = write(tmp_path, "calls.csv", columns, rows)
    source, text = loaded(tmp_path, path)

    assert list(source.emits) == [Kind.CALL_ATTEMPTS]
    calls = list(emitted(source, path, "call_attempts"))[:5]
    assert [call["disposition"] for call in calls] == [
        "no_contact", "answered", "refused", "objected", "unlisted:ZZTOP",
    ]  # fmt: skip
    assert (calls[0]["campaign"], calls[0]["phone"]) == ("C1", ["+493023125000"])
    assert "codes in this file that are not known here: 1." in text
    assert "ZZTOP" not in text
    assert "the times above carry no zone" in text


def test_contracts_are_relations_and_nobody_is_called_for_them(tmp_path: Path) -> None:
    columns = "Vertragsnummer,Telefon,Nachname,Produkt,Vertragsbeginn,Vertragsende"
    rows = [f"V{n},{phone},Example,electricity,01.02.2024," for n, phone in enumerate(PHONES)]
    path = write(tmp_path, "contracts.csv", columns, rows)
    source, text = loaded(tmp_path, path)

    assert list(source.emits) == [Kind.CUSTOMER_RELATIONS]
    first = next(emitted(source, path, "customer_relations"))
    assert (first["contract_ref"], first["product"]) == ("V0", "electricity")
    assert "# objection_offered_at_collection: {constant: yes}  # DECIDE" in text


def test_leads_with_a_contract_number_and_no_dates_stay_leads(tmp_path: Path) -> None:
    rows = [f"{n},Ann,{phone},V{n}" for n, phone in enumerate(PHONES)]
    path = write(tmp_path, "leads.csv", "id,first_name,phone,contract", rows)

    assert list(loaded(tmp_path, path)[0].emits) == [Kind.LEADS]


def test_no_kind_of_proposal_holds_a_cell_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "dnc.csv"
    rows = [f"{phone};Annegret Musterfrau;Beispielgasse 5" for phone in PHONES]
    path.write_text("Telefon;Grund;Ort\n" + "\n".join(rows), "utf-8")
    text = propose(path)

    assert not [cell for row in rows for cell in row.split(";") if cell in text]


def test_a_tps_file_is_known_by_its_records(tmp_path: Path) -> None:
    path = tmp_path / "tps_2026-11-24.txt"
    records = [f"020 7946{place:04}\r\n" for place in range(12)]
    path.write_text("".join(records), "ascii", newline="")
    source, text = loaded(tmp_path, path)

    assert "format: {type: gb_tps}" in text
    assert source.register == "gb_tps"
    (first, *_) = emitted(source, path, "register")
    assert first["phone"] == ["+442079460000"]
