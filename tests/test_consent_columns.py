"""A consent is found with its evidence; whatever is in doubt is a stop or no consent at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support_proposals import emitted, loaded, told, write

from ringfence.registers.sources import Kind, compile_map

PHONES = [f"+49 30 23125{n:03d}" for n in range(30)]
LOG = "phone,consent_status,occurred_at,purpose,notice_version,context,evidence_status,proof"


def rows(*cells: str) -> list[str]:
    """Return a row for each phone; the cells are taken in turn where they hold `|`."""
    return [
        ",".join([phone, *(cell.split("|")[n % len(cell.split("|"))] for cell in cells)])
        for n, phone in enumerate(PHONES)
    ]


def test_a_consent_log_gets_all_of_its_evidence(tmp_path: Path) -> None:
    cells = (
        "granted|WITHDRAWN|refused|objected",
        "2026-03-02T10:00:00Z",
        "offers",
        "2026-1",
        "web",
    )
    path = write(tmp_path, "log.csv", LOG, rows(*cells, "verified|asserted", "form-1"))
    source, text = loaded(tmp_path, path)

    assert list(source.emits) == [Kind.CONSENT_EVENTS]
    assert source.delivery.expected_every
    first, second, third, fourth = list(emitted(source, path, "consent_events"))[:4]
    assert first == {
        "phone": ["+49 30 23125000"], "event_type": "given", "event_at": "2026-03-02T10:00:00Z",
        "purpose": "offers", "notice_version": "2026-1", "collection_context": "web",
        "evidence_status": "verified", "evidence_ref": "form-1",
    }  # fmt: skip
    assert [event["event_type"] for event in (second, third, fourth)] == [
        "withdrawn", "refused", "objected",
    ]  # fmt: skip
    assert second["evidence_status"] == "asserted"
    assert "without it no" not in text


def test_leads_with_an_opt_in_emit_both_and_ask_for_the_evidence_they_lack(tmp_path: Path) -> None:
    columns = "phone,lead_id,first_name,last_name,email,opt_in,opt_in_date,ip"
    people = [
        f"{phone},L{n:03d},Ann,Example,a{n}@example.com,{'yes' if n % 3 else 'no'},2026-03-02,"
        "192.0.2.1"
        for n, phone in enumerate(PHONES)
    ]
    path = write(tmp_path, "leads.csv", columns, people)
    source, text = loaded(tmp_path, path)

    assert list(source.emits) == [Kind.LEADS, Kind.CONSENT_EVENTS]
    events = [event["event_type"] for event in emitted(source, path, "consent_events")]
    assert events[:3] == ["refused", "given", "given"]
    for name in ("purpose", "notice_version", "evidence_status", "collection_context"):
        assert f"      # {name}: " in text
    assert "these times carry no zone" in text
    assert "(add to `keep` only with a reason): ip" in text
    assert "ip" not in compile_map(source).columns_needed


def test_a_word_that_is_not_known_is_a_stop_and_is_counted_not_shown(tmp_path: Path) -> None:
    path = write(tmp_path, "log.csv", "phone,consent", rows("granted|perhaps later|ask again"))
    source, text = loaded(tmp_path, path)

    events = [event["event_type"] for event in emitted(source, path, "consent_events")]
    assert events[:3] == ["given", "unlisted:perhaps later", "unlisted:ask again"]
    assert "words in it that are not known here: 2; each counts as a stop" in text
    assert "perhaps" not in text


@pytest.mark.parametrize(
    ("columns", "cells", "told"),
    [
        ("opt_in_date", ("2026-03-02",), "tells when, and no column what the person answered"),
        ("opt_in", ("2026-03-02",), "tells when, and no column what the person answered"),
        ("consent reference", ("A17|B18",), "may be a consent, but most of its words"),
        ("email_opt_in", ("yes|no",), "is about another way of contact: it opens no call"),
        ("Newsletter consent", ("yes|no",), "is about another way of contact: it opens no call"),
    ],
)
def test_what_may_be_a_consent_and_may_be_none_is_asked_about(
    tmp_path: Path, columns: str, cells: tuple[str, ...], told: str
) -> None:
    path = write(tmp_path, "leads.csv", f"phone,first_name,{columns}", rows("Ann", *cells))
    source, text = loaded(tmp_path, path)

    assert list(source.emits) == [Kind.LEADS]
    assert told in " ".join(text.replace("\n#", " ").split())


def test_the_status_of_a_lead_is_no_consent(tmp_path: Path) -> None:
    cells = ("Ann", "active|accepted|declined|granted", "2026-03-02")
    path = write(tmp_path, "leads.csv", "phone,first_name,status,created", rows(*cells))

    assert list(loaded(tmp_path, path)[0].emits) == [Kind.LEADS]


def test_a_status_that_can_only_be_an_answer_is_one_beside_a_purpose(tmp_path: Path) -> None:
    cells = ("granted|revoked|opt-out", "offers", "2026-03-02T10:00:00Z")
    path = write(tmp_path, "log.csv", "phone,event,purpose,occurred_at", rows(*cells))
    source, _ = loaded(tmp_path, path)

    events = [event["event_type"] for event in emitted(source, path, "consent_events")]
    assert events[:3] == ["given", "withdrawn", "withdrawn"]


def test_of_two_answers_the_one_about_calls_is_read_and_the_other_named(tmp_path: Path) -> None:
    path = write(tmp_path, "log.csv", "phone,consent,phone_consent", rows("yes", "no"))
    source, text = loaded(tmp_path, path)

    assert next(emitted(source, path, "consent_events"))["event_type"] == "refused"
    assert "consent may be an answer too; only phone_consent is read" in text


def test_a_time_that_is_two_days_in_two_countries_is_complained_of(tmp_path: Path) -> None:
    path = write(tmp_path, "log.csv", "phone,consent,consent date", rows("yes", "03/04/2026"))

    text = told(loaded(tmp_path, path)[1])
    assert "100 % cannot be read as one instant (03/04/2026 is two days)" in text
    assert "or say `dates: day_first` or `dates: month_first`" in text
    assert "\ndates:" not in text


@pytest.mark.parametrize(
    ("cells", "order"),
    [("03/04/2026|13/04/2026", "day_first"), ("3-4-2026 10:00|4-13-2026 10:00", "month_first")],
)
def test_the_order_of_day_and_month_is_proposed_where_a_cell_proves_it(
    tmp_path: Path, cells: str, order: str
) -> None:
    path = write(tmp_path, "log.csv", "phone,consent,consent date", rows("yes", cells))
    source, text = loaded(tmp_path, path)

    assert source.dates == order
    assert f"\ndates: {order}  # CHECK: dates that fit no other order: 1; against it: none" in text
    assert "cannot be read as one instant" not in text
    assert "these times carry no zone" in text


def test_one_column_of_dates_proves_the_order_of_another(tmp_path: Path) -> None:
    cells = ("Ann", "31/12/1980", "03/04/2026")
    path = write(tmp_path, "leads.csv", "phone,first_name,dob,created at", rows(*cells))
    source, text = loaded(tmp_path, path)

    assert source.dates == "day_first"
    assert "cannot be read as one instant" not in text


@pytest.mark.parametrize(
    "cells", ["13/04/2026|04/13/2026", "13/04/26|14/04/26", "24.11.2026", "03/04/2026"]
)
def test_dates_that_prove_both_orders_or_none_leave_it_open(tmp_path: Path, cells: str) -> None:
    path = write(tmp_path, "leads.csv", "phone,first_name,created at", rows("Ann", cells))
    source, text = loaded(tmp_path, path)

    assert source.dates is None
    is_told = "collected_at: created at" in text and "cannot be read as one instant" in told(text)
    assert is_told == ("/" in cells)


def test_an_empty_answer_says_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, "log.csv", "phone,consent", rows("yes||no"))
    source, _ = loaded(tmp_path, path)

    assert len(list(emitted(source, path, "consent_events"))) == 20


def test_a_salesforce_export_says_who_opted_in_and_out(tmp_path: Path) -> None:
    columns = "Phone,Id,LastName,Company,IsConverted,PrivacyConsentStatus,CaptureDate,EffectiveTo"
    leads = [
        f"{phone},00Q{n:03d},Example,Example Ltd,false,{['OptIn', 'OptOut', ''][n % 3]},"
        "2026-03-02T10:00:00Z,"
        for n, phone in enumerate(PHONES)
    ]
    path = write(tmp_path, "export.csv", columns, leads)
    source, text = loaded(tmp_path, path)

    assert "Salesforce leads" in text
    events = list(emitted(source, path, "consent_events"))
    assert [event["event_type"] for event in events[:2]] == ["given", "withdrawn"]
    assert (len(events), "expires_at" in events[0]) == (20, True)


def test_an_empty_consent_column_is_ready_for_tomorrows_withdrawal(tmp_path: Path) -> None:
    path = write(tmp_path, "leads.csv", "phone,first_name,opt_in", rows("Ann", ""))
    source, _ = loaded(tmp_path, path)

    mapper_columns = compile_map(source).columns_needed
    assert "opt_in" in mapper_columns
    assert Kind.CONSENT_EVENTS in source.emits
    assert list(emitted(source, path, "consent_events")) == []


def test_a_french_log_is_read_with_its_evidence(tmp_path: Path) -> None:
    columns = "Téléphone,Réponse,Date de la réponse,Vérifié,Mention,Origine,Justificatif"
    cells = ("oui|non", "2026-03-02T10:00:00Z", "oui|non", "2026-1", "web", "form-1")
    path = write(tmp_path, "journal.csv", columns, rows(*cells))
    source, text = loaded(tmp_path, path)
    assert list(source.emits) == [Kind.CONSENT_EVENTS]
    first, second = list(emitted(source, path, "consent_events"))[:2]
    assert first == {
        "phone": ["+49 30 23125000"], "event_type": "given", "event_at": "2026-03-02T10:00:00Z",
        "evidence_status": "verified", "notice_version": "2026-1", "collection_context": "web",
        "evidence_ref": "form-1",
    }  # fmt: skip
    assert (second["event_type"], second["evidence_status"]) == ("refused", "")
    assert "# purpose: " in text


@pytest.mark.parametrize(
    ("columns", "cells"),
    [
        ("phone,answer,date", ("yes|no", "2026-03-02")),
        ("phone,answer,day", ("yes|no", "2026-03-02")),
        ("phone,id,answer,answered on", ("L1|L2|L3|L4|L5|L6|L7", "yes|no", "2026-03-02")),
        ("phone,response,response date", ("Y|N", "2026-03-02")),
        ("Telefon,Antwort,Datum der Anfrage", ("ja|nein", "02.03.2026")),
        ("Telefon,Antwort,Datum der Antwort", ("ja|nein", "02.03.2026")),
        ("telefoon,antwoord,datum antwoord", ("ja|nee", "2026-03-02")),
        ("telefono,risposta,data della risposta", ("si|no", "2026-03-02")),
        ("telefono,respuesta,fecha de respuesta", ("sí|no", "2026-03-02")),
    ],
)
def test_a_phone_an_answer_of_yes_and_no_and_a_date_are_a_log_of_consent(
    tmp_path: Path, columns: str, cells: tuple[str, ...]
) -> None:
    path = write(tmp_path, "answers_of_spring.csv", columns, rows(*cells))
    source, text = loaded(tmp_path, path)
    events = list(emitted(source, path, "consent_events"))
    assert [event["event_type"] for event in events[:2]] == ["given", "refused"]
    assert all(event["event_at"] for event in events)
    for name in ("purpose", "notice_version", "evidence_status"):
        assert f"      # {name}: " in text


@pytest.mark.parametrize("columns", ["phone,answer", "phone,name,answer"])
def test_an_answer_without_a_date_is_no_log_of_consent(tmp_path: Path, columns: str) -> None:
    cells = ("Ann Example", "yes|no")[2 - columns.count(",") :]
    source, _ = loaded(tmp_path, write(tmp_path, "answers.csv", columns, rows(*cells)))
    assert Kind.CONSENT_EVENTS not in source.emits


@pytest.mark.parametrize("header", ["Anruf?", "call", "Calls", "Appel ?"])
def test_a_no_under_a_header_of_calls_stops_and_a_yes_is_no_consent(
    tmp_path: Path, header: str
) -> None:
    path = write(tmp_path, "people.csv", f"phone,name,{header}", rows("Ann Example", "ja|nein"))
    source, _ = loaded(tmp_path, path)
    assert Kind.CONSENT_EVENTS not in source.emits
    assert len(list(emitted(source, path, "suppression"))) == len(PHONES) / 2


def test_the_date_of_an_inquiry_is_read_beside_a_contract(tmp_path: Path) -> None:
    columns = "Telefon,Vertragsnummer,Vertragsbeginn,Datum der Anfrage"
    path = write(tmp_path, "contracts.csv", columns, rows("V1", "2026-03-02", "2026-03-01"))
    source, _ = loaded(tmp_path, path)
    assert next(emitted(source, path, "customer_relations"))["inquiry_at"] == "2026-03-01"


@pytest.mark.parametrize("header", ["Email vérifié", "email verified", "SMS verified"])
def test_a_verified_address_is_no_verified_proof(tmp_path: Path, header: str) -> None:
    columns = f"phone,consent,date,{header}"
    path = write(tmp_path, "log.csv", columns, rows("yes|no", "2026-03-02", "oui|non"))
    _, text = loaded(tmp_path, path)
    assert "      # evidence_status: " in text
