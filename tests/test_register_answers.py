"""Answers of registers that are asked number by number, and files that must replace no register."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.support_decision import World, key
from tests.support_registers import write_source

from ringfence.database import connect
from ringfence.errors import Misconfigured
from ringfence.home import Home
from ringfence.keys import load_keys
from ringfence.landing.ask import ask_register
from ringfence.landing.batches import BatchReport
from ringfence.landing.ingest import ingest_source
from ringfence.lista_robinson import full_hash, phone_hash
from ringfence.registers.load import load_registers
from ringfence.registers.sources import load_sources
from ringfence.settings import Settings

SOURCE = """
source_id: {name}
controller: acme
obtained: public
approved: {{by: dpo, on: 2026-01-15}}
delivery: {{published_at: {{file_name: "%Y-%m-%d.txt"}}}}
format: {format}
register: {register}
timezone: Europe/Rome
columns: {columns}
emits: {{register: {{}}}}
"""
COLUMNS = (
    "{phone: number, country: {constant: %s}, listed_at: since, flag: all,"
    " is_listed: {column: result, values: {PRESENT: 'yes', ABSENT: 'no'}}}"
)
SOURCES = {
    "rpo": ("it_rpo", "{type: csv}", COLUMNS % "IT"),
    "ne_zovi": ("hr_ne_zovi", "{type: csv}", COLUMNS % "HR"),
    "dncm": ("be_dncm", "{type: csv}", COLUMNS % "BE"),
    "tps": ("gb_tps", "{type: gb_tps}", "{phone: number}"),
    "ftc": ("us_ndncr", "{type: us_ndncr}", "{phone: number}"),
    "dncl": ("ca_dncl", "{type: ca_dncl}", "{phone: number}"),
    "robinson": (
        "es_lista_robinson", "{type: csv}",
        "{hash: hash, is_listed: opposed, proof: certificate}",
    ),
}  # fmt: skip
HEADER = "number,result,since,all\n"


def number(place: int) -> str:
    return f"+39066990{place:04}"


@pytest.fixture
def home(fresh_database: Settings) -> Settings:
    folder = Home(fresh_database.home).root / "registers"
    for name, (register, form, columns) in SOURCES.items():
        text = SOURCE.format(name=name, register=register, format=form, columns=columns)
        write_source(folder, name, text)
    assert load_registers(folder, "demo")[1] == []
    return replace(fresh_database, registers=folder)


def deliver(settings: Settings, source: str, day: str, content: str | bytes) -> BatchReport:
    folder = Home(settings.home).inbox / source
    folder.mkdir(parents=True, exist_ok=True)
    for earlier in folder.iterdir():
        earlier.unlink()
    raw = content.encode() if isinstance(content, str) else content
    (folder / f"{day}.txt").write_bytes(raw)
    (report,) = ingest_source(settings, source)
    return report


def ask(settings: Settings, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
    with connect(settings, name="a test") as connection:
        return connection.execute(query.encode(), arguments).fetchall()


def entries(settings: Settings, register_id: str) -> list[tuple[Any, ...]]:
    return ask(
        settings,
        "select controller_id, is_listed, count(*) from landing.register_entries"
        " where register_id = %s group by 1, 2 order by 1, 2",
        register_id,
    )


def receipt(*results: str) -> str:
    """Write a receipt: PRESENT or ABSENT, for one number after the other."""
    lines = (f"{number(place)},{result},,\n" for place, result in enumerate(results))
    return HEADER + "".join(lines)


def test_a_receipt_says_of_each_number_whether_it_is_listed(home: Settings) -> None:
    report = deliver(home, "rpo", "2026-11-20", receipt("PRESENT", "ABSENT", "ABSENT"))
    assert (report.status, report.entries) == ("accepted", {"register": 3})
    assert entries(home, "it_rpo") == [("acme", False, 2), ("acme", True, 1)]


def test_an_answer_nobody_can_read_is_none(home: Settings) -> None:
    free = ["ABSENT"] * 30
    deliver(home, "rpo", "2026-11-19", receipt(*free))
    report = deliver(home, "rpo", "2026-11-20", receipt("MAYBE", *free[1:]))
    assert (report.rows_quarantined, report.status) == (1, "accepted")
    # Yesterday it was free; that is no answer of today.
    assert entries(home, "it_rpo") == [("acme", False, 29)]
    assert ask(home, "select reason_code from landing.quarantined_records") == [
        ("register_result_unreadable",)
    ]


def test_a_receipt_may_speak_of_fewer_numbers_than_the_last(home: Settings) -> None:
    deliver(home, "rpo", "2026-11-19", receipt(*["ABSENT"] * 30))
    report = deliver(home, "rpo", "2026-11-20", receipt("ABSENT", "ABSENT"))
    assert report.status == "accepted"
    assert entries(home, "it_rpo") == [("acme", False, 2)]


def test_another_controllers_receipt_leaves_ones_own_alone(home: Settings) -> None:
    deliver(home, "rpo", "2026-11-20", receipt("PRESENT", "ABSENT"))
    other = (home.registers / "sources" / "rpo.yml").read_text()
    controllers = home.registers / "controllers.yml"
    controllers.write_text(
        controllers.read_text()
        + controllers.read_text().partition("controllers:")[2].replace("acme", "other")
    )
    (home.registers / "sources" / "rpo_two.yml").write_text(
        other.replace("source_id: rpo", "source_id: rpo_two").replace("acme", "other")
    )
    # An older date than the first one's: of another controller, so it is no step back.
    report = deliver(home, "rpo_two", "2026-11-19", receipt("ABSENT"))
    assert report.status == "accepted"
    assert entries(home, "it_rpo") == [
        ("acme", False, 1), ("acme", True, 1), ("other", False, 1),
    ]  # fmt: skip


def test_what_a_receipt_said_outlives_it_in_the_ledger(home: Settings) -> None:
    """A number was there, was gone, was not asked about: before any run has looked."""
    deliver(home, "rpo", "2026-11-18", receipt("PRESENT", "ABSENT"))
    deliver(home, "rpo", "2026-11-19", receipt("ABSENT", "ABSENT"))
    deliver(home, "rpo", "2026-11-20", HEADER + f"{number(1)},ABSENT,,\n")
    with connect(home, name="a test") as connection:
        subjects = [load_keys(home, connection).subject_id(number(place)) for place in (0, 1)]
    told = [
        [row[0] for row in ask(
            home,
            "select is_listed from ledger.screenings where subject_id = %s"
            " and controller_id = 'acme' order by seq",
            subject,
        )]
        for subject in subjects
    ]  # fmt: skip
    assert told == [[True, False, None], [False]]


def test_an_entry_keeps_its_flag_and_the_last_instant_of_its_day(home: Settings) -> None:
    lines = f"{HEADER}+38514600001,PRESENT,2026-05-01T10:00:00Z,yes\n"
    lines += "+38514600002,PRESENT,2026-05-01,no\n+38514600003,PRESENT,1.5.,perhaps\n"
    assert deliver(home, "ne_zovi", "2026-11-20", lines).status == "accepted"
    rows = ask(
        home,
        "select listed_at at time zone 'UTC' || '', is_revoking_all"
        " from landing.register_entries order by 1 nulls last",
    )
    assert rows == [
        ("2026-05-01 10:00:00", True), ("2026-05-01 22:00:00", False), (None, None),
    ]  # fmt: skip


def test_a_row_of_a_shared_register_that_says_not_listed_is_no_entry(home: Settings) -> None:
    lines = f"{HEADER}+3225551234,PRESENT,,\n+3225551235,ABSENT,,\n+3225551234,ABSENT,,\n"
    assert deliver(home, "dncm", "2026-11-20", lines).status == "accepted"
    assert entries(home, "be_dncm") == [("", True, 1)]


# ── Lista Robinson: asked by hashes ────────────────────────────────────────────────────────────


@pytest.fixture
def spanish(home: Settings) -> Settings:
    """Give the controller three numbers in Spain, one with a name, and another controller one."""
    with connect(home) as connection:
        world = World(connection)
        for place, names in enumerate([{}, {}, {"first_name": "Ana", "last_name": "Ruiz Gil"}]):
            world.lead(f"lead {place}", region="ES", **names)
        world.lead("not ours", region="ES", controller_id="other")
        world.lead("german", region="DE")
        for place, subject in enumerate(("lead 0", "lead 1", "lead 2", "not ours")):
            connection.execute(
                "update landing.lead_contact_points set e164 = %s where subject_id = %s",
                [phone(place), key("subject", subject)],
            )
    return home


def phone(place: int) -> str:
    return f"+3491000000{place}"


ANA = full_hash("Ana", "Ruiz", "Gil", phone(2))


def test_the_query_names_every_number_of_the_controller_by_its_hashes(
    spanish: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "ask.csv"
    assert ask_register(spanish, "robinson", file) == 4
    wanted = sorted([*(phone_hash(phone(place)) for place in range(3)), ANA])
    assert file.read_text() == "request,hash\n" + "".join(f"1,{one}\n" for one in wanted)
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(Misconfigured, match="asked by hashes"):
        ask_register(spanish, "tps", file)


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({0: 1, 1: 0, 2: 0, "ana": 0}, {"lead 0": True, "lead 1": False, "lead 2": False}),
        ({0: 0, 2: 0, "ana": 1}, {"lead 0": False, "lead 2": True}),
        # Of Ana only the number alone was answered: whether she is listed is not known.
        ({1: 0, 2: 0}, {"lead 1": False}),
        ({1: 0, 2: 1}, {"lead 1": False, "lead 2": True}),
        ({1: 0, "stranger": 1}, {"lead 1": False}),
    ],
)
def test_a_number_is_free_only_when_all_its_hashes_are_answered(
    spanish: Settings, answers: dict[Any, int], found: dict[str, bool]
) -> None:
    def hash_of(who: Any) -> str:
        return (
            ANA if who == "ana" else phone_hash("+34999999999" if who == "stranger" else phone(who))
        )

    lines = [f"{hash_of(who).upper()},{opposed},q-{who}\n" for who, opposed in answers.items()]
    report = deliver(
        spanish, "robinson", "2026-11-20", "hash,opposed,certificate\n" + "".join(lines)
    )
    assert (report.status, report.rows_landed) == ("accepted", len(answers))
    rows = dict(ask(spanish, "select subject_id, is_listed from landing.register_entries"))
    assert rows == {key("subject", subject): listed for subject, listed in found.items()}
    assert ask(spanish, "select count(*) from landing.register_entries where proof is null") == [
        (0,)
    ]


def test_an_answer_about_nobody_of_ours_is_refused(spanish: Settings) -> None:
    lines = f"hash,opposed,certificate\n{phone_hash('+34999999999')},0,q\n"
    assert deliver(spanish, "robinson", "2026-11-20", lines).reason_code == "door_check_failed"


# ── files that must not replace what is in force ───────────────────────────────────────────────


def tps(*places: int) -> bytes:
    return b"".join(f"020 7946{place:04}\r\n".encode() for place in places)


def zipped(**members: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


def american(area: str) -> str:
    return "".join(f"{area},55501{place:02}\n" for place in range(50))


FULL: dict[str, Callable[[], bytes]] = {
    "tps": lambda: tps(*range(60)),
    "ftc": lambda: zipped(a=american("212"), b=american("303")),
    "dncl": lambda: zipped(a=american("416"), b=american("604")),
}
REGISTERS = {"tps": "gb_tps", "ftc": "us_ndncr", "dncl": "ca_dncl"}
BAD: list[tuple[str, bytes, str]] = [
    ("tps", tps(*range(60))[:-5], "file_truncated"),
    ("tps", b"", "file_empty"),
    ("tps", b"<html><body>Log in</body></html>", "file_is_html"),
    ("tps", tps(*range(40)), "door_check_failed"),
    ("tps", b"number\r\n" * 60, "cell_count_wrong"),
    ("ftc", FULL["ftc"]()[:-30], "file_broken"),
    ("ftc", zipped(a=american("212")), "door_check_failed"),
    ("ftc", FULL["dncl"](), "door_check_failed"),
    ("dncl", FULL["ftc"](), "door_check_failed"),
    ("dncl", zipped(a=american("416"), b=""), "file_has_no_rows"),
]  # fmt: skip


@pytest.fixture
def loaded(home: Settings) -> Settings:
    for name, full in FULL.items():
        assert deliver(home, name, "2026-11-18", full()).status == "accepted", name
    return home


def test_a_register_refuses_what_is_not_all_of_it_and_keeps_what_it_has(loaded: Settings) -> None:
    before = {name: entries(loaded, register) for name, register in REGISTERS.items()}
    assert before == {
        "tps": [("", True, 60)], "ftc": [("", True, 100)], "dncl": [("", True, 100)],
    }  # fmt: skip
    for place, (name, content, code) in enumerate(BAD):
        report = deliver(loaded, name, "2026-11-20", content)
        assert (report.status, report.reason_code) == ("rejected", code), (place, report.reason)
        assert len(str(report.reason)) > 40
    assert {name: entries(loaded, register) for name, register in REGISTERS.items()} == before
    (count,) = ask(loaded, "select count(*) from ledger.register_snapshots")[0]
    assert count == len(FULL)


# ── what a source may say ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("register", "form", "columns", "told"),
    [
        (
            "gr_article_11",
            "{type: csv}",
            "{phone: n}",
            "each is a source of its own: `gr_article_11",
        ),
        ("dk_robinsonlisten", "{type: csv}", "{phone: n}", "nobody can be screened by it"),
        ("es_lista_robinson", "{type: csv}", "{phone: n}", "map `hash`"),
        ("gb_tps", "{type: csv}", "{hash: n}", "map `phone`"),
        (
            "gb_tps",
            "{type: gb_tps, widths: [12]}",
            "{phone: number}",
            "`format.widths` is not known",
        ),
        ("gb_tps", "{type: gb_tps}", "{phone: phone}", "reads `phone`, which"),
    ],
)
def test_a_source_that_could_screen_nobody_is_a_fault(
    tmp_path: Path, register: str, form: str, columns: str, told: str
) -> None:
    text = SOURCE.format(name="one", register=register, format=form, columns=columns)
    _, faults = load_sources(write_source(tmp_path, "one", text), mode="live")
    assert told in " ".join(fault.message for fault in faults)
