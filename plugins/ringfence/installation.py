"""Make a home ready: folders, database, roles, migrations, clock, keys. Safe to repeat.

An existing Postgres is used as it is; what only an administrator may do is printed for one.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

import psycopg
from psycopg import Connection, sql

from ringfence import migrate
from ringfence.database import connect
from ringfence.errors import Misconfigured, Refusal
from ringfence.file_lock import hold_lock
from ringfence.home import Home
from ringfence.keys import Keys, create_keys
from ringfence.services.cluster import Cluster, ClusterInfo
from ringfence.settings import Settings, product_folder

DATABASE = "ringfence"


@dataclass(frozen=True)
class Installation:
    """Say what `set_up` found or made."""

    mode: str
    migrations: tuple[str, ...]
    key_fingerprint: str
    database: str


def set_up(settings: Settings, *, mode: str, stands_at: datetime | None = None) -> Installation:
    """Bring the home and its database to this version. Raises Refusal if it is of another mode."""
    home = Home(settings.home)
    home.create()
    with hold_lock(home.root / "setup.lock", patience=120.0, waiting_for="setting up this home"):
        return _set_up(settings, home, mode, stands_at)


def _set_up(settings: Settings, home: Home, mode: str, stands_at: datetime | None) -> Installation:
    remembered = home.read_run().get("mode", mode)
    if remembered != mode:
        raise Refusal(
            f"This home was made in {remembered} mode and stays so.",
            where=str(home.root),
            remedy="give another folder: RINGFENCE_HOME=… ./ringfence …",
        )
    if mode == "live" and settings.registers == product_folder("dags"):
        # Nobody said where the registers lie, and those shipped are the demo's.
        for folder in ("sources", "campaigns"):
            (home.registers / folder).mkdir(parents=True, exist_ok=True)
    if settings.database_url:
        _check_prepared(settings)
    else:
        settings = replace(settings, database_url=_embedded_url(settings, home))
    with connect(settings, "owner", name="ringfence setup") as owner:
        applied = migrate.migrate(owner, settings)
        _set_clock(owner, mode, stands_at)
        keys = create_keys(settings, owner, mode=mode)
    home.write_run(mode=mode, key_fingerprint=keys.signing_key_id())
    place = urlsplit(str(settings.database_url))
    return Installation(
        mode=mode,
        migrations=tuple(applied),
        key_fingerprint=keys.signing_key_id(),
        database=f"{place.hostname}:{place.port or 5432}{place.path}",
    )


def prepare_embedded(info: ClusterInfo, settings: Settings, database: str, password: str) -> str:
    """Make the login, the database, roles and schemas on our own cluster; returns the URL."""
    login = settings.role("app")
    with psycopg.connect(info.url("postgres"), autocommit=True) as admin:
        verb = "alter" if _exists(admin, "pg_roles", "rolname", login) else "create"
        admin.execute(
            sql.SQL("{} role {} login password {}").format(
                sql.SQL(verb), sql.Identifier(login), sql.Literal(password)
            )
        )
        if not _exists(admin, "pg_database", "datname", database):
            admin.execute(sql.SQL("create database {}").format(sql.Identifier(database)))
    with psycopg.connect(info.url(database)) as admin:
        migrate.prepare_database(admin, settings, login)
    return info.url(database, login, password)


def _embedded_url(settings: Settings, home: Home) -> str:
    info = Cluster(home).ensure_started(keep=False)
    password = str(home.read_run().get("app_password") or secrets.token_urlsafe(24))
    url = prepare_embedded(info, settings, DATABASE, password)
    home.write_run(app_password=password, database_url=url)
    return url


def refresh_url(settings: Settings, home: Home, info: ClusterInfo) -> str | None:
    """Return the URL after a start, the cluster may have had to take another port; None before one.

    It is remembered for the DAGs; without room for that this process knows it all the same.
    """
    password = home.read_run().get("app_password")
    if not password:
        return None
    url = info.url(DATABASE, settings.role("app"), password)
    with suppress(OSError):
        home.write_run(database_url=url)
    return url


def _exists(admin: Connection, catalogue: str, column: str, name: str) -> bool:
    row = admin.execute(
        sql.SQL("select 1 from {} where {} = %s").format(
            sql.Identifier(catalogue), sql.Identifier(column)
        ),
        [name],
    ).fetchone()
    return row is not None


def _check_prepared(settings: Settings) -> None:
    """Prepare an existing database if the login may; else say what its administrator has to run."""
    try:
        with psycopg.connect(str(settings.database_url), connect_timeout=10) as login:
            if migrate.is_prepared(login, settings):
                return
            user = login.info.user
            may = login.execute("select rolsuper from pg_roles where rolname = %s", [user])
            if (may.fetchone() or (False,))[0]:
                migrate.prepare_database(login, settings, user)
                return
    except psycopg.OperationalError:
        connect(settings, "pipeline").close()  # says why, with place and remedy
        raise
    raise Misconfigured(
        "The database has no Ringfence roles and schemas yet, and this login may not make them.",
        where="RINGFENCE_DATABASE_URL",
        remedy="give `./ringfence setup --print-admin-sql` to your administrator",
    )


def _set_clock(owner: Connection, mode: str, stands_at: datetime | None) -> None:
    row = owner.execute("select mode from ledger.clock").fetchone()
    if row is None:
        owner.execute(
            "insert into ledger.clock (mode, stands_at) values (%s, %s)", [mode, stands_at]
        )
    elif row[0] != mode:
        raise Refusal(
            f"This database belongs to a home in {row[0]} mode.",
            where="ledger.clock",
            remedy="use a database of its own for each home",
        )


def keys_of(settings: Settings) -> Keys:
    """Load and compare the keys over a connection of its own."""
    from ringfence.keys import load_keys

    with connect(settings, name="ringfence keys") as connection:
        return load_keys(settings, connection)
