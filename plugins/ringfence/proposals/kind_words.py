"""Recognise columns and cells of files that are no plain leads by the words of kind_words.yml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ringfence.proposals.header_words import IN_PART, match_header, plain
from ringfence.registers.sources import Kind


@cache
def _loaded() -> dict[str, Any]:
    text = Path(__file__).with_suffix(".yml").read_text("utf-8")
    words: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - text only
    return words


@cache
def words(name: str, *inner: str) -> dict[str, tuple[str, ...]]:
    """Return one vocabulary of the file: role or meaning → its words, reduced as headers are."""
    found = _loaded()[name]
    for key in inner:
        found = found[key]
    if isinstance(found, list):
        found = {name: found}
    return {role: tuple(plain(word) for word in listed) for role, listed in found.items()}


def spellings(name: str, meaning: str) -> tuple[str, ...]:
    """Return the words of one meaning as they stand in the file, accents included."""
    return tuple(_loaded()[name][meaning])


def columns_of_kind(kind: Kind, columns: Iterable[str]) -> dict[str, list[tuple[int, str]]]:
    """Return canonical name → (distance, column) of each column a header names, nearest first."""
    found: dict[str, list[tuple[int, str]]] = {}
    vocabulary = words("headers", kind.value)
    for column in columns:
        match = match_header(column, vocabulary)
        if match:
            found.setdefault(match[0], []).append((match[1], column))
    return {role: sorted(named, key=lambda item: item[0]) for role, named in found.items()}


def is_in_any_kind(column: str) -> bool:
    """Tell whether a header is as a whole a column of some kind that is no leads."""
    kinds = (words("headers", kind) for kind in _loaded()["headers"])
    return any((match := match_header(column, kind)) and is_whole(match[1]) for kind in kinds)


def is_named(column: str, vocabulary: str) -> bool:
    """Tell whether a header, or a part of it, is a word of that list."""
    listed = words(vocabulary)
    reduced = plain(column)
    return bool(match_header(column, listed)) or any(
        f" {word} " in f" {reduced} " for phrases in listed.values() for word in phrases
    )


def is_the_word(column: str, vocabulary: str) -> bool:
    """Tell whether a header is as a whole a word of that list."""
    match = match_header(column, words(vocabulary))
    return match is not None and is_whole(match[1])


def is_whole(distance: int) -> bool:
    """Tell whether the header was the word itself, not only held it."""
    return distance < IN_PART


@dataclass(frozen=True, slots=True)
class Meanings:
    """Hold what the cells of a column mean: a word of ours as it was spelt → canonical.

    Only words of the vocabulary are held, so no cell of a file can reach a proposal.
    """

    known: dict[str, str] = field(default_factory=dict)
    count_known: int = 0
    count_unknown: int = 0
    distinct_unknown: int = 0

    @property
    def share(self) -> float:
        whole = self.count_known + self.count_unknown
        return self.count_known / whole if whole else 0.0


def meanings_of(cells: Iterable[str], *vocabularies: Mapping[str, tuple[str, ...]]) -> Meanings:
    """Return what cells mean; an earlier vocabulary wins where a word stands in two."""
    known_words: dict[str, str] = {}
    for vocabulary in vocabularies:
        for meaning, listed in vocabulary.items():
            for word in listed:
                known_words.setdefault(word.replace(" ", ""), meaning)
    known: dict[str, str] = {}
    spelt_before: set[str] = set()
    others: set[str] = set()
    counted = uncounted = 0
    for cell in cells:
        told = known_words.get(plain(cell).replace(" ", ""))
        folded = cell.casefold()
        if not told:
            others.add(folded)
            uncounted += 1
            continue
        counted += 1
        if folded not in spelt_before:
            spelt_before.add(folded)
            known[cell] = told
    return Meanings(known, counted, uncounted, len(others))
