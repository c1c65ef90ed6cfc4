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
from ringfence.alarms import due_alarms, register_lifetimes
from ringfence.auditor_site import dbt_docs, queries
from ringfence.auditor_site.door_history import TREND, histories
from ringfence.auditor_site.first_page import feeds, notices, register_states
from ringfence.auditor_site.lists import published_lists
from ringfence.auditor_site.pages import render_pages
from ringfence.database import connect, held
from ringfence.home import Home
from ringfence.retention import load_periods
from ringfence.settings import Settings, product_folder

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
        for name, html in render_pages(gather(connection, settings)):
            (fresh / name).write_text(html, "utf-8")
        (fresh / "models.html").write_text(dbt_docs.render(settings), "utf-8")
        _swap(fresh, home.site)
    return home.site / "index.html"


def gather(connection: Connection, settings: Settings) -> dict[str, Any]:
    """Read everything the pages show, at one instant."""
    now = clock.now(connection)
    sources = queries.config(connection, "sources")
    seed = product_folder("dbt_project") / "seeds" / "registers.csv"
    run = queries.last_run(connection) if queries.has_decisions(connection) else None
    lists = published_lists(connection, settings)
    unmatched = queries.unmatched_stops(connection)
    return {
        "built_at": now,
        "mode": clock.mode(connection),
        "checkpoint": queries.checkpoint(connection),
        "run": run,
        "campaigns": _campaigns(connection) if run else [],
        "lists": lists,
        "todays_lists": {
            one.campaign_id: one
            for one in lists
            if run and one.is_current and one.call_date == run["call_date"]
        },
        "notices": notices(
            due=due_alarms(connection, settings),
            rejections=queries.open_rejections(connection),
            unmatched=unmatched,
            stops=queries.publication_stops(connection),
            unverified=[one.campaign_id for one in lists if one.is_verified is False],
            now=now,
        ),
        "suites": histories(connection),
        "trend": TREND,
        "batches": queries.batches(connection),
        "quarantine": queries.quarantine(connection),
        "unmatched": unmatched,
        "registers": register_states(
            sources, queries.registers(connection), register_lifetimes(seed, now.date()), now
        ),
        "feeds": feeds(sources, queries.last_received(connection), now),
        "runs": [{**row, "counts": row["totals"] or {}} for row in queries.runs(connection)],
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
