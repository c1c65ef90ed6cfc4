"""Find the line in which a quoted cell is opened and not closed, for a file that is not understood.

The line is the file's own, counted from 1, as an editor shows it.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from ringfence.clear_text import shown_name
from ringfence.errors import Refusal
from ringfence.readers.sniff import HEAD_BYTES, encoding_of

DELIMITERS = ",;\t|~^"
QUOTES = "\"'"


def refuse_open_quote(path: Path) -> None:
    """Raise Refusal where a quote that is not closed is why nothing was found in a file."""
    if line := line_of_open_quote(path):
        raise Refusal(
            "A quoted cell is opened and not closed, so the rows cannot be told apart.",
            where=f"{shown_name(path.name)}, line {line}",
            remedy="close the quote in that line or take it out, then propose again; if there are"
            " more of them, export the file again",
        )


def line_of_open_quote(path: Path) -> int | None:
    """Return the line where the first quote opens that is not closed before the cell's end."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    text = head.decode(encoding_of(head), errors="replace").lstrip("\ufeff")
    lines = list(io.StringIO(text, newline=""))
    is_whole = len(head) < HEAD_BYTES
    for quote in QUOTES:
        for delimiter in sorted(DELIMITERS, key=lambda one: -text.count(one)):
            if _is_quoting(text, delimiter, quote):
                return _first_broken(lines, delimiter, quote, is_whole=is_whole)
    return None


def _is_quoting(text: str, delimiter: str, quote: str) -> bool:
    """Tell whether cells begin with the quote; an apostrophe is one only where another cell ends.

    A name such as 's-Gravenhage begins with an apostrophe and quotes nothing.
    """
    edge = re.escape(delimiter)
    whole = rf"(?m)(?:^|{edge}){quote}[^{quote}\r\n]*{quote}(?:{edge}|\r?$)"
    begun = rf"(?m)(?:^|{edge}){quote}"
    return bool(re.search(begun if quote == '"' else whole, text))


def _first_broken(lines: list[str], delimiter: str, quote: str, *, is_whole: bool) -> int | None:
    parsed = csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=True)
    begins = 1
    try:
        for _ in parsed:
            begins = parsed.line_num + 1
    except csv.Error:
        # The head may end within a cell that is closed further on.
        if is_whole or parsed.line_num < len(lines):
            return begins
    return None
