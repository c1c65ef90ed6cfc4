"""Print the table a day ends with: the funnel, where the lists lie, what to look at next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from ringfence.cli import terminal
from ringfence.database import connect
from ringfence.decision import funnel
from ringfence.decision.replay import ReplayReport
from ringfence.home import Home
from ringfence.settings import Settings

if TYPE_CHECKING:
    from ringfence.publish.model import PublicationReport


def print_closing_table(settings: Settings, publications: Sequence[PublicationReport] = ()) -> None:
    """Print sources, campaigns, every reason, and the next commands.

    `publications` tell which lists were refused in the run that ends here.
    """
    with connect(settings, name="ringfence funnel") as connection:
        sources = funnel.sources(connection)
        campaigns = funnel.campaigns(connection, publications)
        reasons = funnel.all_reasons(connection)
    terminal.say("")
    terminal.table(
        "Rows read",
        (
            "source",
            "read",
            "landed",
            "quarantined",
            "stops",
            "unmatched",
            "rejected files",
            "quarantined for",
        ),
        [
            (
                line.source_id,
                line.rows_read,
                line.rows_landed,
                line.rows_quarantined,
                line.count_stops,
                line.count_unmatched,
                line.count_rejected,
                line.set_aside,
            )
            for line in sources
        ],
    )
    if waiting := sum(line.count_unmatched for line in sources):
        wait = "stop waits" if waiting == 1 else "stops wait"
        terminal.say(f"{waiting:,} unmatched {wait} for you: `./ringfence unmatched` lists them.")
    terminal.table(
        "Why a number is not on a list: every reason",
        ("verdict", "reason code", "candidates", "as the first", "in words"),
        reasons,
    )
    terminal.say(
        "A candidate may have several reasons, so the candidates need not add up; each is counted"
        " once under `as the first`."
    )
    day = campaigns[0].call_date if campaigns else None
    terminal.table(
        f"From candidates to the call list{f' of {day}' if day else ''}",
        ("campaign", "candidates", "callable", "blocked", "undetermined", "on the list", "list"),
        [
            (
                line.campaign_id,
                line.count_candidates,
                line.count_callable,
                line.count_blocked,
                line.count_undetermined,
                line.count_listed,
                line.list_status,
            )
            for line in campaigns
        ],
    )
    home = Home(settings.home)
    lists = [
        path
        for line in campaigns
        if (path := home.list_folder(line.call_date, line.campaign_id) / "call_list.csv").exists()
    ]
    for number, path in enumerate(lists):
        terminal.plain(f"{'' if number else 'Lists:':<9}{path}")
    if (home.site / "index.html").exists():
        terminal.say(f"Pages:   {home.site / 'index.html'}")
    terminal.say(
        "Next:    ./ringfence verify <manifest.json>      proves the list beside it, offline"
    )
    terminal.say("         ./ringfence explain                     why a number is or is not on it")
    terminal.say("         ./ringfence up                          Airflow, pages, until Ctrl-C")


def print_replay(report: ReplayReport) -> None:
    """Print what a replay found, and where it differs from what was decided at the time."""
    terminal.say(
        f"Replayed {report.call_date}, as known at {report.known_as_of:%Y-%m-%d %H:%M:%S.%f} UTC"
    )
    counts = ("candidates", "callable", "blocked", "undetermined")
    terminal.table("Replayed", counts, [[report.totals[f"count_{name}"] for name in counts]])
    heads = ("campaign", "then", "replayed", "candidates")
    at = f"{report.decided_at:%Y-%m-%d %H:%M:%S} UTC"
    if report.differences:
        terminal.table(
            f"Unexplained: not what was frozen at {at}, by the same facts",
            heads,
            report.differences,
        )
    else:
        terminal.say(
            f"No difference: by the facts of {at}, {report.count_same:,} decisions are as they"
            " were frozen."
        )
    if report.known_as_of - report.decided_at < timedelta(seconds=1) and not report.arrivals:
        return
    terminal.table("Since then", ("from", "what", "times"), report.arrivals)
    if report.late_differences:
        terminal.table("What that changes", heads, report.late_differences)
    else:
        terminal.say("That changes no decision.")
