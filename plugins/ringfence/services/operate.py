"""Serve the command line's up, down, status and psql: our services as a person sees them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg

from ringfence.database import connect, database_url
from ringfence.errors import MachineFault, Misconfigured, RingfenceError
from ringfence.home import Home
from ringfence.installation import refresh_url, set_up
from ringfence.services.postgres_place import wheel_programs
from ringfence.services.supervisor import Supervisor, down, status
from ringfence.settings import Settings, clean_environment
from ringfence.stops import standing_stops

READERS = ("analyst", "auditor", "dialler")
STOPS_UNKNOWN = "NOT KNOWN which stops of publication stand: the database that keeps them"
DIAL_NOTHING = "take it that every campaign is stopped"
# An open transaction on a mart would hold up its next rebuild.
READER = "-c statement_timeout=5min -c idle_in_transaction_session_timeout=1min"


def run_until_stopped(
    settings: Settings, *, with_airflow: bool, say: Callable[[str], None]
) -> None:
    """Run Postgres and Airflow (UI and pages behind its login) until Ctrl-C or `down`."""
    home = Home(settings.home)
    mode = str(home.read_run().get("mode", "live"))

    def ready(services: Supervisor) -> None:
        refresh_url(settings, home, services.cluster)
        set_up(settings, mode=mode)
        if services.airflow:
            url, user, password = services.airflow.login()
            say(f"\nAirflow   {url}\nuser      {user}\npassword  {password}")
            say(f"Pages     {url}/ringfence/ (behind the same login)")
        say("\nCtrl-C stops all; `./ringfence psql` opens the database meanwhile.")

    if not settings.database_url:
        set_up(settings, mode=mode)
    Supervisor(settings, with_airflow=with_airflow, say=say).run(ready)


def stop_everything(settings: Settings) -> str:
    """Stop what `up` started, or what a killed one has left; returns a sentence."""
    return "Stopped." if down(Home(settings.home)) else "Nothing was running."


def describe(settings: Settings) -> dict[str, Any]:
    """Return what runs, in words a person can read, flat for a table or JSON."""
    home = Home(settings.home)
    found = status(home)
    postgres = found["postgres"]
    known = home.read_run()
    return {
        "home": found["home"],
        "mode": known.get("mode", "not set up"),
        "supervisor": _since(found["supervisor"]),
        "postgres": _database(settings, postgres),
        "postgres log": postgres["log"] or "",
        "airflow": found["airflow"]["url"] if found["airflow"]["is_running"] else "stopped",
        "processes": ", ".join(sorted(found["processes"])) or "none",
        "pages": _pages(home),
        "newest lists": _newest_lists(home),
        "signing key": known.get("key_fingerprint", "none yet"),
        "publication": _publication(settings, is_known=found["postgres"]["is_running"]),
    }


def _database(settings: Settings, embedded: dict[str, Any]) -> str:
    if not settings.database_url:
        return f"running on port {embedded['port']}" if embedded["is_running"] else "stopped"
    place = urlsplit(settings.database_url)
    told = f"your own, {place.hostname}:{place.port or 5432}{place.path}"
    try:
        connect(settings, name="ringfence status").close()
    except MachineFault:
        return f"{told}: it does not answer"
    except (RingfenceError, psycopg.Error) as error:
        return f"{told}: {str(error).splitlines()[0]}"
    return f"{told}: it answers"


def _pages(home: Home) -> str:
    index = home.site / "index.html"
    return str(index) if index.exists() else "none built yet"


def _newest_lists(home: Home) -> str:
    """Name the campaigns whose files lie there for the last day that has any."""
    days: dict[str, list[str]] = {}
    for path in home.published.glob("*/*/call_list.csv"):
        days.setdefault(path.parents[1].name, []).append(path.parent.name)
    if not days:
        return "none"
    newest = max(days)
    return f"{', '.join(sorted(days[newest]))} of {newest}, in {home.published}"


def _publication(settings: Settings, *, is_known: bool) -> str:
    """Say which stops stand, by whom and why; a database that does not run is not started."""
    if not (is_known or settings.database_url):
        return f"{STOPS_UNKNOWN} is down. Do: `./ringfence up` starts it; till then {DIAL_NOTHING}"
    try:
        with connect(settings, name="ringfence status") as connection:
            stops = standing_stops(connection)
    except (RingfenceError, psycopg.Error) as error:
        why = str(error).splitlines()[0]
        return (
            f"{STOPS_UNKNOWN} cannot be read: {why} Do: start it or mend RINGFENCE_DATABASE_URL;"
            f" till then {DIAL_NOTHING}"
        )
    told = (f"{one.scope}: {one} (by {one.actor})" for one in stops)
    return "\n".join(told) or "not stopped"


def _since(identity: dict[str, Any] | None) -> str:
    if not identity:
        return "stopped"
    started = datetime.fromtimestamp(float(identity["started"]), UTC)
    return f"process {identity['pid']} since {started:%Y-%m-%d %H:%M} UTC"


def run_psql(settings: Settings, role: str, arguments: Sequence[str]) -> int:
    """Open psql in one of the roles and return its exit code; no password in its arguments."""
    place = urlsplit(database_url(settings))
    own = wheel_programs() / "bin" / "psql"
    program = own if own.exists() else shutil.which("psql")
    if program is None:
        raise Misconfigured(
            "There is no psql on this machine.", remedy="install a Postgres client (psql)"
        )
    environment = clean_environment(
        PGHOST=place.hostname or "",
        PGPORT=str(place.port or 5432),
        PGUSER=unquote(place.username or ""),
        PGPASSWORD=unquote(place.password or ""),
        PGDATABASE=unquote(place.path.removeprefix("/")),
        **{f"PG{name.upper()}": values[-1] for name, values in parse_qs(place.query).items()},
    )
    # Last, so that nothing in a URL lets somebody out of his role.
    environment["PGOPTIONS"] = f"-c role={settings.role(role)} {READER if role in READERS else ''}"
    command = [str(program), "--no-psqlrc", *arguments]
    return subprocess.run(command, env=environment, check=False).returncode
