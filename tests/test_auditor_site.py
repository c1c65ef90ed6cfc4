"""The auditor's site: complete, self-contained, without personal data, fit to be read anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from tests.support_browser import CHROMIUM, browser

from ringfence import auditor_site, retention
from ringfence.alarms import Alarm, AlarmKind
from ringfence.auditor_site import dbt_docs
from ringfence.auditor_site.first_page import feeds, notices, register_states
from ringfence.auditor_site.pages import PAGES, TEMPLATES
from ringfence.cli.terminal import quiet_step
from ringfence.database import connect
from ringfence.errors import Refusal
from ringfence.home import Home
from ringfence.run_day import run_day
from ringfence.sample.place import place
from ringfence.settings import Settings

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
OWN_PAGES = [name for name, _ in PAGES if name != "models.html"]
ALL_PAGES = [name for name, _ in PAGES]
CANARY = "Zephyrine-Quokka"
NO_STOPS = {"count_open": 0, "first_due_at": None}


@pytest.fixture(scope="module")
def day(database: Settings) -> Settings:
    """Run the sample day to its end, with a canary among the leads and a receipt of retention."""
    place(Home(database.home))
    run_day(database, quiet_step)
    with connect(database, name="a test of the site") as connection:
        connection.execute(
            "update landing.lead_records set first_name = %(c)s, last_name = %(c)s,"
            " company = %(c)s, email = %(c)s, city = %(c)s"
            " where record_id = (select min(record_id::text)::uuid from landing.lead_records)",
            {"c": CANARY},
        )
    retention.apply(database)
    auditor_site.build(database)
    return database


@pytest.fixture
def pages(day: Settings) -> dict[str, str]:
    return {name: (Home(day.home).site / name).read_text("utf-8") for name in ALL_PAGES}


@pytest.fixture
def reading(day: Settings) -> Iterator[psycopg.Connection]:
    with connect(day, name="a test of the site", autocommit=True) as connection:
        yield connection


class Outline(HTMLParser):
    """Note tags, links, ids and what a page would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))

    def values(self, name: str) -> list[str]:
        return [str(told[name]) for _, told in self.attributes if name in told]


def words_of(html: str) -> str:
    """Return the text of a page with single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


# ------------------------------------------------------------------------- what stands on it


def test_the_first_page_counts_what_was_decided_and_says_why(pages, reading):
    told = words_of(pages["index.html"])
    campaigns = reading.execute(
        "select count_callable, count_candidates from marts.call_funnel"
    ).fetchall()
    assert campaigns
    for count_callable, count_candidates in campaigns:
        assert f"{count_callable:,} callable of {count_candidates:,}" in told
    sentences = reading.execute(
        "select distinct codes.sentence from marts.call_funnel_reasons as reasons"
        " inner join staging.reason_codes as codes"
        " on reasons.first_reason_code = codes.reason_code"
    ).fetchall()
    assert len(sentences) > 10
    for (sentence,) in sentences:
        assert sentence.replace("'", "&#39;") in told


def test_every_list_is_shown_with_its_proof_totals_and_registers(pages, reading):
    lists = reading.execute(
        "select list_id::text, campaign_id from ledger.current_publications"
    ).fetchall()
    assert lists
    told = words_of(pages["lists.html"])
    assert told.count("✓ verifies") == len(lists)
    for list_id, campaign_id in lists:
        assert list_id in told
        assert campaign_id in words_of(pages["index.html"])
    for part in ("Control totals", "Rows read", "Blocked: register listed", "Register snapshots"):
        assert part in told


def test_what_needs_attention_stands_on_the_first_page(pages):
    told = words_of(pages["index.html"])
    assert "The last delivery of reseller_leads_gb was rejected" in told
    assert "numbers_mostly_readable" in told
    assert "unmatched" in told
    assert "The register se_nix needs a new snapshot" in told


def test_every_door_delivery_run_and_receipt_is_on_its_page(pages, reading):
    checks = reading.execute("select count(*) from ledger.door_checks").fetchone()[0]
    shown = pages["doors.html"].count("✓ passed") + pages["doors.html"].count("✗ failed")
    suites = len(reading.execute("select distinct suite from ledger.door_checks").fetchall())
    assert shown == checks + suites
    for query, page in (
        ("select batch_id from landing.batches", "deliveries.html"),
        ("select run_id from ledger.decision_runs", "decisions.html"),
        ("select receipt_id from ledger.retention_receipts", "retention.html"),
        ("select snapshot_id from ledger.register_snapshots", "registers.html"),
    ):
        found = reading.execute(query).fetchall()
        assert found
        for (id_,) in found:
            assert str(id_) in pages[page]


def test_a_changed_list_is_the_first_thing_on_the_first_page(day: Settings, reading):
    file = next(Home(day.home).published.glob("*/*/call_list.csv"))
    content = file.read_bytes()
    try:
        file.write_bytes(content[:-3] + b"9\r\n")
        auditor_site.build(day)
        told = words_of((Home(day.home).site / "index.html").read_text("utf-8"))
        assert f"A list of {file.parent.name} does not verify" in told
        assert "✗ does not verify" in told
    finally:
        file.write_bytes(content)
        auditor_site.build(day)


def test_a_home_without_a_decision_has_a_site_too(fresh_database: Settings):
    index = auditor_site.build(fresh_database)
    assert "No day has been decided yet" in index.read_text("utf-8")


# --------------------------------------------------------------------- what does not stand on it


def test_no_personal_value_of_any_lead_is_on_any_page(pages, reading):
    values = {CANARY}
    for query in (
        "select e164 from landing.lead_contact_points",
        # A mangled number is a number no more; dbt's docs quote one as an example.
        "select raw from landing.lead_contact_points where number_status <> 'mangled'",
        "select email from landing.lead_records",
        "select first_name || ' ' || last_name from landing.lead_records",
        "select source_record_id from landing.lead_records where length(source_record_id) > 7",
        "select evidence_ref from ledger.consent_events_payload",
        "select contract_ref from ledger.customer_relations_payload",
    ):
        values |= {row[0] for row in reading.execute(query) if row[0] and len(row[0]) > 5}
    assert len(values) > 500
    for name, html in pages.items():
        found = [value for value in values if value in html]
        assert not found, f"{len(found)} personal values on {name}"


@pytest.mark.parametrize("name", ALL_PAGES)
def test_a_page_loads_nothing_from_anywhere(pages, name: str):
    outline = Outline(pages[name])
    policies = [
        str(told["content"])
        for tag, told in outline.attributes
        if tag == "meta" and told.get("http-equiv") == "Content-Security-Policy"
    ]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none';")
    assert "http" not in policies[0]
    for source in outline.values("src"):
        assert source.startswith("data:"), source
    loads = [
        str(told.get("href"))
        for tag, told in outline.attributes
        if tag in ("link", "base", "use", "image")
    ]
    assert [one for one in loads if not one.startswith(("data:", "#"))] == []
    if name in OWN_PAGES:
        assert "script" not in outline.tags
        assert not re.search(r"url\(|@import|https?:", pages[name])
        assert not [one for one in outline.values("href") if ":" in one and one != "data:,"]


# --------------------------------------------------------------------------- how it is read


@pytest.mark.parametrize("name", OWN_PAGES)
def test_a_page_has_landmarks_captions_and_labels(pages, name: str):
    html, outline = pages[name], Outline(pages[name])
    for landmark in ("header", "nav", "main", "footer", "h1", "title"):
        assert outline.tags.count(landmark) == 1, landmark
    assert html.startswith('<!doctype html>\n<html lang="en">')
    assert outline.tags.count("caption") == outline.tags.count("table")
    assert all(told.get("scope") for tag, told in outline.attributes if tag == "th")
    pictures = [told for tag, told in outline.attributes if tag == "svg"]
    assert all(told.get("aria-label") or told.get("aria-hidden") for told in pictures)
    ids = outline.values("id")
    assert len(ids) == len(set(ids))
    levels = [int(tag[1]) for tag in outline.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_link_leads_to_a_page_and_a_place_that_exist(pages):
    ids = {name: set(Outline(html).values("id")) for name, html in pages.items()}
    for name in OWN_PAGES:
        for href in Outline(pages[name]).values("href"):
            file, _, anchor = href.partition("#")
            if file.startswith("data:"):
                continue
            assert (file or name) in pages, href
            assert not anchor or anchor in ids[file or name], href


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


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; the static tests hold all the same")
def test_a_browser_asks_no_network_reports_no_error_and_never_scrolls_sideways(
    day: Settings, tmp_path: Path
):
    folder = Home(day.home).site
    with browser(tmp_path) as tab:
        for name in ALL_PAGES:
            url = (folder / name).as_uri()
            for width in (1280, 390):
                visit = tab.visit(url, width=width)
                assert [one for one in visit.requests if one.startswith("http")] == [], name
                assert visit.errors == [], name
                assert name == "models.html" or visit.width <= width, f"{name} at {width}"


# ------------------------------------------------------------------------------ how it is built


def test_a_build_that_fails_leaves_the_old_site_and_the_next_one_cleans_up(
    day: Settings, monkeypatch: pytest.MonkeyPatch
):
    home = Home(day.home)
    before = (home.site / "index.html").read_bytes()

    def fail(settings: Settings) -> str:
        raise Refusal("dbt is out.")

    with monkeypatch.context() as broken:
        broken.setattr(dbt_docs, "render", fail)
        with pytest.raises(Refusal, match="dbt is out"):
            auditor_site.build(day)
    assert (home.site / "index.html").read_bytes() == before
    assert list(home.root.glob(".site-*"))
    auditor_site.build(day)
    assert list(home.root.glob(".site-*")) == []
    assert (home.site.stat().st_mode & 0o777) == 0o700


# ---------------------------------------------------------------------------- its pure parts


def test_a_silent_feed_is_overdue_and_comes_first():
    sources = [
        {"source_id": "a_leads", "emits": ["leads"], "expected_every": 86400},
        {"source_id": "b_stops", "emits": ["suppression"], "expected_every": 86400},
        {"source_id": "c_stops", "emits": ["suppression"], "expected_every": 3600},
        {"source_id": "d_free", "emits": ["leads"], "expected_every": None},
        {"source_id": "e_never", "emits": ["consent_events"], "expected_every": 3600},
    ]
    received = {
        "a_leads": NOW - timedelta(hours=3),
        "b_stops": NOW - timedelta(hours=23),
        "c_stops": NOW - timedelta(hours=2),
    }
    found = feeds(sources, received, NOW)
    assert [(one.source_id, one.is_overdue) for one in found] == [
        ("c_stops", True), ("e_never", True), ("b_stops", False), ("a_leads", False),
    ]  # fmt: skip


def test_a_register_that_was_never_loaded_is_shown_as_such():
    states = register_states([{"register": "gb_tps"}], [], {"gb_tps": timedelta(days=28)}, NOW)
    assert [(one.register_id, one.is_stale, one.age) for one in states] == [("gb_tps", True, None)]


def test_notices_come_in_the_order_of_their_weight():
    found = notices(
        due=[Alarm(AlarmKind.SOURCE_SILENT, "source", "stop_list", "Nothing new came.")],
        rejections=[{"source_id": "crm", "reason_code": "empty", "received_at": NOW, "unmet": []}],
        unmatched={"count_open": 2, "first_due_at": NOW - timedelta(days=1)},
        stops=[{"campaign_id": None, "reason": "x", "recorded_at": NOW}],
        unverified=["winter"],
        now=NOW,
    )
    assert [one.title for one in found] == [
        "A list of winter does not verify",
        "Publication is stopped for every campaign",
        "stop_list is overdue",
        "The last delivery of crm was rejected",
        "2 unmatched stops wait for somebody",
    ]
    assert "deadline has passed" in found[-1].detail
    assert notices(
        due=[], rejections=[], unmatched=NO_STOPS, stops=[], unverified=[], now=NOW
    ) == []  # fmt: skip
