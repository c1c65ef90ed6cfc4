"""Give a command its settings, with the embedded Postgres running for as long as it takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from ringfence.errors import Misconfigured
from ringfence.home import Home
from ringfence.settings import Settings, check_folders, load_settings


def chosen_settings(*, is_brake: bool = False) -> Settings:
    """Return the settings with the database resolved, as the DAGs do; a brake needs no folders."""
    settings = load_settings()
    if not is_brake:
        check_folders(settings)
    if not settings.database_conn_id:
        return settings
    from ringfence.airflow_dags.connections import resolve_in_shell

    return resolve_in_shell(settings)


@contextmanager
def working_home(*, is_brake: bool = False) -> Iterator[Settings]:
    """Yield the settings of a home that is set up; stops Postgres only if it was started here."""
    settings = chosen_settings(is_brake=is_brake)
    if settings.database_url:
        yield settings
        return
    home = Home(settings.home)
    if "database_url" not in home.read_run():
        raise Misconfigured(
            "This home is not set up yet.",
            where=str(home.root),
            remedy="run `./ringfence demo` for the sample day, or `./ringfence setup` to begin",
        )
    with running_database(settings) as url:
        yield replace(settings, database_url=url)


@contextmanager
def running_database(settings: Settings) -> Iterator[str | None]:
    """Keep the database running and yield its URL; the embedded one's port may have moved."""
    if settings.database_url:
        yield settings.database_url
        return
    from ringfence.installation import refresh_url
    from ringfence.services.cluster import running

    home = Home(settings.home)
    with running(home) as info:
        yield refresh_url(settings, home, info)
