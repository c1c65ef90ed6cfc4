"""Build the auditor's site: static pages that need nothing but a browser, not even a network.

facts (queries, lists, door_history) → pages (templates/*.j2) → a new folder, swapped in whole
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from psycopg import Connection

from ringfence import clock
from ringfence.alarms import due_alarms
from ringfence.auditor_site import dbt_docs, models, queries
from ringfence.auditor_site.approvals import approvals
from ringfence.auditor_site.deliveries import deliveries, open_rejections
from ringfence.auditor_site.door_history import TREND, histories
from ringfence.auditor_site.first_page import notices
from ringfence.auditor_site.lists import Proof, published_lists, refused_of, todays
from ringfence.auditor_site.pages import DBT_PAGE, render_pages
from ringfence.auditor_site.runs import runs
from ringfence.auditor_site.steering import steering
from ringfence.database import connect, held
from ringfence.feeds import feeds, last_received, unread_deliveries
from ringfence.home import Home
from ringfence.retention import load_periods
from ringfence.settings import Settings

__all__ = ["build"]


def build(settings: Settings) -> Path:
    """Build every page and return the index; readers see the old site or the new one.

    Raises Busy while another build runs, Refusal when dbt cannot describe its models.
    """
    home = Home(settings.home)
    with (
        connect(settings, name="build_auditor_site", autocommit=True) as connection,
        held(connection, "site"),
    ):
        _sweep(home)
        fresh = Path(tempfile.mkdtemp(dir=home.root, prefix=".site-"))
        (fresh / DBT_PAGE).write_text(dbt_docs.render(settings), "utf-8")
        facts = gather(connection, settings) | {"groups": models.describe(home.dbt / "daily")}
        for name, html in render_pages(facts):
            (fresh / name).write_text(html, "utf-8")
        _swap(fresh, home.site)
    return home.site / "index.html"


def gather(connection: Connection, settings: Settings) -> dict[str, Any]:
    """Read everything the pages show from the database, at one instant."""
    now = clock.now(connection)
    sources = queries.config(connection, "sources")
    run = queries.last_run(connection) if queries.has_decisions(connection) else None
    needed = queries.campaign_registers(connection) if run else []
    lists = published_lists(connection, settings, now)
    unmatched = queries.unmatched_stops(connection)
    by_hand = steering(connection)
    campaigns = _campaigns(connection) if run else []
    return {
        "now": now,
        "mode": clock.mode(connection),
        "checkpoint": queries.checkpoint(connection),
        "run": run,
        "campaigns": campaigns,
        "lists": lists,
        "todays_lists": todays(lists, run["call_date"]) if run else {},
        "refused": refused_of(lists, run["run_id"]) if run else {},
        "notices": notices(
            torn_at=next(
                (
                    one["known_as_of"]
                    for one in campaigns
                    if run and one["known_as_of"] != run["known_as_of"]
                ),
                None,
            ),
            stops=by_hand["standing"],
            unverified=[one.campaign_id for one in lists if one.proof is Proof.FAILED],
            registers=needed,
            due=due_alarms(connection, settings),
            rejections=open_rejections(connection),
            unread=unread_deliveries(connection, now),
            unmatched=unmatched,
            now=now,
        ),
        **by_hand,
        "suites": histories(connection),
        "trend": TREND,
        "deliveries": deliveries(connection),
        "quarantine": queries.quarantine(connection),
        "unmatched": unmatched,
        "waiting_stops": queries.waiting_stops(connection, settings),
        "registers": queries.register_freshness(connection) if run else [],
        "needed": needed,
        "snapshots": queries.register_snapshots(connection),
        "feeds": feeds(sources, last_received(connection, now), now),
        "runs": runs(connection),
        "approvals": approvals(connection, run["known_as_of"] if run else now),
        "rules": load_periods(),
        "receipts": [
            {**row, "counts": list(row["totals"].items())} for row in queries.receipts(connection)
        ],
    }


def _campaigns(connection: Connection) -> list[queries.Row]:
    titles = {
        one["campaign_id"]: one.get("title") for one in queries.config(connection, "campaigns")
    }
    reasons: dict[str, list[queries.Row]] = {}
    for row in queries.funnel_reasons(connection):
        reasons.setdefault(row["campaign_id"], []).append(row)
    return [
        {
            **row,
            "title": titles.get(row["campaign_id"]) or row["campaign_id"],
            "reasons": reasons.get(row["campaign_id"], []),
        }
        for row in queries.funnel(connection)
    ]


def _sweep(home: Home) -> None:
    """Remove what an interrupted build left beside the site."""
    for left in home.root.glob(".site-*"):
        shutil.rmtree(left)


def _swap(fresh: Path, site: Path) -> None:
    """Put the new folder in the old one's place; both renames are of whole folders."""
    fresh.chmod(0o700)
    old = fresh.with_name(f"{fresh.name}-old")
    if site.exists():
        site.replace(old)
    fresh.replace(site)
    shutil.rmtree(old, ignore_errors=True)
