"""Write the configuration of our own Airflow: its own database, role, secrets and port.

Nothing of an Airflow that the user may have elsewhere gets in (`settings.clean_environment`), and
what is not set here keeps Airflow's default.
"""

from __future__ import annotations

import configparser
import io
import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from ringfence.errors import Misconfigured
from ringfence.home import Home, write_atomically
from ringfence.services.cluster import ClusterInfo
from ringfence.services.ports import HOST
from ringfence.settings import PACKAGE, Settings, clean_environment, product_folder

DATABASE = "airflow"
USER = "admin"
# Their chatter at INFO runs to hundreds of lines a task.
QUIET = "great_expectations=WARNING alembic=WARNING sqlalchemy=WARNING httpx=WARNING"


@dataclass(frozen=True)
class AirflowSecrets:
    """Hold what is generated once per home."""

    fernet_key: str
    jwt_secret: str
    api_secret: str
    login_password: str
    database_password: str

    def __repr__(self) -> str:
        return "AirflowSecrets(…)"


def load_secrets(home: Home) -> AirflowSecrets:
    """Return this home's secrets, made at the first call (home/airflow/secrets.json, 0600)."""
    path = home.airflow / "secrets.json"
    try:
        return AirflowSecrets(**json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        made = AirflowSecrets(
            fernet_key=urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            jwt_secret=secrets.token_urlsafe(48),
            api_secret=secrets.token_urlsafe(32),
            login_password=secrets.token_urlsafe(12),
            database_password=secrets.token_urlsafe(24),
        )
        write_atomically(path, json.dumps(asdict(made), indent=2).encode())
        return made
    except (ValueError, TypeError) as error:
        raise Misconfigured(
            f"The secrets of our Airflow cannot be read ({type(error).__name__}).",
            where=str(path),
            remedy="delete this file; new ones are made, connections kept in Airflow are lost",
        ) from None


def airflow_version() -> str:
    """Return the installed version, without importing Airflow (2 s)."""
    return version("apache-airflow-core")


def environment(home: Home) -> dict[str, str]:
    """Return what a child process of our Airflow sees; the secrets stay in the file it names."""
    # This very package, also for tests that run from a checkout that was never set up.
    package = {"PYTHONPATH": str(PACKAGE.parent)} if product_folder("plugins").is_dir() else {}
    return clean_environment(
        **package,
        AIRFLOW_HOME=str(home.airflow),
        AIRFLOW_CONFIG=str(home.airflow / "airflow.cfg"),
        RINGFENCE_HOME=str(home.root),
        PYTHONUNBUFFERED="1",
        OPENBLAS_NUM_THREADS="1",  # the scheduler forks: the fewer threads, the better
    )


def write_configuration(settings: Settings, info: ClusterInfo, port: int, dags: Path) -> None:
    """Write airflow.cfg and the file of login passwords into the home, 0600."""
    home = Home(settings.home)
    kept = load_secrets(home)
    options = _options(settings, info, port, dags, kept)
    parser = configparser.RawConfigParser()
    parser.read_dict(
        {
            # Airflow expands `%` in its file; a folder's name may well hold one.
            section: {name: value.replace("%", "%%") for name, value in values.items()}
            for section, values in options.items()
        }
    )
    text = io.StringIO("")
    parser.write(text)
    write_atomically(home.airflow / "airflow.cfg", text.getvalue().encode())
    passwords = json.dumps({USER: kept.login_password}).encode()
    write_atomically(home.airflow / "passwords.json", passwords)


def _options(
    settings: Settings, info: ClusterInfo, port: int, dags: Path, kept: AirflowSecrets
) -> dict[str, dict[str, str]]:
    home = Home(settings.home)
    url = info.url(DATABASE, settings.role("airflow"), kept.database_password)
    address = f"http://{HOST}:{port}"
    # Without this file Airflow would load each module of our package as a top-level one, by its
    # bare name. The wheel has no such folder: there its entry point is enough.
    plugins = product_folder("plugins")
    has_plugins = (plugins / ".airflowignore").exists()
    return {
        "core": {
            "dags_folder": str(dags),
            "plugins_folder": str(plugins if has_plugins else home.airflow / "plugins"),
            "executor": "LocalExecutor",
            "parallelism": "4",
            "load_examples": "False",
            "dags_are_paused_at_creation": "False",
            "fernet_key": kept.fernet_key,
            "execution_api_server_url": f"{address}/execution/",
            # The full name of a machine without a network costs seconds of waiting for DNS.
            "hostname_callable": "socket.gethostname",
            "simple_auth_manager_users": f"{USER}:admin",
            "simple_auth_manager_passwords_file": str(home.airflow / "passwords.json"),
        },
        "database": {
            "sql_alchemy_conn": url.replace("postgresql://", "postgresql+psycopg2://"),
            "sql_alchemy_conn_async": url.replace("postgresql://", "postgresql+asyncpg://"),
        },
        "api": {
            "host": HOST,
            "port": str(port),
            "base_url": address,
            "workers": "1",
            "secret_key": kept.api_secret,
            "instance_name": "Ringfence",
        },
        "api_auth": {"jwt_secret": kept.jwt_secret},
        "scheduler": {
            "scheduler_heartbeat_sec": "1",
            "scheduler_idle_sleep_time": "0.5",
            "enable_health_check": "False",
            "catchup_by_default": "False",
        },
        # A task's end can be noticed one such interval late; until then its slot is taken.
        "workers": {"min_heartbeat_interval": "1"},
        "dag_processor": {
            "refresh_interval": "10",  # a new file is seen within ten seconds
            "min_file_process_interval": "30",  # a changed register within thirty
            "bundle_refresh_check_interval": "2",
            "print_stats_interval": "600",
        },
        "logging": {
            "base_log_folder": str(home.airflow / "logs"),
            "dag_processor_child_process_log_directory": str(
                home.airflow / "logs" / "dag_processor"
            ),
            "colored_console_log": "False",
            "namespace_levels": QUIET,
            "file_task_handler_new_folder_permissions": "0o700",
            "file_task_handler_new_file_permissions": "0o600",
        },
        "usage_data_collection": {"enabled": "False"},
        "metrics": {"statsd_on": "False", "otel_on": "False"},
        "traces": {"otel_on": "False"},
    }
