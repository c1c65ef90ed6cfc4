"""Read every setting once; the only module that looks at the environment.

Settings and their defaults stand in SETTINGS, the README's table is tested against it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from ringfence.errors import Misconfigured
from ringfence.home import Home

PACKAGE = Path(__file__).parent
SETTINGS = {
    "RINGFENCE_HOME": "folder of all state (default: .ringfence in the checkout, else in ~)",
    "RINGFENCE_DATABASE_URL": "URL of an existing Postgres 16+ (default: the embedded one)",
    "RINGFENCE_DATABASE_CONN_ID": "Airflow connection to use instead of a URL",
    "RINGFENCE_ROLE_PREFIX": "prefix of the database roles (default: ringfence_)",
    "RINGFENCE_REGISTERS": "folder of sources/, campaigns/, controllers.yml (default: registers/ in"
    " a live home)",
    "RINGFENCE_KEY_FILE": "file with the subject key, 0600 (default: in the home)",
    "RINGFENCE_CHECKPOINTS": "folder for signed checkpoints (default: checkpoints/ in the home)",
    "RINGFENCE_NOTIFY_CONN_ID": "Airflow connection (smtp or http) for alarms (default: none)",
}
OF_A_LOGIN = {
    "PGPASSWORD": "password",
    "PGPASSFILE": "passfile",
    "PGSSLMODE": "sslmode",
    "PGSSLROOTCERT": "sslrootcert",
    "PGSSLCERT": "sslcert",
    "PGSSLKEY": "sslkey",
    "PGSSLCRL": "sslcrl",
}
"""The variables of libpq that count for RINGFENCE_DATABASE_URL, where it does not say otherwise."""


@dataclass(frozen=True)
class Settings:
    """Hold the settings of one process; paths are absolute."""

    home: Path
    database_url: str | None
    database_conn_id: str | None
    role_prefix: str
    registers: Path
    key_file: Path | None
    checkpoints: Path
    notify_conn_id: str | None

    def role(self, name: str) -> str:
        """Return the database role `name` (pipeline, analyst, …) under this prefix."""
        return f"{self.role_prefix}{name}"


def product_folder(name: str) -> Path:
    """Return `dags`, `dbt_project` or `expectations`: of the checkout, else of the wheel."""
    checkout = PACKAGE.parent.parent / name
    bundled = PACKAGE / "product" / name
    return checkout if (PACKAGE.parent.parent / "pyproject.toml").exists() else bundled


def _default_home() -> Path:
    checkout = PACKAGE.parent.parent
    is_ours = (checkout / "pyproject.toml").exists() and os.access(checkout, os.W_OK)
    return (checkout if is_ours else Path("~")) / ".ringfence"


def _path(name: str, default: Path) -> Path:
    text = os.environ.get(name) or default
    try:
        return Path(text).expanduser().absolute()
    except (RuntimeError, OSError):
        raise Misconfigured(
            "This path begins with the folder of a user whom the system does not know.",
            where=f"{name}={text}",
            remedy=f"give the whole path in {name}",
        ) from None


def _default_registers(home: Path) -> Path:
    """Return a live home's own folder, which `setup` makes; the demo's are shipped in dags/."""
    own = Home(home).registers
    return own if own.is_dir() else product_folder("dags")


def load_settings() -> Settings:
    """Read the environment. Raises Misconfigured for a value that cannot be meant."""
    get = os.environ.get
    home = _path("RINGFENCE_HOME", _default_home())
    refuse_no_folder(home, "RINGFENCE_HOME", must_exist=False)
    url = get("RINGFENCE_DATABASE_URL") or None
    if url and get("RINGFENCE_DATABASE_CONN_ID"):
        raise Misconfigured(
            "Two databases are named, and only one can be meant.",
            where="RINGFENCE_DATABASE_URL and RINGFENCE_DATABASE_CONN_ID",
            remedy="unset one of them",
        )
    if url:
        check_url(url, "RINGFENCE_DATABASE_URL")
    prefix = get("RINGFENCE_ROLE_PREFIX") or "ringfence_"
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", prefix):
        raise Misconfigured(
            "The role prefix must be lower-case letters, digits and underscores.",
            where="RINGFENCE_ROLE_PREFIX",
            remedy="use for example `ringfence_`",
        )
    return Settings(
        home=home,
        database_url=url,
        database_conn_id=get("RINGFENCE_DATABASE_CONN_ID") or None,
        role_prefix=prefix,
        registers=_path("RINGFENCE_REGISTERS", _default_registers(home)),
        key_file=_path("RINGFENCE_KEY_FILE", home) if get("RINGFENCE_KEY_FILE") else None,
        checkpoints=_path("RINGFENCE_CHECKPOINTS", home / "checkpoints"),
        notify_conn_id=get("RINGFENCE_NOTIFY_CONN_ID") or None,
    )


def check_folders(settings: Settings) -> None:
    """Raise Misconfigured where a folder that somebody named is none.

    Not part of `load_settings`: a brake must get through without them.
    """
    for path, name in (
        (settings.registers, "RINGFENCE_REGISTERS"),
        (settings.checkpoints, "RINGFENCE_CHECKPOINTS"),
    ):
        refuse_no_folder(path, name, must_exist=name == "RINGFENCE_REGISTERS")


def refuse_no_folder(path: Path, name: str, *, must_exist: bool) -> None:
    """Raise Misconfigured unless `path` is a folder, or could become one."""
    try:
        nearest = next(one for one in (path, *path.parents) if must_exist or one.exists())
        is_folder = nearest.is_dir()
    except OSError:
        is_folder = False
    if not is_folder:
        raise Misconfigured(
            "This is no folder, or not one that can be entered.",
            where=f"{name}={path}",
            remedy=f"name a folder{' that exists' if must_exist else ''} in {name}, or unset it",
        )


def check_url(url: str, where: str) -> None:
    """Raise Misconfigured for a URL that is none of Postgres; never shows it or its password."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = urlsplit(url)
        is_sound = (
            parts.scheme in {"postgresql", "postgres"}
            and bool(parts.hostname or "host=" in parts.query)
            and parts.port != 0
            and bool(conninfo_to_dict(url))
        )
    except (ValueError, ProgrammingError):
        is_sound = False
    if not is_sound:
        raise Misconfigured(
            "This is no URL of one Postgres.",
            where=where,
            remedy="write it as postgresql://login:password@host:5432/database, with `%40` for @,"
            " `%2F` for / and `%3A` for : in the password",
        )


def connection_url(connection_id: str) -> str:
    """Return the URL of a connection as Airflow spells it in the environment (AIRFLOW_CONN_…)."""
    name = f"AIRFLOW_CONN_{connection_id.upper()}"
    url = os.environ.get(name, "")
    if not url.startswith(("postgres://", "postgresql://")):
        raise Misconfigured(
            f"The connection `{connection_id}` is not known here as a postgresql:// URL.",
            where=name,
            remedy="set this variable, or run the DAG in the Airflow that knows the connection",
        )
    return url


def settle_environment() -> None:
    """Take from libpq what it would read behind our back; done once, at a process' start.

    PG* variables are meant for somebody's own clients: they would break or redirect connections of
    ours, the embedded Postgres first of all. What a login to an own Postgres needs moves into its
    URL, where our child processes and DAGs find it as well.
    """
    found = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("PG")}
    url = os.environ.get("RINGFENCE_DATABASE_URL", "")
    wanted = {OF_A_LOGIN[name]: value for name, value in found.items() if name in OF_A_LOGIN}
    if url and wanted:
        _, _, query = url.partition("?")
        has_password = ":" in url.rpartition("@")[0].partition("://")[2]
        given = {part.partition("=")[0] for part in query.split("&")}
        given |= {"password", "passfile"} if has_password else set()
        kept = {name: value for name, value in wanted.items() if name not in given}
        more = urlencode(kept, quote_via=quote)
        os.environ["RINGFENCE_DATABASE_URL"] = (
            f"{url}{'&' if query else '?'}{more}" if more else url
        )


def adopt_url(url: str) -> None:
    """Let child processes work on the database that this one has found by a connection's id."""
    os.environ.pop("RINGFENCE_DATABASE_CONN_ID", None)
    os.environ["RINGFENCE_DATABASE_URL"] = url


def clean_environment(**extra: str) -> dict[str, str]:
    """Return a child process' environment: ours without inherited Airflow or Python paths."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "PYTHON", "DBT_", "PG")) and name != "VIRTUAL_ENV"
    }
    silence = {"DO_NOT_TRACK": "1", "GX_ANALYTICS_ENABLED": "false", "NO_PROXY": "*"}
    return {**kept, **silence, **extra}


@contextmanager
def lent_environment(*, without: tuple[str, ...] = (), **variables: str) -> Iterator[None]:
    """Set variables for a library that reads only the environment; all is as before afterwards.

    `without` are the beginnings of names that it must not see otherwise.
    """
    hidden = [name for name in os.environ if without and name.startswith(without)]
    before = {name: os.environ.get(name) for name in (*hidden, *variables)}
    for name in hidden:
        del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
