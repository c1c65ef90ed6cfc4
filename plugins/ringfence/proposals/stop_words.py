"""Find in the cells of a column the words of ours that speak of a stop, or that may.

A phrase and a long word count inside a cell too: a false stop is harmless, and its proposal says
how many rows it stops. What may mean a refusal elsewhere is never read by itself, only told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from ringfence.proposals.header_words import plain
from ringfence.proposals.kind_words import meanings_of, words

IN_AND_CONTAINS = "`in (…)` compares whole cells, `contains (…)` finds words inside them"
_STRONG = 8
"""Letters; a shorter single word (`stop`, `blocked`) counts as a whole cell only."""
_SHOWN = 8
_WORD = re.compile(r"[^\W_]+")
_AS_DISPOSITION = {"wrong_number": "wrong_party", "deceased": "deceased"}

Vocabulary = dict[str, tuple[str, ...]]


def dispositions() -> Vocabulary:
    """Return what the codes of diallers mean, the stops of other files among them."""
    meanings = dict(words("dispositions"))
    for kind, listed in words("suppressions").items():
        meaning = _AS_DISPOSITION.get(kind, "objected")
        meanings[meaning] = (*meanings.get(meaning, ()), *listed)
    return meanings


def phrases_in(cells: Iterable[str]) -> list[str]:
    """Return what of ours stands inside cells and speaks of a stop, spelt as it does there."""
    found: dict[str, int] = {}
    ranked = _inside("suppressions")
    for cell in cells:
        for phrase in set(_pattern("suppressions").findall(plain(cell))):
            if spelt := _spelt_in(cell, phrase):
                found.setdefault(spelt, ranked.index(phrase))
    return sorted(found, key=lambda spelt: found[spelt])


@dataclass(frozen=True, slots=True)
class Doubts:
    """Hold the words of ours that may mean a refusal, and how many different cells have one."""

    words: tuple[str, ...]
    count_cells: int

    @property
    def told(self) -> str:
        more = ", …" if len(self.words) > _SHOWN else ""
        return ", ".join(self.words[:_SHOWN]) + more


def doubts_in(cells: Iterable[str]) -> Doubts:
    """Return what in a column may mean a refusal or a stop."""
    listed = [*cells]
    known = {cell.casefold() for cell in meanings_of(listed, _doubtful()).known}
    held: set[str] = set()
    told: dict[str, None] = {}
    for cell in listed:
        is_known = cell.casefold() in known
        inside = [] if is_known else _pattern("doubtful").findall(plain(cell))
        if is_known or inside:
            held.add(cell.casefold())
            told |= dict.fromkeys([plain(cell)] if is_known else inside)
    return Doubts(tuple(told), len(held))


@cache
def _doubtful() -> Vocabulary:
    """Return every word that can mean a refusal or a stop in some file."""
    answers, codes = words("answers"), dispositions()
    return {
        **{name: answers[name] for name in ("refused", "withdrawn", "objected", "restricted")},
        **{f"loose {name}": listed for name, listed in words("loose_suppressions").items()},
        **{
            f"called {name}": codes[name]
            for name in ("refused", "objected", "wrong_party", "deceased")
        },
    }


@cache
def _inside(name: str) -> list[str]:
    """Return the words of a vocabulary that count inside a cell, in its order."""
    vocabulary = _doubtful() if name == "doubtful" else words(name)
    names = words("names_too")["names_too"]
    listed = [word for listed in vocabulary.values() for word in listed if word not in names]
    strong = [word for word in listed if " " in word or len(word) >= _STRONG]
    return [*dict.fromkeys(("dnc", *strong))]


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """Find them as whole words, of two that begin alike the shorter: it finds the other as well."""
    ours = sorted(_inside(name), key=len)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, ours))})\b")


def _spelt_in(cell: str, phrase: str) -> str | None:
    """Return a phrase of ours with the accents that it has in a cell: conditions compare them."""
    tokens = [(word, plain(word)) for word in _WORD.findall(cell)]
    for start in range(len(tokens)):
        told = ""
        for end in range(start, len(tokens)):
            told = f"{told} {tokens[end][1]}".strip()
            if told == phrase:
                return " ".join(word for word, _ in tokens[start : end + 1]).casefold()
            if not phrase.startswith(told):
                break
    return None
