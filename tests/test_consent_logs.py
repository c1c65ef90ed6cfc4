"""Consent logs in seven languages: when, which notice, whether looked at, where, by which way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support_proposals import emitted, loaded, told, write
from tests.support_registers import write_source

from ringfence.home import Home
from ringfence.landing.batches import summary_of_batches
from ringfence.landing.ingest import ingest_source
from ringfence.proposals.propose import propose
from ringfence.registers.sources import Kind, compile_map
from ringfence.settings import Settings

PHONES = [f"+49 30 23125{n:03d}" for n in range(30)]


def log(tmp_path: Path, columns: str, *cells: str, name: str = "log.csv") -> Path:
    """Write a row for each phone; the cells are taken in turn where they hold `|`."""
    rows = [
        ",".join([phone, *(cell.split("|")[n % len(cell.split("|"))] for cell in cells)])
        for n, phone in enumerate(PHONES)
    ]
    return write(tmp_path, name, f"Telefoonnummer,{columns}", rows)


def events(tmp_path: Path, path: Path) -> list[dict[str, str | list[str]]]:
    return list(emitted(loaded(tmp_path, path)[0], path, "consent_events"))


@pytest.mark.parametrize(
    "headers",
    [
        "Consent,Date and time,Version of notice,Evidence checked",
        "Einwilligung,Datum und Uhrzeit,Version des Hinweises,Nachweis geprüft",
        "Consentement,Date et heure,Version de la notice,Preuve vérifiée",
        "Toestemming,Datum en tijd,Versie kennisgeving,Bewijs gecontroleerd",
        "Consentimiento,Fecha y hora,Versión del aviso,Prueba verificada",
        "Consenso,Data e ora,Versione informativa,Prova verificata",
        "Samtycke,Datum och tid,Version av texten,Bevis kontrollerat",
    ],
)
def test_time_notice_and_look_at_the_evidence_are_known_in_seven_languages(
    tmp_path: Path, headers: str
) -> None:
    yes = "ja|nee" if "Toestemming" in headers else "yes|no"
    path = log(tmp_path, headers, yes, "2026-03-02 10:00", "2026-1", "yes|")

    first, second = events(tmp_path, path)[:2]
    assert first == {
        "phone": [PHONES[0]], "event_type": "given", "event_at": "2026-03-02 10:00",
        "notice_version": "2026-1", "evidence_status": "verified",
    }  # fmt: skip
    assert (second["event_type"], second["evidence_status"]) == ("refused", "")


@pytest.mark.parametrize("header", ["Kanaal", "Channel", "collection_context", "Verkregen via"])
@pytest.mark.parametrize(
    ("cells", "contexts"),
    [
        ("website|winkel", ["web", "in_person"]),
        ("online|in person", ["web", "in_person"]),
        ("Form|inbound|store", ["web", "inbound", "in_person"]),
        ("Webformular|Messe", ["web", "in_person"]),
        ("formulaire web|appel entrant|démarchage", ["web", "inbound", "outbound_marketing"]),
        ("sito web|negozio|chiamata in uscita", ["web", "in_person", "outbound_marketing"]),
        ("webb|butik", ["web", "in_person"]),
        ("formulario|tienda", ["web", "in_person"]),
        ("web|telefoon", ["web", "outbound_marketing"]),
    ],
)
def test_where_a_consent_was_collected_is_translated_whatever_its_column_is_called(
    tmp_path: Path, header: str, cells: str, contexts: list[str]
) -> None:
    path = log(tmp_path, f"Consent,{header}", "yes", cells)

    found = events(tmp_path, path)[: len(contexts)]
    assert [event["collection_context"] for event in found] == contexts
    assert "channel" not in found[0]


def test_what_only_says_by_phone_is_no_ground_and_is_asked_about(tmp_path: Path) -> None:
    _, text = loaded(tmp_path, log(tmp_path, "Consent,Kanaal", "yes", "web|telefoon|loket"))

    assert "words in it that are not known here: 1" in told(text)
    assert "write `inbound` if the person called" in told(text)
    assert "loket" not in text


def test_the_canonical_words_need_no_translation(tmp_path: Path) -> None:
    path = log(tmp_path, "Consent,context,channel", "yes", "web|inbound", "voice|email")
    _, text = loaded(tmp_path, path)

    assert "collection_context: context\n" in text.replace("  # ", "\n")
    assert "channel: channel\n" in text.replace("  # ", "\n")


@pytest.mark.parametrize(
    ("cells", "channels"),
    [
        ("telefoon|e-mail|brief", ["voice", "email", "post"]),
        ("Call|SMS|any", ["voice", "sms", "voice"]),
        ("Anruf|alle|Taube", ["voice", "voice", "other"]),
        ("", [""]),
    ],
)
def test_a_channel_is_one_where_its_cells_are_ways_of_contact(
    tmp_path: Path, cells: str, channels: list[str]
) -> None:
    path = log(tmp_path, "Consent,Kanaal", "yes", cells)

    found = events(tmp_path, path)[: len(channels)]
    assert [event["channel"] for event in found] == channels
    assert "collection_context" not in found[0]


def test_a_channel_whose_words_say_nothing_is_asked_about(tmp_path: Path) -> None:
    source, text = loaded(tmp_path, log(tmp_path, "Consent,Kanaal", "yes", "K1|K2"))

    assert "channel" not in source.emits[Kind.CONSENT_EVENTS].map
    assert "channel: Kanaal # DECIDE: only if it says how people may be contacted" in told(text)


def test_a_channel_of_a_stop_list_is_asked_about(tmp_path: Path) -> None:
    _, text = loaded(tmp_path, log(tmp_path, "Kanal", "E-Mail|Telefon", name="dnc.csv"))

    assert "channel: Kanal # CHECK: a stop for email, sms, post or fax stops no call" in told(text)


@pytest.mark.parametrize(
    ("answer", "time"),
    [
        ("answer", "answered at"), ("Antwort", "Datum"), ("Antwoord", "Datum en tijd"),
        ("réponse", "date"), ("Risposta", "data"), ("respuesta", "fecha"), ("svar", "tid"),
    ],
)  # fmt: skip
def test_a_number_an_answer_and_a_time_are_a_consent_log(
    tmp_path: Path, answer: str, time: str
) -> None:
    path = log(tmp_path, f"{answer},{time}", "yes|no|withdrawn", "2026-03-02 10:00")
    source, text = loaded(tmp_path, path)

    assert list(source.emits) == [Kind.CONSENT_EVENTS]
    found = list(emitted(source, path, "consent_events"))[:3]
    assert [event["event_type"] for event in found] == ["given", "refused", "withdrawn"]
    assert found[0]["event_at"] == "2026-03-02 10:00"
    assert "without it no ground" in told(text)
    assert "the times above carry no zone" in text


def test_an_answer_beside_people_or_without_a_time_is_no_consent(tmp_path: Path) -> None:
    people = log(tmp_path, "Voornaam,answer,date", "Ann", "yes|no", "2026-03-02", name="a.csv")
    assert list(loaded(tmp_path, people)[0].emits) == [Kind.LEADS]
    (tmp_path / "sources" / "a.yml").unlink()
    timeless = log(tmp_path, "answer,segment", "yes|no", "A|B", name="b.csv")
    assert Kind.CONSENT_EVENTS not in loaded(tmp_path, timeless)[0].emits


@pytest.mark.parametrize("header", ["Anruf?", "call", "Call?", "appel", "Bellen?", "Chiamare"])
def test_a_bare_call_over_yes_and_no_says_who_may_be_called(tmp_path: Path, header: str) -> None:
    path = log(tmp_path, f"Voornaam,{header}", "Ann", "ja|nein")
    source, text = loaded(tmp_path, path)

    stops = list(emitted(source, path, "suppression"))
    assert [stop["phone"] for stop in stops[:2]] == [[PHONES[1]], [PHONES[3]]]
    assert "a yes is no consent" in told(text)


def test_a_bare_call_over_anything_else_says_nothing(tmp_path: Path) -> None:
    path = log(tmp_path, "Voornaam,call", "Ann", "first|second")

    assert list(loaded(tmp_path, path)[0].emits) == [Kind.LEADS]


def test_a_file_of_plain_ascii_may_turn_out_to_be_of_another_encoding(tmp_path: Path) -> None:
    check = "CHECK: only ASCII was seen; a file with accents may turn out to be cp1252"
    source, text = loaded(tmp_path, log(tmp_path, "Voornaam", "Ann"))
    assert source.format.encoding == "utf-8"
    assert check in told(text)
    (tmp_path / "sources" / "log.yml").unlink()
    assert check not in told(loaded(tmp_path, log(tmp_path, "Voornaam", "Ann|Zoë"))[1])
    (tmp_path / "sources" / "log.yml").unlink()
    assert check not in told(loaded(tmp_path, log(tmp_path, "Prénom", "Ann"))[1])


def test_a_consent_log_of_the_shop_is_whole(tmp_path: Path) -> None:
    columns = (
        "Toestemming,Datum en tijd,Doel,Versie kennisgeving,Kanaal,Bewijs,Bewijs gecontroleerd"
    )
    cells = ("ja|ingetrokken", "2026-03-02 10:00", "aanbod", "2026-1", "winkel|website")
    path = log(tmp_path, columns, *cells, "B1", "ja|nee")
    source, text = loaded(tmp_path, path)

    assert list(source.emits) == [Kind.CONSENT_EVENTS]
    assert next(emitted(source, path, "consent_events")) == {
        "phone": [PHONES[0]], "event_type": "given", "event_at": "2026-03-02 10:00",
        "purpose": "aanbod", "notice_version": "2026-1", "collection_context": "in_person",
        "evidence_ref": "B1", "evidence_status": "verified",
    }  # fmt: skip
    assert {*columns.split(","), "Telefoonnummer"} == compile_map(source).columns_needed
    assert "without it no" not in text


@pytest.mark.parametrize(
    ("name", "check"),
    [("event_at", "grants_carry_a_time"), ("notice_version", "grants_carry_a_notice")],
)
def test_what_a_proposal_says_of_a_missing_piece_is_what_happens_at_the_door(
    fresh_database: Settings, tmp_path: Path, name: str, check: str
) -> None:
    folder = Home(fresh_database.home).inbox / "log"
    folder.mkdir(parents=True)
    has = {"event_at": "answered_at", "notice_version": "notice"}
    kept = next(column for piece, column in has.items() if piece != name)
    value = {"answered_at": "2026-03-02T14:05:00Z", "notice": "2026-1"}[kept]
    rows = [f"+49 30 231250{number:02d},yes,offers,{value}" for number in range(20)]
    (folder / "log.csv").write_text("\n".join((f"phone,consent,purpose,{kept}", *rows)) + "\n")
    text = propose(folder / "log.csv")
    promised = f"without it no ground, and the door turns 20 grants or more away ({check})"
    assert promised in told(text).partition(f" {name}: ")[2]
    text = text.replace("controller: undecided", "controller: acme")
    registers = write_source(Home(fresh_database.home).root / "registers", "log", text)
    (report,) = ingest_source(replace(fresh_database, registers=registers), "log")
    assert report.reason_code == "door_check_failed"
    words = summary_of_batches([report])
    assert words.startswith("REJECTED (door_check_failed)")
    assert f"The door check of consent_events failed: {check}: 20 of 20 rows." in words
    assert f"map `{name}`" in words
    assert words.endswith("0 stops kept")
