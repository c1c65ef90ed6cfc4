"""Call a command of ours in a test's own home and database."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner, Result

from ringfence.errors import RingfenceError
from ringfence.settings import Settings


def run_command(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    command: click.Command,
    *arguments: str,
    typed: str = "",
) -> Result:
    """Run a command that has to go well; `typed` comes by standard input."""
    monkeypatch.setenv("RINGFENCE_HOME", str(settings.home))
    if settings.database_url:
        monkeypatch.setenv("RINGFENCE_DATABASE_URL", settings.database_url)
    else:
        monkeypatch.delenv("RINGFENCE_DATABASE_URL", raising=False)
    monkeypatch.setenv("RINGFENCE_ROLE_PREFIX", settings.role_prefix)
    result = CliRunner().invoke(command, arguments, input=f"{typed}\n")
    if isinstance(result.exception, RingfenceError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result
