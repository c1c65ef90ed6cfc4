"""Cut a cell into parts that hold one run of dialable characters each, before anything is parsed.

The libraries read some pairs of numbers with a comma between them as one valid number with an
extension, and refuse most other lists; 152 cells of one real hospital file hold more than one
number, and each must be screened.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_SEPARATOR = re.compile(
    r"""[;|\n\\&]+
    | (?<!wew)(?<!ext),
      (?!\d*e\+?\d{1,3}(?!\w))                 # 4,47E+11 is one damaged number
      (?!(?<=\d,)0{1,2}\s{0,6}(?:$|[;|\n]))    # 447700900123,0 as well""",
    re.VERBOSE | re.IGNORECASE,
)
_AND = r"(?:/|(?<!\w)(?:lub|i|or|ou|oder|und|and|et|e|o|y|of|en|eller|och|og)(?!\w))"
# An "extension" of seven digits or more is a second number.
_TOKEN = re.compile(
    rf"""(?P<extension>
        (?:(?<![^\W\d_])(?:ext(?:ension|n)?|x|wewn?|w(?=\.)|interno|int|poste|toestel|tst
          |durchwahl|dw|nst|nebenstelle|ankn(?:ytning)?|mell(?:ék)?|klapka|kl|linka|εσωτ
          |anexo|lok)|\#)
        [\s.:,=]{{0,4}}
        (?P<inside>\d{{1,6}}(?:\s{{0,3}}{_AND}\s{{0,3}}\d{{1,6}})*)(?![\s().\-/]{{0,6}}\d)
      )
    | (?P<scientific>\+?\d+(?:[.,]\d+)?e\+?\d{{1,3}}(?!\w))
    | (?P<decimal>(?<![\w.,/()\-+])\+?\d{{5,}}[.,]0{{1,2}}(?![\w.,/()\-]|\s{{0,6}}\d))
    | (?P<run>(?:\+\s?[(\[]?|[(\[]\s?\+?\s?)?\d(?:[\s().\[\]\-/]{{0,6}}\d)*)""",
    re.VERBOSE | re.IGNORECASE,
)
_ONLY_AND = re.compile(rf"[\s,:.()\-~]*{_AND}?[\s:.()\-~]*", re.IGNORECASE)
_NOTE = re.compile(r"\s{0,3}\([^()\d]{1,40}\)")
_FAX = re.compile(r"(?:tele)?fa(?:x|ks|ksi)\b\.?|\bf(?:ax)?[:.]", re.IGNORECASE)
_TELEPHONE = re.compile(r"(?<!\w)(?:t[eéē]l|tālr|phone|mob)", re.IGNORECASE)


class Part(NamedTuple):
    """Hold one run and where it stands; `start:end` takes in its labels and notes."""

    kind: str  # run, scientific, decimal
    run: str
    start: int
    run_start: int
    run_end: int
    end: int
    extension: str | None = None


def split(text: str) -> list[Part]:
    """Return the parts of a clean cell from left to right; words without digits make none."""
    parts: list[Part] = []
    for start, end in _segments(text):
        before = len(parts)
        cursor = start
        for token in _TOKEN.finditer(text, start, end):
            if token["extension"] is None:
                parts.append(_part(token, cursor))
            elif parts:
                parts[-1] = _extend(parts[-1], token)
            else:
                continue
            cursor = parts[-1].end
        if len(parts) > before:
            parts[-1] = parts[-1]._replace(end=end)
    return parts


def _segments(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for separator in _SEPARATOR.finditer(text):
        yield start, separator.start()
        start = separator.end()
    yield start, len(text)


def _part(token: re.Match[str], start: int) -> Part:
    kind = str(token.lastgroup)
    return Part(kind, token.group(), start, token.start(), token.end(), _end(token))


def _extend(part: Part, token: re.Match[str]) -> Part:
    known = join_extensions(part.extension, token["inside"])
    return part._replace(extension=known, end=_end(token))


def _end(token: re.Match[str]) -> int:
    """Give a note in brackets, `(fax)`, to the number before it."""
    note = _NOTE.match(token.string, token.end())
    return note.end() if note else token.end()


def join_extensions(known: str | None, more: str) -> str:
    """Write several extensions of one number as `331/332`."""
    return "/".join([*([known] if known else []), *re.findall(r"\d+", more)])


def stands_alone(text: str, part: Part) -> bool:
    """Tell whether nothing but a blank or an `or` goes with the run: no label, no note."""
    return (
        _ONLY_AND.fullmatch(text, part.start, part.run_start) is not None
        and _ONLY_AND.fullmatch(text, part.run_end, part.end) is not None
    )


def is_fax(text: str, part: Part) -> bool:
    """Tell whether the label names a fax and no telephone beside it (`tel./fax` is both)."""
    label = text[part.start : part.run_start] + " " + text[part.run_end : part.end]
    return bool(_FAX.search(label)) and not _TELEPHONE.search(_FAX.sub(" ", label))
