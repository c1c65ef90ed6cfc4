"""The auditor's site: complete, self-contained, without personal data, fit to be read anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from tests.support_browser import CHROMIUM, browser

from ringfence import auditor_site, retention
from ringfence.auditor_site import dbt_docs
from ringfence.auditor_site.pages import DBT_PAGE, PAGES
from ringfence.cli.terminal import quiet_step
from ringfence.database import connect
from ringfence.errors import Refusal
from ringfence.home import Home
from ringfence.run_day import run_day
from ringfence.sample.place import place
from ringfence.settings import Settings

OWN_PAGES = [name for name, _ in PAGES]
ALL_PAGES = [*OWN_PAGES, DBT_PAGE]
CANARY = "Zephyrine-Quokka"


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
    assert told.count("current edition") == len(lists)
    for part in ("Control totals", "Rows read", "Blocked: register listed", "still valid"):
        assert part in told


def test_each_list_names_the_registers_it_needed_and_no_other(pages, reading):
    needed = reading.execute(
        "select campaign_id, register_id, state, count_candidates"
        " from governance.campaign_registers"
    ).fetchall()
    assert {state for _, _, state, _ in needed} == {"fresh", "missing", "stale"}
    by_list = pages["lists.html"].split("<section ")[1:]
    assert len(by_list) == 5
    for html in by_list:
        told = words_of(html).partition("Registers that its decisions required")[2]
        own = [facts for campaign_id, *facts in needed if f">{campaign_id} <" in html]
        for _, *facts in needed:
            assert (f"{' '.join(map(str, facts))} " in told) == (facts in own), facts


def test_the_registers_page_says_what_the_run_saw(pages, reading):
    told = words_of(pages["registers.html"])
    rows = reading.execute(
        "select register_id, count_entries, count_candidates, count_listed"
        " from governance.register_freshness where is_needed_today"
    ).fetchall()
    assert len(rows) == 3
    for register_id, *counts in rows:
        shown = " ".join("–" if counts[0] is None else str(count) for count in counts)
        assert re.search(rf"{register_id} .{{0,250}} {shown} ", told), register_id


def test_a_rejection_has_the_same_reason_wherever_it_is_told(pages):
    reason = (
        "not met at the door: numbers mostly readable (door_check_failed: numbers_mostly_readable)"
    )
    assert reason in words_of(pages["index.html"])
    told = words_of(pages["deliveries.html"])
    assert f"rejected {reason} 33 – – turned away whole 3 took effect all the same" in told
    assert "✗" not in told


def test_the_decisions_page_names_what_the_run_stood_on(pages, reading):
    versions, config = reading.execute(
        "select versions, (select jsonb_object_agg(kind, sha256) from ledger.config_versions)"
        " from ledger.decision_runs"
    ).fetchone()
    assert len(config) == 6
    assert {"dbt-core", "country_call_policy", "reason_codes", "models_and_macros"} <= set(versions)
    for value in (versions | config).values():
        assert value in pages["decisions.html"]
    assert "first run" in words_of(pages["decisions.html"])


def test_the_decisions_page_says_in_words_who_approved_what(pages):
    told = words_of(pages["decisions.html"])
    for approved in (
        "broadband_upgrade dpo 2026-10-01 LIA-2026-03, made on 2026-03-02, valid until 2027-03-01;"
        " approved by dpo",
        "solar_checkup dpo 2026-10-01 none: it rests on consent or a customer relation",
        "web_leads_de nordlicht_energie From person dpo 2026-01-15",
        "auction_leads_gb halcyon_broadband Bought nobody is on record –",
        "GB/consumer/any/2026-02-05 sample 2026-10-01 b4e79c58b017",
    ):
        assert approved in told


def test_every_model_is_described_on_a_page_of_our_own(pages, reading):
    page = pages["models.html"]
    told = words_of(page)
    relations = reading.execute(
        "select table_schema || '.' || table_name, table_name, column_name"
        " from information_schema.columns where table_schema in ('marts', 'governance')"
    ).fetchall()
    assert len(relations) > 100
    for relation, name, column in relations:
        article = page.partition(f'id="model-{name}"')[2].partition("</article>")[0]
        assert relation in article
        assert f"<code>{column}</code>" in article, f"{relation}.{column}"
    for code, sentence, citation in reading.execute(
        "select reason_code, sentence, citation from staging.reason_codes"
    ):
        article = page.partition(f'id="model-rule_{code}"')[2].partition("</article>")[0]
        assert sentence.replace("'", "&#39;") in article, code
        assert citation.replace("'", "&#39;") in article, code
    assert page.index("group-marts") < page.index("group-rules") < page.index("group-staging")
    assert "What would clear it." in told
    assert "objected fires; objected is silent" in told
    assert f'href="{DBT_PAGE}"' in page


def test_an_instant_never_stands_without_its_zone(pages):
    for name in OWN_PAGES:
        told = words_of(pages[name])
        assert not re.search(r"\d\d:\d\d(?!:| UTC|\d)", told.replace("05:00 Europe", "")), name


def test_what_needs_attention_stands_on_the_first_page(pages):
    told = words_of(pages["index.html"])
    assert "The last delivery of reseller_leads_gb was rejected" in told
    assert "numbers_mostly_readable" in told
    assert "unmatched" in told
    assert "The register se_nix is too old" in told
    assert "The register us_ndncr was never loaded" in told
    assert "40 of broadband_upgrade must be screened against it" in told
    assert "blocks its country" not in told


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


def test_figures_of_a_run_that_did_not_finish_are_called_that(day: Settings):
    with connect(day, name="a test of the site", autocommit=True) as connection:
        connection.execute(
            "update marts.call_funnel set known_as_of = known_as_of + interval '1 s'"
        )
        try:
            auditor_site.build(day)
            told = words_of((Home(day.home).site / "index.html").read_text("utf-8"))
            assert "The figures below are of a run that has not finished" in told
        finally:
            connection.execute(
                "update marts.call_funnel set known_as_of = known_as_of - interval '1 s'"
            )
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
        assert outline.tags.count("script") == (name == "models.html")
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
                assert visit.width <= width, f"{name} at {width}"
        assert tab.ask(SEARCH, url=(folder / "models.html").as_uri()) == [True, 1, "1 of"]


# Type into the search field of the page of models; return what is then to be seen.
SEARCH = """
    (() => {
        const field = document.getElementById('search');
        field.value = 'objected signature_nobody';
        field.dispatchEvent(new Event('input'));
        const none = [...document.querySelectorAll('article.model')].every((one) => one.hidden);
        field.value = 'marts.call_funnel_reasons one row for each campaign';
        field.dispatchEvent(new Event('input'));
        const left = [...document.querySelectorAll('article.model')].filter((one) => !one.hidden);
        return [none, left.length, document.getElementById('found').textContent.slice(0, 4)];
    })()
"""


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
