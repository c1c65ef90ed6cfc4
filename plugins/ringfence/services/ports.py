"""Choose free ports on this machine's own address, below the range of outgoing connections."""

from __future__ import annotations

import socket
import zlib

from ringfence.errors import Refusal

HOST = "127.0.0.1"
# Linux hands out 32768 and up to outgoing connections, macOS 49152 and up: a port remembered from
# those ranges would now and then be taken when we come back for it.
FIRST, LAST = 21000, 29999


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def answers(port: int, timeout: float = 1.0) -> bool:
    """Tell whether somebody listens on this port now."""
    try:
        socket.create_connection((HOST, port), timeout=timeout).close()
    except OSError:
        return False
    return True


def choose_port(
    remembered: int | None, purpose: str, *, avoid: frozenset[int] = frozenset()
) -> int:
    """Return the remembered port while it is free, else the first free one from a stable start.

    `purpose` (a service's name and its home) spreads the starts, so that two homes started at the
    same moment do not pick the same number.
    """
    if remembered and remembered not in avoid and is_free(remembered):
        return remembered
    span = LAST - FIRST + 1
    start = zlib.crc32(purpose.encode()) % span
    for step in range(span):
        port = FIRST + (start + step) % span
        if port not in avoid and is_free(port):
            return port
    raise Refusal(
        f"No free port between {FIRST} and {LAST}.",
        where=HOST,
        remedy="end the programs that hold these ports, then run the command again",
    )
