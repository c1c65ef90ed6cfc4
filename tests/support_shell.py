"""Run the real command line in a process and an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ringfence.settings import Settings, clean_environment

Done = subprocess.CompletedProcess[str]
PLUGINS = str(Path(__file__).parents[1] / "plugins")


def variables_of(settings: Settings) -> dict[str, str]:
    """Return what the command line has to be told to use these settings."""
    told = {
        "RINGFENCE_HOME": str(settings.home),
        "RINGFENCE_REGISTERS": str(settings.registers),
        "RINGFENCE_ROLE_PREFIX": settings.role_prefix,
    }
    url = {"RINGFENCE_DATABASE_URL": settings.database_url} if settings.database_url else {}
    return {**told, **url}


def shell(
    *arguments: str,
    given: str = "",
    before: Callable[[], None] | None = None,
    timeout: float = 240,
    **variables: str,
) -> Done:
    """Run `ringfence <arguments>`; nothing of the caller's own settings gets in."""
    kept = {name: value for name, value in clean_environment().items() if "RINGFENCE" not in name}
    return subprocess.run(
        [sys.executable, "-P", "-m", "ringfence", *arguments],
        env={**kept, "PYTHONPATH": PLUGINS, **variables},
        input=given,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
        preexec_fn=before,
        check=False,
    )


def check_told(done: Done, code: int, *words: str) -> None:
    """Check that a command ended in what, where and what to do, and never in a traceback."""
    told = done.stdout + done.stderr
    assert "Traceback" not in told, told
    assert done.returncode == code, told
    assert "do:" in done.stderr, told
    for word in words:
        assert word in done.stderr, told


def is_root() -> bool:
    """Tell whether this process may mount."""
    return os.geteuid() == 0
