"""Give a command its settings, with the embedded Postgres running for as long as it takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ringfence.errors import Misconfigured
from ringfence.home import Home
from ringfence.settings import Settings, load_settings


@contextmanager
def working_home() -> Iterator[Settings]:
    """Yield the settings of a home that is set up; stops Postgres only if it was started here."""
    settings = load_settings()
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
    with running_database(settings):
        yield settings


@contextmanager
def running_database(settings: Settings) -> Iterator[None]:
    """Keep the embedded Postgres running; its port may have moved since it last ran."""
    if settings.database_url:
        yield
        return
    from ringfence.installation import refresh_url
    from ringfence.services.cluster import running

    home = Home(settings.home)
    with running(home) as info:
        refresh_url(settings, home, info)
        yield
