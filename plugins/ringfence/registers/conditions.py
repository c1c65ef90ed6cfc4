"""Parse and apply the conditions of a register's `when`.

`=`, `in (…)`, `not in (…)`, `contains (…)` (a phrase, as whole words) and `is not empty` ask one
column; `and` binds closer than `or`. An empty cell is in no list and out of none. A name or value
may be written bare (`Lead Status = New`) or in quotes, which it needs when it holds one of these
words or signs. Values are compared without regard to case or outer blanks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<sign>[=(),])|(?P<word>[^\s=(),]+))"""
)
_WORD = re.compile(r"[^\W_]+")
_WORDS_THAT_END_A_NAME = ("in", "is", "contains")
_WORDS_THAT_END_A_CLAUSE = ("and", "or")


class ConditionError(ValueError):
    """Say what is wrong with a condition; `position` counts characters from 1."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message}, at character {position}")
        self.position = position


@dataclass(frozen=True, slots=True)
class Clause:
    """Put a question to the cell of one column, given stripped and casefolded."""

    column: str
    asks: Callable[[str], object]

    def holds(self, cells: Mapping[str, str]) -> bool:
        return bool(self.asks(cells.get(self.column, "").strip().casefold()))


@dataclass(frozen=True, slots=True)
class Condition:
    """Hold when every clause of one of its alternatives holds."""

    alternatives: tuple[tuple[Clause, ...], ...]

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(clause.column for clauses in self.alternatives for clause in clauses)

    def holds(self, cells: Mapping[str, str]) -> bool:
        return any(all(clause.holds(cells) for clause in clauses) for clauses in self.alternatives)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    kind: str
    start: int
    end: int

    def says(self, *texts: str) -> bool:
        return self.kind in ("word", "sign") and self.text.casefold() in texts


def parse_condition(text: str) -> Condition:
    """Parse `text` once. Raises ConditionError."""
    reader = _Reader(text)
    alternatives = [[reader.clause()]]
    while not reader.is_at_end:
        if reader.accepts("or"):
            alternatives.append([])
        else:
            reader.expect("and")
        alternatives[-1].append(reader.clause())
    return Condition(tuple(map(tuple, alternatives)))


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.place = 0

    @property
    def is_at_end(self) -> bool:
        return self.place == len(self.tokens)

    def clause(self) -> Clause:
        column = self._phrase("a column name", "=", *_WORDS_THAT_END_A_NAME)
        if self.accepts("="):
            return Clause(column, self._value(*_WORDS_THAT_END_A_CLAUSE).__eq__)
        if self.accepts("in"):
            return Clause(column, self._values().__contains__)
        if self.accepts("contains"):
            return Clause(column, self._phrases().search)
        if self.accepts("not"):
            self.expect("in")
            excluded = self._values()
            return Clause(column, lambda cell: cell and cell not in excluded)
        if self.accepts("is"):
            self.expect("not")
            self.expect("empty")
            return Clause(column, bool)
        raise self._error("expected `=`, `in (…)`, `not in (…)`, `contains (…)` or `is not empty`")

    def accepts(self, text: str) -> bool:
        """Take the next token if it is that word or sign."""
        if self.is_at_end or not self.tokens[self.place].says(text):
            return False
        self.place += 1
        return True

    def expect(self, text: str) -> None:
        if not self.accepts(text):
            raise self._error(f"expected `{text}`")

    def _values(self) -> frozenset[str]:
        self.expect("(")
        values = {self._value(",", ")")}
        while self.accepts(","):
            values.add(self._value(",", ")"))
        self.expect(")")
        return frozenset(values)

    def _phrases(self) -> re.Pattern[str]:
        """Return what finds one of the phrases as whole words, whatever stands between them."""
        start = self.place
        listed = [_WORD.findall(phrase) for phrase in sorted(self._values())]
        if not all(listed):
            self.place = start
            raise self._error("every phrase needs a letter or a digit")
        phrases = "|".join(r"[\W_]+".join(map(re.escape, found)) for found in listed)
        return re.compile(rf"(?<![^\W_])(?:{phrases})(?![^\W_])")

    def _value(self, *ends: str) -> str:
        return self._phrase("a value", *ends).strip().casefold()

    def _phrase(self, what: str, *ends: str) -> str:
        """Take one quoted text, or the words up to one of `ends` as they are spelt."""
        if not self.is_at_end and self.tokens[self.place].kind == "quoted":
            self.place += 1
            return self.tokens[self.place - 1].text
        first = self.place
        while not self.is_at_end:
            token = self.tokens[self.place]
            if token.kind != "word" or token.says(*ends) or self._is_not_in(ends):
                break
            self.place += 1
        if first == self.place:
            raise self._error(f"expected {what}")
        return self.text[self.tokens[first].start : self.tokens[self.place - 1].end]

    def _is_not_in(self, ends: tuple[str, ...]) -> bool:
        """Tell `X not in (…)` from a name that holds the word: `Do not call = yes`."""
        pair = self.tokens[self.place : self.place + 2]
        return "in" in ends and len(pair) == 2 and pair[0].says("not") and pair[1].says("in")

    def _error(self, message: str) -> ConditionError:
        at = len(self.text) if self.is_at_end else self.tokens[self.place].start
        return ConditionError(message, at + 1)


def _tokens(text: str) -> list[_Token]:
    tokens = []
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise ConditionError("this cannot be read", place + 1)
        kind = match.lastgroup if match.lastgroup in ("sign", "word") else "quoted"
        if kind == "word" and match["word"][0] in "\"'":
            raise ConditionError("a quote is not closed", match.start("word") + 1)
        start, end = match.span(match.lastgroup)
        tokens.append(_Token(match[match.lastgroup], kind, start, end))
        place = match.end()
    return tokens
