"""What the auditor's pages say, fact by fact: lists, stops by hand, deliveries, runs, notices."""

from __future__ import annotations

import getpass
import json
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb
from tests.support_publish import (
    accept,
    at,
    decide,
    lay_day,
    new_batch,
    number,
    publish,
    write_registers,
)

from ringfence import audit
from ringfence.alarms import Alarm, AlarmKind
from ringfence.auditor_site import gather
from ringfence.auditor_site.deliveries import Delivery, deliveries, open_rejections
from ringfence.auditor_site.first_page import notices
from ringfence.auditor_site.lists import Proof, PublishedList, published_lists, todays
from ringfence.auditor_site.pages import TEMPLATES, prose, render_pages
from ringfence.auditor_site.runs import NOTHING, runs
from ringfence.auditor_site.steering import steering
from ringfence.clear_text import masked
from ringfence.database import connect
from ringfence.feeds import Unread
from ringfence.keys import demo_keys
from ringfence.landing.retract import retract_batch
from ringfence.landing.suppress import suppress
from ringfence.registers.retire import retire_source
from ringfence.retention.list_files import clear, due_folders
from ringfence.settings import Settings
from ringfence.signing import sign
from ringfence.stops import resume, stop

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
NO_STOPS = {"count_open": 0, "first_due_at": None}


def lists_of(settings: Settings) -> list[PublishedList]:
    with connect(settings, autocommit=True) as connection:
        return published_lists(connection, settings, NOW)


# ---------------------------------------------------------------------------------------- lists


@pytest.fixture
def two_editions(fresh_database: Settings) -> Settings:
    lay_day(fresh_database)
    publish(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(3))
    publish(fresh_database)
    return fresh_database


def test_of_two_editions_the_newer_is_current_and_the_older_proves_its_manifest_alone(
    two_editions: Settings,
) -> None:
    new, old = lists_of(two_editions)
    assert (new.edition, new.is_current, new.proof) == (2, True, Proof.WHOLE)
    assert (old.edition, old.is_current, old.replaced_by) == (1, False, 2)
    assert old.proof is Proof.MANIFEST_ONLY
    assert old.proof_told == "files replaced by edition 2; manifest verifies"
    assert [told for is_passed, told in old.proofs if is_passed is False] == []
    assert any(is_passed is None and "files are gone" in told for is_passed, told in old.proofs)
    assert todays([new, old], new.call_date) == {"energy_gb": new}


def test_files_deleted_by_retention_are_told_and_never_a_plain_tick(two_editions: Settings) -> None:
    with connect(two_editions, autocommit=True) as connection:
        (folder,) = due_folders(connection, at("2026-12-10T05:00:00"), 7)
        clear(connection, two_editions, folder)
    for one in lists_of(two_editions):
        assert (one.status, one.is_current, one.proof) == ("deleted", False, Proof.MANIFEST_ONLY)
        assert one.proof_told == (
            "files deleted on 2026-11-24 05:00 UTC (retention); manifest verifies"
        )


def test_files_that_are_gone_without_a_reason_are_a_fault(two_editions: Settings) -> None:
    folder = two_editions.home / "published" / "2026-11-24" / "energy_gb"
    for name in ("call_list.csv", "vicidial.txt"):
        (folder / name).unlink()
    new, _ = lists_of(two_editions)
    assert (new.proof, new.proof_told) == (
        Proof.FAILED, "its files are gone, and the ledger does not know why",
    )  # fmt: skip


def test_a_rightly_signed_manifest_that_the_ledger_does_not_name_is_a_fault(
    two_editions: Settings,
) -> None:
    folder = two_editions.home / "published" / "2026-11-24" / "energy_gb"
    manifest = json.loads((folder / "manifest.json").read_bytes())
    changed = {name: manifest[name] for name in manifest if name not in {"key", "signature"}}
    (folder / "manifest.json").write_bytes(sign(changed | {"registers": []}, demo_keys()))
    new, _ = lists_of(two_editions)
    assert new.proof is Proof.FAILED
    assert [told for is_passed, told in new.proofs if is_passed is False] == [
        "The ledger names this very manifest by its SHA-256."
    ]
    assert new.totals == new.registers == ()


def test_a_list_that_never_left_is_not_current_and_is_not_proved(two_editions: Settings) -> None:
    with connect(two_editions, autocommit=True) as connection:
        connection.execute(
            """
            insert into ledger.publications (list_id, status, campaign_id, call_date, run_id,
                edition, count_rows, valid_until, recorded_at)
            select gen_random_uuid(), 'voided', campaign_id, call_date, run_id, 3, count_rows,
                valid_until, ledger.now()
            from ledger.publications where edition = 2 and status = 'published'
            """
        )
    void, new, _ = lists_of(two_editions)
    assert (void.is_current, void.has_left, void.proof) == (False, False, Proof.NONE)
    assert (new.is_current, new.replaced_by) == (True, None)
    assert todays([void, new], new.call_date) == {"energy_gb": new}


# -------------------------------------------------------------------------------------- by hand


def test_who_stopped_what_when_and_why_is_told_without_a_number(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    stop(fresh_database, reason=f"call {number(3)} first", actor="jo", campaign_id="energy_gb")
    stop(fresh_database, reason="an audit", actor="ida")
    resume(fresh_database, reason="it is over", actor="ida")
    suppress(
        fresh_database, number(4), None, controller_id="northwind", kind="complaint",
        by="jo", reference="TICKET-4711",
    )  # fmt: skip
    with connect(fresh_database, autocommit=True) as connection:
        told = steering(connection)
    assert [(one["scope"], one["actor"], one["reason"]) for one in told["standing"]] == [
        ("energy_gb", "jo", "call … first")
    ]
    assert [(one["action"], one["campaign_id"], one["reason"]) for one in told["stop_history"]] == [
        ("resume", None, "it is over"), ("stop", None, "an audit"),
        ("stop", "energy_gb", "call … first"),
    ]  # fmt: skip
    (entry,) = told["by_hand"]
    assert (entry["kind"], entry["asked_by"], entry["reference"], entry["status"]) == (
        "complaint", "jo", "TICKET-4711", "accepted",
    )  # fmt: skip


def page(settings: Settings, name: str) -> str:
    with connect(settings, autocommit=True) as connection:
        facts = gather(connection, settings) | {"groups": []}
    return dict(render_pages(facts))[name]


def test_who_took_a_delivery_back_is_told_beside_who_approved_it(fresh_database: Settings) -> None:
    with connect(fresh_database, autocommit=True) as connection:
        write_registers(connection)
    entered = suppress(fresh_database, number(4), None, controller_id="northwind", kind="complaint")
    with connect(fresh_database, autocommit=True) as connection:
        unread = new_batch(connection, source_id="inbox")
        connection.execute(
            "update landing.batches set status = 'rejected', has_unread_stops = true"
            " where batch_id = %s",
            [unread],
        )
    retract_batch(fresh_database, entered.batch_id, reason="a typing error", approved_by="ida")
    retract_batch(fresh_database, unread, reason="a web page", approved_by="jo")
    with connect(fresh_database, autocommit=True) as connection:
        audit.record(
            connection, "dpo", "retract", "batch", str(entered.batch_id), {"reason": "old"}
        )
        told = steering(connection)["taken_back"]
    me = getpass.getuser()
    facts = ("actor", "approved_by", "reason", "is_dismissed")
    assert [tuple(one[fact] for fact in facts) for one in told] == [
        ("", "dpo", "old", False), (me, "jo", "a web page", True),
        (me, "ida", "a typing error", False),
    ]  # fmt: skip
    shown = page(fresh_database, "stops.html")
    assert 'data-label="Approved by" class="">ida<' in shown
    assert f'data-label="By" class="">{me}<' in shown
    assert "looked into: no stops" in shown


def test_a_retired_source_is_told_with_who_let_it_go_and_why(fresh_database: Settings) -> None:
    with connect(fresh_database, autocommit=True) as connection:
        write_registers(connection)
    retire_source(fresh_database, "web_form", reason="the <shop> closed", approved_by="dpo")
    with connect(fresh_database, autocommit=True) as connection:
        why = {"reason": f"call {number(3)}", "approved_by": "ida"}
        audit.record(connection, "jo", "retire_source", "source", "old_form", why)
        told = steering(connection)["retired"]
    assert [tuple(one.values())[1:] for one in told] == [
        ("old_form", "jo", "ida", "call …"),
        ("web_form", getpass.getuser(), "dpo", "the <shop> closed"),
    ]
    shown = page(fresh_database, "stops.html")
    assert "the &lt;shop&gt; closed" in shown
    assert number(3)[3:] not in shown
    told = page(fresh_database, "registers.html").partition("Sources retired")[2]
    assert re.findall(r'data-label="(?:By|Approved by)" class="">([^<]+)<', told) == [
        "jo", "ida", getpass.getuser(), "dpo",
    ]  # fmt: skip
    assert "old_form" in told
    assert '<time datetime="2026-11-24T05:00' in told


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("since 2026-11-24 the script is wrong", "since 2026-11-24 the script is wrong"),
        ("at 2026-11-24 05:00 UTC", "at 2026-11-24 05:00 UTC"),
        ("TICKET-4711 of 3 people", "TICKET-4711 of 3 people"),
        ("rang (020) 7946-0123 twice", "rang … twice"),
        ("+49 30 23125 000", "…"),
        ("07700900123.", "…."),
        ("20261124555", "…"),
        (None, ""),
    ],
)
def test_what_looks_like_a_number_is_masked_and_a_date_is_not(text: str | None, shown: str) -> None:
    assert masked(text) == shown


# ----------------------------------------------------------------------------------- deliveries


def part(status: str, read: int = 0, landed: int = 0, aside: int = 0, **told: object) -> dict:
    return {
        "status": status, "rows_read": read, "rows_landed": landed, "rows_quarantined": aside,
        "reason_code": None, "unmet": [], "count_stops": landed, "count_unmatched": 0, **told,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rest", "stops", "balance", "effect"),
    [
        (part("accepted", 9, 7, 2), (), "✓ adds up", "–"),
        (part("accepted", 9, 7, 1), (), "✗ does not add up", "–"),
        (part("retracted", 9, 9), (part("retracted", 0, 2),), "✓ adds up", "2, taken back"),
        (part("accepted", 9, 9), (part("accepted", 0, 3, count_stops=1, count_unmatched=2),),
         "✓ adds up", "1 took effect; 2 unmatched wait for you"),
        (part("rejected", 9), (part("accepted", 0, 3),), "turned away whole",
         "3 took effect all the same"),
        (part("rejected", 9), (part("accepted", 0, 3), part("retracted", 0, 1)),
         "turned away whole", "3 took effect all the same; 1, taken back"),
        (part("received", 9), (part("accepted", 0, 3),), "not finished", "3 took effect"),
        (part("received", 9), (part("rejected"),), "not finished", "rejected"),
        (part("reconfirmed"), (), "the same bytes again", "–"),
        (None, (part("accepted", 0, 1),), "stops only", "1 took effect"),
    ],
)  # fmt: skip
def test_a_delivery_says_in_words_whether_its_totals_add_up(
    rest: dict | None, stops: tuple[dict, ...], balance: str, effect: str
) -> None:
    one = Delivery("crm", rest, stops)
    assert (one.balance[1], one.effect) == (balance, effect)


def test_the_reason_of_a_rejection_is_told_once_and_for_all(fresh_database: Settings) -> None:
    with connect(fresh_database, autocommit=True) as connection:
        accept(connection, new_batch(connection, rows=4))
        batch = new_batch(connection, rows=4)
        connection.execute(
            "update landing.batches set status = 'rejected', reason_code = 'door_check_failed',"
            " has_unread_stops = true, received_at = ledger.now() where batch_id = %s",
            [batch],
        )
        told = [
            {"id": "rows_there", "is_met": True, "severity": "reject"},
            {"id": "mostly_readable", "is_met": False, "severity": "reject"},
            {"id": "names_there", "is_met": False, "severity": "warn"},
        ]
        connection.execute(
            "insert into ledger.door_checks (check_id, door, suite, batch_id, is_passed,"
            " count_rows, results, checked_at)"
            " values (%s, 'incoming', 'leads', %s, false, 4, %s, ledger.now())",
            [uuid4(), batch, Jsonb({"expectations": told})],
        )
        newest, older = deliveries(connection)
        (rejection,) = open_rejections(connection)
    why = "not met at the door: mostly readable (door_check_failed: mostly_readable)"
    assert (newest.why, older.why) == (why, "")
    assert rejection["unmet"] == ["mostly_readable"]
    assert rejection["has_unread_stops"]


# ----------------------------------------------------------------------------------------- runs


def test_a_run_is_compared_with_the_daily_run_before_it(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(3), mode="replay")
        connection.execute(
            "insert into ledger.config_versions (kind, sha256, content, accepted_at)"
            " values ('campaigns', 'new', '[]', ledger.now())"
        )
        decide(connection, range(3))
        decide(connection, range(3))
        third, second, replay, first = runs(connection)
        known = [one.facts["known_as_of"] for one in runs(connection)]
    assert known == sorted(known, reverse=True)
    assert first.told == "first run"
    assert {replay.told, third.told} == {NOTHING}
    assert second.told == "campaigns"
    (change,) = second.changes or ()
    assert (change.before, change.after) == (first.stood_on["campaigns"], "new")
    assert third.stood_on["dbt-core"] == "1.11.0"
    assert {"sources", "controllers", "reason_codes", "ringfence"} <= third.stood_on.keys()


# --------------------------------------------------------------------------------------- in words


def test_a_description_is_escaped_and_keeps_its_emphasis() -> None:
    assert str(prose("**Why.** a < `b`\nc\n\nd")) == (
        "<p><strong>Why.</strong> a &lt; <code>b</code> c</p><p>d</p>"
    )


def test_text_is_legible_in_both_colour_schemes():
    style = (TEMPLATES / "style.css").read_text("utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    for scheme in (light, dark):
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", scheme))
        for text in ("ink", "muted", "accent", "callable", "blocked", "undetermined"):
            for ground in ("paper", "card", "alarm", "good"):
                assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours as WCAG 2 defines it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_notices_come_in_the_order_of_their_weight():
    needed = [
        {"register_id": "se_nix", "campaign_id": "winter", "state": "stale", "count_candidates": 3},
        {"register_id": "gb_tps", "campaign_id": "winter", "state": "fresh", "count_candidates": 9},
    ]
    stale = Alarm(AlarmKind.REGISTER_GOES_STALE, "register", "se_nix", "It went stale.")
    soon = Alarm(AlarmKind.REGISTER_GOES_STALE, "register", "gb_tps", "It will go stale.")
    rejected = {
        "batch_id": UUID(int=1), "source_id": "crm", "reason_code": "file_empty",
        "received_at": NOW, "unmet": [],
        "has_unread_stops": True,
    }  # fmt: skip
    found = notices(
        torn_at=NOW,
        stops=[{"scope": "every campaign", "reason": "audit", "actor": "jo", "since": NOW}],
        unverified=["winter"],
        registers=needed,
        due=[stale, soon, Alarm(AlarmKind.SOURCE_SILENT, "source", "stop_list", "Nothing came.")],
        rejections=[rejected],
        unread=[Unread("acme", "crm", UUID(int=1)), Unread("acme", "web", UUID(int=2))],
        unmatched={"count_open": 2, "first_due_at": NOW - timedelta(days=1)},
        now=NOW,
    )
    assert [one.title for one in found] == [
        "The figures below are of a run that has not finished",
        "Publication is stopped for every campaign",
        "A list of winter does not verify",
        "The register se_nix is too old",
        "The register gb_tps needs a new snapshot",
        "stop_list is overdue",
        "The last delivery of crm was rejected",
        "A delivery of web may hold stops that nobody could read",
        "2 unmatched stops wait for somebody",
    ]
    assert found[1].detail == (
        "By jo, since 2026-11-24 05:00 UTC, until somebody resumes it: audit"
    )
    assert "file empty (file_empty)" in found[6].detail
    assert "no list of its controller leaves" in found[6].detail
    assert "deadline has passed" in found[-1].detail
    assert notices(
        torn_at=None, stops=[], unverified=[], registers=needed[1:], due=[], rejections=[],
        unread=[], unmatched=NO_STOPS, now=NOW,
    ) == []  # fmt: skip
