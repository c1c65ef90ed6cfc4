"""Connect to Postgres in one of the working roles, and hold the locks that processes share.

Locks are Postgres advisory locks of the session; they end with the process that holds them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import Connection, sql

from ringfence.errors import Busy, MachineFault, Misconfigured
from ringfence.home import Home
from ringfence.settings import Settings

OLDEST_POSTGRES = 160000


def database_url(settings: Settings) -> str:
    """Return the URL of the database: the setting, else the embedded one's from run.json."""
    url = settings.database_url or Home(settings.home).read_run().get("database_url")
    if not url:
        raise Misconfigured(
            "This home has no database yet.",
            where=str(settings.home),
            remedy="run `./ringfence setup`, or `./ringfence demo` for the sample day",
        )
    return str(url)


def connect(
    settings: Settings, role: str = "pipeline", *, name: str = "ringfence", autocommit: bool = False
) -> Connection:
    """Open a session that has taken on `role`; `name` is what others see while it holds a lock."""
    url = database_url(settings)
    options = f"-c role={settings.role(role)} -c timezone=UTC -c lock_timeout=30s -c datestyle=ISO"
    try:
        connection = psycopg.connect(
            url, options=options, application_name=name, autocommit=autocommit, connect_timeout=10
        )
    except psycopg.OperationalError as error:
        place = urlsplit(url)
        raise MachineFault(
            f"Postgres cannot be reached or refuses the login ({_reason(error)}).",
            where=f"{place.hostname}:{place.port}{place.path}",
            remedy="start it (`./ringfence up`, or your own server); check RINGFENCE_DATABASE_URL",
        ) from None
    if connection.info.server_version < OLDEST_POSTGRES:
        connection.close()
        raise Misconfigured("Postgres 16 or newer is needed.", remedy="point to a newer server")
    return connection


def _reason(error: psycopg.OperationalError) -> str:
    """Return the first line of the driver's words; they name hosts and roles, never data."""
    text = str(error).strip().splitlines()
    return text[-1].strip() if text else type(error).__name__


@contextmanager
def held(connection: Connection, lock: str, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock called `lock`; raises Busy with the holder's name if it is taken."""
    suffix = "_shared" if shared else ""
    taken = connection.execute(
        sql.SQL("select pg_try_advisory_lock{}(hashtextextended(%s, 0))").format(sql.SQL(suffix)),
        [lock],
    ).fetchone()
    if not taken or not taken[0]:
        raise Busy(
            f"`{lock}` is already being worked on by {holder(connection, lock)}.",
            remedy="wait for it to end, then run this again",
        )
    try:
        yield
    finally:
        # A session that is gone has let go of its locks, and whoever needed it has said so.
        with suppress(psycopg.OperationalError):
            if connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
                connection.rollback()
            connection.execute(
                sql.SQL("select pg_advisory_unlock{}(hashtextextended(%s, 0))").format(
                    sql.SQL(suffix)
                ),
                [lock],
            )


def is_held(connection: Connection, lock: str) -> bool:
    """Tell whether some session of this database holds a lock."""
    return _holder(connection, lock) is not None


def holder(connection: Connection, lock: str) -> str:
    """Name the session of this database that holds a lock."""
    row = _holder(connection, lock)
    return f"`{row[0]}` (database process {row[1]})" if row else "another process"


def _holder(connection: Connection, lock: str) -> tuple[Any, ...] | None:
    return connection.execute(
        """
        select activity.application_name, activity.pid
        from pg_locks
        inner join pg_stat_activity as activity using (pid)
        where locktype = 'advisory' and granted
            and pg_locks.database = (select oid from pg_database where datname = current_database())
            and ((classid::bigint << 32) | objid::bigint) = hashtextextended(%s, 0)
        limit 1
        """,
        [lock],
    ).fetchone()
