"""Read yes and no: what is empty says nothing, and a doubtful word is read against the call."""

from __future__ import annotations

YES = {"1", "true", "t", "yes", "y", "ja", "oui", "si", "sí"}
NO = {"0", "false", "f", "no", "n", "nein", "non"}


def flag(word: str) -> bool | None:
    """Return what a cell says, None for a word that is neither."""
    return True if word.lower() in YES else False if word.lower() in NO else None


def merit(word: str) -> bool | None:
    """Return what a cell says in favour of a row: a word that is no clear yes counts as no."""
    return word.lower() in YES if word else None


def flaw(word: str) -> bool | None:
    """Return what a cell says against a row: a word that is no clear no counts as yes."""
    return word.lower() not in NO if word else None
