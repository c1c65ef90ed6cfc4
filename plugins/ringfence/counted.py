"""Say a count with its noun: `1 row`, `1,200 rows`."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Return a count and its noun, of which the plural takes an s."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
