"""Whom a file says not to call is found under many names; what is not understood there stops."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support_proposals import emitted, loaded, told, write

from ringfence.registers.sources import Kind

PHONES = [f"+49 30 23125{n:03d}" for n in range(30)]


def leads(tmp_path: Path, columns: str, *cells: str, name: str = "leads.csv") -> Path:
    """Write a row for each phone; the cells are taken in turn where they hold `|`."""
    rows = [
        ",".join([phone, "Ann", *(cell.split("|")[n % len(cell.split("|"))] for cell in cells)])
        for n, phone in enumerate(PHONES)
    ]
    return write(tmp_path, name, f"phone,first_name,{columns}", rows)


def stopped(tmp_path: Path, path: Path) -> list[int]:
    """Return which rows stop, in the order of the file."""
    source, _ = loaded(tmp_path, path)
    if Kind.SUPPRESSION not in source.emits:
        return []
    phones = [stop["phone"][0] for stop in emitted(source, path, "suppression")]
    return [PHONES.index(phone) for phone in phones]


@pytest.mark.parametrize(
    "header",
    [
        "gesperrt", "Kontaktsperre", "Anrufsperre", "Werbesperre", "Robinsonliste",
        "Widerspruch am", "unsubscribed", "unsubscribed_at", "is_suppressed", "no_phone", "DNC",
        "dnc_flag", "optout",
        "blacklist", "do_not_contact", "Don't call", "phone_suppressed", "gdpr_erased", "deceased",
        "TPS", "HasOptedOutOfCalls", "telefoonbelmeniet", "belblokkade", "uitgeschreven",
        "Ne pas contacter", "Liste rouge", "désinscrit", "Lista Robinson", "No llamar", "oposición",
        "Non contattare", "Opposizione", "ring ej", "Spärrad", "consent_withdrawn_at",
        "opt_out_email_and_phone",
    ],
)  # fmt: skip
def test_a_do_not_call_column_is_known_by_many_names(tmp_path: Path, header: str) -> None:
    path = leads(tmp_path, header, "|x|no|-1|misschien|0000-00-00|FALSE|0.0|2026-03-02|ja")

    assert stopped(tmp_path, path)[:5] == [1, 3, 4, 8, 9]


@pytest.mark.parametrize(
    "header",
    [
        "Call OK", "ok_to_call", "Anruf erlaubt", "may be called", "Darf anrufen",
        "Anrufen erlaubt", "Peut appeler", "peut être appelée", "Mag gebeld worden",
        "Puede llamar", "Può chiamare", "Får ringa",
    ],
)  # fmt: skip
def test_a_column_of_those_who_may_be_called_stops_all_but_a_plain_yes(
    tmp_path: Path, header: str
) -> None:
    path = leads(tmp_path, header, "yes|no|ask first|TRUE|")
    source, text = loaded(tmp_path, path)

    stops = [PHONES.index(stop["phone"][0]) for stop in emitted(source, path, "suppression")]
    assert stops[:3] == [1, 2, 6]
    assert "a yes is no consent" in " ".join(text.replace("\n      #", " ").split())
    assert Kind.CONSENT_EVENTS not in source.emits


@pytest.mark.parametrize(
    "header", ["email_opt_out", "HasOptedOutOfFax", "newsletter_unsubscribed", "opt_out_sms"]
)
def test_an_opt_out_from_another_channel_stops_no_call(tmp_path: Path, header: str) -> None:
    assert stopped(tmp_path, leads(tmp_path, header, "yes|no")) == []


def test_every_column_that_stops_is_read_and_its_share_is_told(tmp_path: Path) -> None:
    path = leads(tmp_path, "dnc,unsubscribed,status", "Y||", "|later|", "New|Open|Deceased")
    _, text = loaded(tmp_path, path)

    assert stopped(tmp_path, path) == [*range(30)]
    told = " ".join(text.replace("\n      #", " ").split())
    assert "dnc stops 10 of 30 rows" in told
    assert "unsubscribed stops 10 of 30 rows" in told
    assert "neither yes nor no: 1, each a stop" in told
    assert "status stops 10 of 30 rows" in told
    assert "later" not in text


def test_a_status_stops_by_words_that_can_mean_nothing_else(tmp_path: Path) -> None:
    path = leads(tmp_path, "lead status", "New|DNC|Open|deceased|Annegret")
    source, text = loaded(tmp_path, path)

    stops = list(emitted(source, path, "suppression"))[:2]
    assert [(PHONES.index(stop["phone"][0]), stop["kind"]) for stop in stops] == [
        (1, "objection"), (3, "deceased"),
    ]  # fmt: skip
    assert "of its other cells (3 different ones) only those with a" in " ".join(
        text.replace("\n      #", " ").split()
    )
    assert "Annegret" not in text


def test_a_status_that_stops_one_row_in_many_is_found(tmp_path: Path) -> None:
    rows = [f"+4930{n:08d},Ann,{'DNC' if n == 4_321 else 'New'}" for n in range(9_000)]
    path = write(tmp_path, "leads.csv", "phone,first_name,status", rows)
    source, _ = loaded(tmp_path, path)

    (stop,) = emitted(source, path, "suppression")
    assert stop["phone"] == ["+493000004321"]


def test_a_sentence_that_speaks_of_a_stop_stops_and_is_not_shown(tmp_path: Path) -> None:
    path = leads(tmp_path, "remark", "fine|please do not call Annegret|DNC - by mail|new;DNC|New")
    _, text = loaded(tmp_path, path)

    assert stopped(tmp_path, path)[:4] == [1, 2, 3, 6]
    assert "remark contains (dnc, do not call)" in text
    assert "Annegret" not in text


def test_a_column_without_a_header_stops_by_its_words(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    rows = [f"Ann,Example,{phone},{'STOP' if n == 3 else 'ok'}" for n, phone in enumerate(PHONES)]
    path.write_text("\n".join(rows), "utf-8")

    assert stopped(tmp_path, path) == [3]


def test_stops_beside_call_results_and_contracts_are_not_lost(tmp_path: Path) -> None:
    calls = leads(
        tmp_path, "call_date,status,do not call", "2026-11-23 10:00:00", "NA|SALE|DNC", "|Y",
        name="calls.csv",
    )  # fmt: skip
    assert stopped(tmp_path, calls)[:2] == [1, 3]
    (tmp_path / "sources" / "calls.yml").unlink()
    contracts = leads(
        tmp_path, "contract,product,start date,opt out offered,blocked", "C1", "power",
        "2024-01-01", "yes", "|Y", name="contracts.csv",
    )  # fmt: skip
    assert stopped(tmp_path, contracts)[:2] == [1, 3]


@pytest.mark.parametrize(
    ("header", "cells", "rows"),
    [("dnc", "Y|N", 15), ("opt out date", "2026-03-02|", 30), ("dnc", "", 30), ("dnc", "Y", 30)],
)
def test_a_list_of_stops_stops_whole_unless_a_column_says_whom_it_spares(
    tmp_path: Path, header: str, cells: str, rows: int
) -> None:
    path = leads(tmp_path, header, cells, name="dnc.csv")

    assert len(stopped(tmp_path, path)) == rows


def test_in_a_list_of_stops_every_flag_counts_once_one_of_them_spares_somebody(
    tmp_path: Path,
) -> None:
    path = leads(tmp_path, "dnc,unsubscribed_at", "Y|N|N", "||2026-03-02", name="dnc.csv")

    assert stopped(tmp_path, path)[:4] == [0, 2, 3, 5]


def test_a_column_of_numbers_is_no_flag_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text("\n".join(["dnc", *PHONES]), "utf-8")

    assert len(stopped(tmp_path, path)) == 30


def test_a_column_of_opt_ins_and_opt_outs_is_a_consent(tmp_path: Path) -> None:
    path = leads(tmp_path, "Opt-in/Opt-out", "opt-in|opt-out")
    source, _ = loaded(tmp_path, path)

    assert Kind.SUPPRESSION not in source.emits
    events = [event["event_type"] for event in emitted(source, path, "consent_events")]
    assert events[:2] == ["given", "withdrawn"]


@pytest.mark.parametrize("header", ["Sperre (J/N)", "in TPS?", "stop flag", "Nix spärr J/N"])
def test_a_short_word_in_a_longer_header_is_believed_over_yes_and_no(
    tmp_path: Path, header: str
) -> None:
    assert stopped(tmp_path, leads(tmp_path, header, "J|N"))[:2] == [0, 2]
    (tmp_path / "sources" / "leads.yml").unlink()
    assert stopped(tmp_path, leads(tmp_path, "bus stop", "High Street|Mill Lane")) == []


@pytest.mark.parametrize(
    "cell",
    [
        "non richiamare", "Non ricontattare più", "NON PIÙ CHIAMARE", "nicht mehr anrufen",
        "will NICHT mehr angerufen werden", "bitte nicht mehr kontaktieren", "Widerspruch 12.02.",
        "hat widersprochen!", "Kontaktsperre seit März", "ne plus rappeler", "Ne pas recontacter",
        "Ne souhaite plus être appelé", "ne souhaite plus être appelée svp", "niet meer bellen",
        "niet terugbellen a.u.b.", "no volver a llamar", "dice que no quiere llamadas",
        "Ring inte igen", "please do not ring", "must not be called", "no more calls",
        "STOP CALLING!", "remove me from your list", "unsubscribed 3 May", "complaint by letter",
        "raised an objection",
    ],
)  # fmt: skip
def test_not_again_stops_in_every_language_as_a_cell_and_inside_one(
    tmp_path: Path, cell: str
) -> None:
    path = leads(tmp_path, "Esito", f"interested|{cell}|open")

    assert stopped(tmp_path, path)[:2] == [1, 4]


@pytest.mark.parametrize("cell", ["bus stop", "blocked drain", "Ann Robinson", "is removed soon"])
def test_a_short_word_inside_a_cell_stops_nobody(tmp_path: Path, cell: str) -> None:
    assert stopped(tmp_path, leads(tmp_path, "remark", f"fine|{cell}")) == []


def test_the_comment_tells_what_in_and_contains_compare(tmp_path: Path) -> None:
    path = leads(tmp_path, "Status", "neu|will NICHT mehr angerufen werden|gesperrt")
    _, text = loaded(tmp_path, path)

    assert "Status in (gesperrt) or Status contains (nicht mehr angerufen)" in text
    assert "`in (…)` compares whole cells, `contains (…)` finds words inside them" in told(text)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ("nuovo|rifiutato|Non interessato", "non interessato, rifiutato"),
        ("neu|Kein Interesse (Ann)|verweigert", "kein interesse, verweigert"),
        ("new|NI|no contact", "ni, no contact"),
    ],
)
def test_a_column_that_is_not_read_and_may_mean_a_refusal_is_named(
    tmp_path: Path, cells: str, words: str
) -> None:
    source, text = loaded(tmp_path, leads(tmp_path, "Esito", cells))

    assert Kind.SUPPRESSION not in source.emits
    assert (
        "CHECK: Esito is not read; different cells of it with words that may mean a refusal or a"
        f" stop: 2 ({words}). If they do, name them in the `when` of `suppression`"
    ) in told(text)
    assert "Ann" not in text


@pytest.mark.parametrize("cells", ["ja|nein|", "Oui|NON", "1|0", "nein"])
def test_a_column_of_yes_and_no_that_is_not_read_may_say_whom_not_to_call(
    tmp_path: Path, cells: str
) -> None:
    source, text = loaded(tmp_path, leads(tmp_path, "Merkmal 7,remark", cells, "yes|please|no"))

    assert Kind.SUPPRESSION not in source.emits
    assert (
        "CHECK: Merkmal 7 is not read; its cells are all yes and no, and it may say who must not"
        " be called" in told(text)
    )
    assert "remark is not read" not in told(text)


def test_a_yes_and_no_about_another_channel_or_that_is_read_is_not_doubted(tmp_path: Path) -> None:
    path = leads(tmp_path, "newsletter,dnc,empty,dash", "ja|nein", "Y|N", "", "-")

    assert "all yes and no" not in told(loaded(tmp_path, path)[1])


def test_what_else_in_a_column_that_is_read_may_mean_a_refusal_is_named(tmp_path: Path) -> None:
    path = leads(tmp_path, "Esito", "nuovo|rifiutato|non richiamare")
    _, text = loaded(tmp_path, path)

    assert stopped(tmp_path, path)[:2] == [2, 5]
    assert "others with words that may mean a refusal or a stop: 1 (rifiutato)" in told(text)


def test_ordinary_columns_are_not_doubted(tmp_path: Path) -> None:
    path = leads(tmp_path, "branch,remark", "Nord|Süd", "interested|called twice|asks for a price")

    assert "may mean a refusal" not in told(loaded(tmp_path, path)[1])


def test_a_dialler_that_says_not_again_in_words_is_understood(tmp_path: Path) -> None:
    path = leads(
        tmp_path, "data chiamata,esito", "2026-11-23 10:00:00",
        "non risponde|rifiutato|non richiamare|venduto|numero sbagliato", name="calls.csv",
    )  # fmt: skip
    source, _ = loaded(tmp_path, path)

    calls = list(emitted(source, path, "call_attempts"))[:5]
    assert [call["disposition"] for call in calls] == [
        "no_contact", "refused", "objected", "answered", "wrong_party",
    ]  # fmt: skip
