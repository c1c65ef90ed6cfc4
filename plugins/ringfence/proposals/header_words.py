"""Recognise a column's role by its header, with the words of header_words.yml."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-Z])")
_CLEAR = frozenset({"phone", "mobile", "fax", "email"})
IN_PART = 100
_SHORT = 3
_LONG = 7
"""A shorter single word of other roles (`id`, `nombre`, `land`) matches a whole header only."""


def plain(header: str) -> str:
    """Reduce a header to comparable words: `Numéro_de téléphone` → `numero de telephone`."""
    spaced = _CAMEL.sub(" ", header)
    decomposed = unicodedata.normalize("NFKD", spaced.casefold())
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", " ", letters).strip()


@cache
def _words() -> dict[str, tuple[str, ...]]:
    text = Path(__file__).with_suffix(".yml").read_text("utf-8")
    loaded: dict[str, list[str]] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - text only
    return {role: tuple(plain(word) for word in words) for role, words in loaded.items()}


def role_of_header(header: str) -> tuple[str, int] | None:
    """Return the role a header names and how far off the match is (0 = the whole header)."""
    return match_header(header, _words())


def is_a_phone(header: str) -> bool:
    """Tell whether a header is as a whole the name of a phone column."""
    match = role_of_header(header)
    return match is not None and match[0] in ("phone", "mobile") and match[1] < IN_PART


def match_header(header: str, vocabulary: Mapping[str, tuple[str, ...]]) -> tuple[str, int] | None:
    """Return the role of `vocabulary` that a header names and how far off the match is.

    A whole header (of a nested name, its end) wins over a part; among parts the longest phrase, so
    that `Fax number` is no phone. Whoever is called a fax anywhere is one. From IN_PART on the
    phrase is only a part of the header.
    """
    words = plain(header)
    whole = {name.replace(" ", "") for name in (words, plain(header.rpartition(".")[2]))}
    parts: list[tuple[int, str, int]] = []
    for role, phrases in vocabulary.items():
        for rank, phrase in enumerate(phrases):
            if phrase.replace(" ", "") in whole:
                return role, rank
            if _may_be_part(role, phrase) and re.search(rf"\b{phrase}\b", words):
                parts.append((len(phrase), role, IN_PART + rank))
    if not parts:
        return None
    fax = [part for part in parts if part[1] == "fax"]
    _, role, rank = max(fax or parts)
    return role, rank


def _may_be_part(role: str, phrase: str) -> bool:
    return " " in phrase or len(phrase) >= (_SHORT if role in _CLEAR else _LONG)
