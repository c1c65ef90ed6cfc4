"""Find how a text file is laid out: JSON lines, delimiter and quotes, a header, fixed widths.

What is not certain is decided so that no row can vanish: without evidence there is no header.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path

from ringfence.clear_text import shown_name
from ringfence.errors import Misconfigured, Refusal
from ringfence.proposals.header_words import role_of_header
from ringfence.proposals.open_quote import DELIMITERS, refuse_open_quote
from ringfence.readers.gb_tps import is_tps_record
from ringfence.readers.row import NUMBER, FormatSpec, FormatType
from ringfence.readers.sniff import HEAD_BYTES, Content, content_of, encoding_of
from ringfence.readers.spreadsheet import first_rows, visible_sheets

SAMPLE_LINES = 500
CERTAIN_LINES = 50
"""Fewer lines of equal length do not prove fixed widths."""
CERTAIN_RECORDS = 10
"""Of TPS: a length and digits that begin with 0 prove more than a length alone."""
MOST_PREAMBLE = 10
_DATA = re.compile(r"\d{4}|@|^[\d.,:/\s-]*\d[\d.,:/\s-]*$")


def find_format(path: Path) -> FormatSpec:
    """Return the format of a file; raises Misconfigured without one, Refusal for an unknown one."""
    if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe would never answer
        raise Misconfigured(
            "This is no ordinary file.", where=shown_name(path.name), remedy="give the file itself"
        )
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        what = f"The file cannot be opened: {error.strerror}."
        raise Misconfigured(what, where=str(path), remedy="check the path") from None
    content = content_of(head)
    if content == Content.ZIP:
        return _find_sheet(path)
    if content == Content.PARQUET:
        return FormatSpec(FormatType.PARQUET)
    if content != Content.TEXT:
        raise Refusal(
            f"The file is {content.value}; there is nothing to propose.",
            where=shown_name(path.name),
            remedy="take the export itself, unpacked",
        )
    encoding = encoding_of(head)
    text = head.decode(encoding, errors="replace").lstrip("\ufeff")
    lines = list(io.StringIO(text, newline=""))  # str.splitlines knows more line ends than files do
    if len(head) == HEAD_BYTES and len(lines) > 1:
        lines.pop()  # the head may end within a line
    return replace(_find_layout(lines[:SAMPLE_LINES], path), encoding=encoding)


def _find_sheet(path: Path) -> FormatSpec:
    sheets = visible_sheets(path)
    spec = FormatSpec(FormatType.XLSX, sheet=sheets[0] if len(sheets) > 1 else None)
    rows = first_rows(path, spec, SAMPLE_LINES)
    skipped = count_preamble(rows)
    filled = [row for row in rows[skipped:] if any(row)]
    return replace(spec, skip_rows=skipped, header=bool(filled) and has_header(filled))


def _find_layout(lines: list[str], path: Path) -> FormatSpec:
    first = next((line.strip() for line in lines if line.strip()), "")
    if _is_json(first):
        return FormatSpec(FormatType.JSON_LINES)
    if len(lines) >= CERTAIN_RECORDS and all(map(is_tps_record, lines)):
        return FormatSpec(FormatType.GB_TPS, header=False, columns=(NUMBER,))
    if first in ("{", "[") or re.match(r"\[\s*\{", first):
        raise Refusal(
            "The file is one JSON document; JSON lines are read, one object a line.",
            where=shown_name(path.name),
            remedy="export it as JSON lines, or turn it: jq -c '.[]' file.json > file.jsonl",
        )
    found = _find_delimiter(lines)
    if found is None and (widths := _find_widths(lines)):
        spec = FormatSpec(FormatType.FIXED_WIDTH, widths=widths, header=False)
        ends = [sum(widths[: place + 1]) for place in range(len(widths))]
        rows = [
            [line[end - width : end].strip() for end, width in zip(ends, widths, strict=True)]
            for line in lines
        ]
    else:
        delimiter, quote = found or (",", '"')
        skipped = count_preamble([next(csv.reader([line], delimiter=delimiter)) for line in lines])
        spec = FormatSpec(FormatType.CSV, delimiter, quote, skip_rows=skipped)
        rows = [row for row in _parse(lines[skipped:], delimiter, quote) or [] if row]
    if not rows:
        refuse_open_quote(path)
        raise Refusal(
            "No layout was found: neither a delimiter nor fixed widths nor JSON lines.",
            where=shown_name(path.name),
            remedy="write the register by hand from another one in dags/sources",
        )
    return replace(spec, header=has_header(rows))


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _find_delimiter(lines: list[str]) -> tuple[str, str] | None:
    """Return the delimiter and quote that cut nine in ten records into most equal pieces."""
    best: tuple[int, float] = (1, 0)
    found = None
    for delimiter in DELIMITERS:
        for quote in _quotes(lines, delimiter):
            records = _parse(lines, delimiter, quote)
            if records is None:
                continue
            widths = Counter(len(record) for record in records if record)
            width, count = widths.most_common(1)[0] if widths else (1, 0)
            share = count / max(1, widths.total())
            if width > 1 and share >= 0.9 and (width, share) > best:
                best, found = (width, share), (delimiter, quote)
    return found


def _quotes(lines: list[str], delimiter: str) -> list[str]:
    edge = re.escape(delimiter)
    text = "".join(lines)
    quoted = [
        quote
        for quote in "\"'"
        if re.search(rf"(?m)(?:^|{edge}){quote}[^{quote}]*{quote}(?:{edge}|\r?$)", text)
    ]
    return [*quoted[:1], ""] if quoted else ['"', ""]


def _parse(lines: list[str], delimiter: str, quote: str) -> list[list[str]] | None:
    """Return the records of the sample, or None where the quotes do not work out."""
    records: list[list[str]] = []
    parsed = csv.reader(
        lines,
        delimiter=delimiter,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        strict=True,
    )
    try:
        records.extend(parsed)
    except csv.Error:
        # The sample may end within a quoted cell; elsewhere the quote is none.
        return records if parsed.line_num >= len(lines) >= SAMPLE_LINES else None
    return records


def count_preamble(rows: list[list[str]]) -> int:
    """Count the lines above the table: a title, a date, blank ones; far fewer cells than it has."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    usual = sorted(filled)[len(filled) // 2] if filled else 0
    if usual < 3:
        return 0
    first = next(place for place, count in enumerate(filled) if count > max(1, usual / 3))
    return first if first <= MOST_PREAMBLE else 0


def has_header(rows: list[list[str]]) -> bool:
    """Tell whether the first row names columns.

    It must look like no data itself; and either hold a word of header_words.yml, or stand above
    columns that look like data throughout.
    """
    first = [cell.strip() for cell in rows[0]]
    filled = [cell for cell in first if cell]
    if any(_DATA.search(cell) for cell in filled) or len(set(filled)) < len(filled):
        return False
    if len(filled) * 2 <= len(first):
        return False
    if any(role_of_header(cell) for cell in filled):
        return True
    below = [row for row in islice(rows, 1, None) if len(row) == len(first)]
    columns = ([row[place].strip() for row in below] for place in range(len(first)))
    return any(_is_data(column) for column in columns)


def _is_data(cells: list[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return len(filled) >= 3 and sum(bool(_DATA.search(c)) for c in filled) >= 0.8 * len(filled)


def _find_widths(lines: list[str]) -> tuple[int, ...]:
    """Return widths only where certain: lines of one length, cut by blanks at the same places."""
    texts = [line.rstrip("\r\n") for line in lines if line.strip()]
    lengths = {len(text) for text in texts}
    if len(texts) < CERTAIN_LINES or len(lengths) != 1:
        return ()
    length = lengths.pop()
    used = [any(text[place] != " " for text in texts) for place in range(length)]
    starts = [place for place in range(1, length) if used[place] and not used[place - 1]]
    edges = [0, *starts, length]
    return tuple(b - a for a, b in pairwise(edges)) if starts else ()
