"""Bring the database to this version: admin SQL once, then numbered forward-only migrations.

Each file runs in one transaction under a lock; its checksum is kept, and a file that was changed
after it ran is refused.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from psycopg import Connection, sql

from ringfence.errors import Misconfigured
from ringfence.settings import PACKAGE, Settings

MIGRATIONS = PACKAGE / "migrations"


def admin_sql(settings: Settings, app_role: str) -> str:
    """Return what an administrator has to run once, ready to be pasted into psql."""
    files = sorted((MIGRATIONS / "admin").glob("*.sql"))
    return "\n".join(_fill(file, settings, app_role) for file in files)


def prepare_database(admin: Connection, settings: Settings, app_role: str) -> None:
    """Make roles and schemas over an administrator's connection; safe to repeat."""
    with admin.transaction():
        admin.execute("select pg_advisory_xact_lock(hashtextextended('ringfence admin', 0))")
        admin.execute(admin_sql(settings, app_role).encode())


def migrate(owner: Connection, settings: Settings) -> list[str]:
    """Apply what is missing as the owner role and return the names applied."""
    with owner.transaction():
        owner.execute("select pg_advisory_xact_lock(hashtextextended('ringfence migrate', 0))")
        owner.execute(
            """
            create table if not exists ledger.schema_migrations (
                name text primary key, sha256 text not null, applied_at timestamptz not null
            )
            """
        )
        known: dict[str, str] = dict(
            owner.execute("select name, sha256 from ledger.schema_migrations").fetchall()
        )
        applied = []
        for file in sorted((MIGRATIONS / "app").glob("*.sql")):
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            if known.get(file.stem, digest) != digest:
                raise Misconfigured(
                    f"Migration {file.stem} was changed after it ran.",
                    where=str(file),
                    remedy="restore the file; changes go into a new, higher-numbered file",
                )
            if file.stem not in known:
                owner.execute(_fill(file, settings, "").encode())
                owner.execute(
                    "insert into ledger.schema_migrations values (%s, %s, clock_timestamp())",
                    [file.stem, digest],
                )
                applied.append(file.stem)
        newer = set(known) - {file.stem for file in (MIGRATIONS / "app").glob("*.sql")}
        if newer:
            raise Misconfigured(
                f"The database is newer than this program (it has {', '.join(sorted(newer))}).",
                remedy="run the version of Ringfence that made it, or a later one",
            )
    return applied


def is_prepared(connection: Connection, settings: Settings) -> bool:
    """Tell whether the administrator's part has been done for this role prefix."""
    row = connection.execute(
        """
        select to_regnamespace('ledger') is not null
            and exists (select from pg_roles where rolname = %s)
        """,
        [settings.role("pipeline")],
    ).fetchone()
    return bool(row and row[0])


def _fill(file: Path, settings: Settings, app_role: str) -> str:
    text = file.read_text("utf-8").replace("{{prefix}}", settings.role_prefix)
    if app_role:
        text = text.replace("{{app}}", sql.Identifier(app_role).as_string(None))
    left = re.search(r"{{\w+}}", text)
    if left:
        raise RuntimeError(f"{file.name} holds the unknown placeholder {left[0]}")
    return text
