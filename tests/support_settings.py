"""Make settings for a test without the environment."""

from __future__ import annotations

from pathlib import Path

from ringfence.settings import Settings


def settings_for(home: Path, url: str | None, prefix: str, registers: Path) -> Settings:
    return Settings(
        home=home,
        database_url=url,
        database_conn_id=None,
        role_prefix=prefix,
        registers=registers,
        key_file=None,
        checkpoints=home / "checkpoints",
        notify_conn_id=None,
    )
