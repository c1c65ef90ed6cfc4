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
    return (checkout if is_ours else Path.home()) / ".ringfence"


def _folder(text: str | None, default: Path) -> Path:
    return Path(text or default).expanduser().absolute()


def _default_registers(home: Path) -> Path:
    """Return a live home's own folder, which `setup` makes; the demo's are shipped in dags/."""
    own = Home(home).registers
    return own if own.is_dir() else product_folder("dags")


def load_settings() -> Settings:
    """Read the environment. Raises Misconfigured for a value that cannot be meant."""
    get = os.environ.get
    home = Path(get("RINGFENCE_HOME") or _default_home()).expanduser().absolute()
    prefix = get("RINGFENCE_ROLE_PREFIX") or "ringfence_"
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", prefix):
        raise Misconfigured(
            "The role prefix must be lower-case letters, digits and underscores.",
            where="RINGFENCE_ROLE_PREFIX",
            remedy="use for example `ringfence_`",
        )
    key_file = get("RINGFENCE_KEY_FILE")
    return Settings(
        home=home,
        database_url=get("RINGFENCE_DATABASE_URL") or None,
        database_conn_id=get("RINGFENCE_DATABASE_CONN_ID") or None,
        role_prefix=prefix,
        registers=_folder(get("RINGFENCE_REGISTERS"), _default_registers(home)),
        key_file=Path(key_file).expanduser().absolute() if key_file else None,
        checkpoints=_folder(get("RINGFENCE_CHECKPOINTS"), home / "checkpoints"),
        notify_conn_id=get("RINGFENCE_NOTIFY_CONN_ID") or None,
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
