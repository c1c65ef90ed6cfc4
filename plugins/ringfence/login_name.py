"""Name who runs a command; a container's user may have a number only."""

from __future__ import annotations

import getpass
import os


def login_name() -> str:
    """Return the login, `user 1234` for one that the system has no name for."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.geteuid()}"
