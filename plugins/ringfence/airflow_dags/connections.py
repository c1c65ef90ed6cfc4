"""Turn an Airflow connection into what the package understands; secrets backends included."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from ringfence.errors import Misconfigured, RingfenceError
from ringfence.settings import Settings, adopt_url, lent_environment

# libpq's own parameters; whatever else a connection's extra holds is Airflow's business.
LIBPQ = ("sslmode", "sslrootcert", "sslcert", "sslkey", "target_session_attrs", "application_name")


@dataclass(frozen=True)
class Login:
    """Hold the parts of a connection that are used here."""

    conn_id: str
    conn_type: str
    host: str
    port: int | None
    schema: str
    login: str
    password: str
    extra: dict[str, Any]

    def __repr__(self) -> str:
        return f"Login({self.conn_id})"


def find_login(conn_id: str) -> Login:
    """Ask Airflow for a connection. Raises Misconfigured if it is unknown or its extra no JSON."""
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found = BaseHook.get_connection(conn_id)
        extra = json.loads(found.extra) if found.extra else {}
    except AirflowNotFoundException:
        raise Misconfigured(
            f"Airflow has no connection `{conn_id}`.",
            where="a RINGFENCE_…_CONN_ID, or `delivery.connection` of a source",
            remedy=f"add it: `airflow connections add {conn_id} …`, or in your secrets backend",
        ) from None
    except ValueError:
        raise Misconfigured(
            "The extra of this connection is no JSON.", where=conn_id, remedy="mend it in Airflow"
        ) from None
    return Login(
        conn_id=conn_id,
        conn_type=(found.conn_type or "").lower(),
        host=found.host or "",
        port=found.port,
        schema=found.schema or "",
        login=found.login or "",
        password=found.password or "",
        extra=extra if isinstance(extra, dict) else {},
    )


def database_url(login: Login) -> str:
    """Return a postgresql:// URL. Raises Misconfigured for a connection of another type."""
    if login.conn_type not in {"postgres", "postgresql"}:
        raise Misconfigured(
            f"The connection `{login.conn_id}` is of type `{login.conn_type}`, not `postgres`.",
            where="RINGFENCE_DATABASE_CONN_ID, or `delivery.connection` of a source",
            remedy="name a connection of type Postgres",
        )
    credentials = quote(login.login, safe="")
    if login.password:
        credentials += ":" + quote(login.password, safe="")
    host = f"[{login.host}]" if ":" in login.host else quote(login.host, safe=",.")
    options = {name: login.extra[name] for name in LIBPQ if login.extra.get(name)}
    return (
        f"postgresql://{credentials}@{host}:{login.port or 5432}/{quote(login.schema, safe='')}"
        f"{'?' if options else ''}{urlencode(options)}"
    )


def find_url(conn_id: str) -> str:
    """Return the URL behind a connection id, as sources with a query want it."""
    return database_url(find_login(conn_id))


def resolve_database(settings: Settings) -> Settings:
    """Return the settings with `database_url` filled from `database_conn_id`, if that is set."""
    if not settings.database_conn_id:
        return settings
    return replace(settings, database_url=find_url(settings.database_conn_id))


def resolve_in_shell(settings: Settings) -> Settings:
    """Do the same outside of a task, where Airflow must be told that it may ask its database too.

    What it says meanwhile goes to standard error. Child processes then need no Airflow for it.
    """
    try:
        with redirect_stdout(sys.stderr), lent_environment(_AIRFLOW_PROCESS_CONTEXT="server"):
            resolved = resolve_database(settings)
    except RingfenceError:
        raise
    except Exception as error:
        raise Misconfigured(
            f"Airflow cannot be asked for this connection ({type(error).__name__}).",
            where=f"RINGFENCE_DATABASE_CONN_ID={settings.database_conn_id}",
            remedy="run this where Airflow is configured as for its DAGs (AIRFLOW_HOME,"
            " AIRFLOW__…), or set RINGFENCE_DATABASE_URL instead",
        ) from None
    adopt_url(str(resolved.database_url))
    return resolved
