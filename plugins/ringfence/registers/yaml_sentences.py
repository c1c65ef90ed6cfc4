"""Say in plain words what is wrong with a file that is no YAML, and in which line to mend it."""

from __future__ import annotations

import re

import yaml

_TAB = "a tab stands here: write blanks instead, two for each step inwards"
_COLON = "a value with a colon and a blank in it needs quotes around it"
_NO_BLANK = "a blank is missing after the colon: write `name: value`"
_NO_COLON = "this line has no colon: write `name: value`"
_INDENTED = (
    "this line is set in by another number of blanks than its neighbours: give lines of one group"
    " the same"
)
_QUOTE = "a quotation mark is opened here and never closed"
_AFTER_QUOTE = "something follows a closed quotation mark: put all of the value inside the quotes"
_BRACKET = (
    "a bracket opened here is not closed, or lacks a comma, or holds a value with a colon that"
    " needs quotes"
)
_BRACKET_TOO_MANY = "a bracket is closed here that was never opened"
_SIGN = "a value that begins with one of * & ! % @ ` > | needs quotes around it"
_BACKSLASH = "a backslash stands between double quotes: use single quotes"
_DASHES = "a second document begins here: take out the line `---`"
_OTHER = "this is no YAML: compare the line and the one above it with a register that works"
_NAME_WITHOUT_BLANK = re.compile(r"\s*(?:- )?[\w.-]+:[^\s:/]")


def sentence_of(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str]:
    """Return the line to mend and what to do there; nothing of the file's content is repeated."""
    lines = text.splitlines()
    problem, context = error.problem or "", error.context or ""
    mark = error.problem_mark or error.context_mark
    place = mark.line if mark else 0
    opened = error.context_mark.line if error.context_mark else place
    if r"'\t'" in problem:
        return place + 1, _TAB
    if "end of stream" in problem and "quoted scalar" in context:
        return opened + 1, _QUOTE
    if problem.startswith("expected ',' or"):
        return opened + 1, _BRACKET
    if "escape character" in problem:
        return place + 1, _BACKSLASH
    if "find expected ':'" in problem:
        return opened + 1, _NO_COLON
    if "another document" in problem:
        return place + 1, _DASHES
    if problem.startswith("mapping values"):
        return _misplaced_colon(lines, place, mark.column if mark else 0)
    if problem.startswith(("expected <block end>", "expected '<document start>'")):
        return place + 1, _unexpected(problem, lines, place, mark.column if mark else 0)
    if any(
        words in f"{context} {problem}"
        for words in ("cannot start any token", "alias", "anchor", "tag", "block scalar")
    ):
        return place + 1, _SIGN
    return place + 1, _OTHER


def _misplaced_colon(lines: list[str], place: int, column: int) -> tuple[int, str]:
    line = lines[place] if place < len(lines) else ""
    if ": " in line[:column]:
        return place + 1, _COLON
    above = next((n for n in range(place - 1, -1, -1) if lines[n].strip()), None)
    for number in (place, above):
        if number is not None and _NAME_WITHOUT_BLANK.match(lines[number]):
            return number + 1, _NO_BLANK
    return place + 1, _INDENTED


def _unexpected(problem: str, lines: list[str], place: int, column: int) -> str:
    if problem.endswith(("'}'", "']'")):
        return _BRACKET_TOO_MANY
    before = lines[place][:column].rstrip() if place < len(lines) else ""
    return _AFTER_QUOTE if before.endswith(("'", '"')) else _INDENTED
