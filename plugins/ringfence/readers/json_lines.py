"""Read JSON lines: one object per line, numbers kept as they are spelt, nesting as dotted names."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from ringfence.readers.header import missing_columns
from ringfence.readers.lines import Record, open_text, physical_lines, refuse_unsound_file
from ringfence.readers.row import CELL_LIMIT, FormatSpec, Row, RowFault, no_rows, rejected
from ringfence.readers.text import DoubledKeyError, flatten

_HALF = re.compile("[\ud800-\udfff]")


def read_json_lines(path: Path, spec: FormatSpec, needed: Collection[str]) -> Iterator[Row]:
    """Yield one row per non-blank line; a column that no row holds is refused at the end.

    A first line that is no JSON, or a last one cut short, breaks the file; others are row faults.
    """
    with open_text(path, spec.encoding, spec.skip_rows) as file:
        record = Record()
        number = count_read = 0
        unseen = set(needed)
        for line in physical_lines(file, record):
            if line.isspace() and not record.fault:
                record.begin()
                continue
            number += 1
            row = _row(number, line, record, path)
            count_read += row.fault is None
            unseen.difference_update(row.cells)
            yield row
            record.begin()
        refuse_unsound_file(record, spec.encoding, path)
    if number == 0:
        raise no_rows(path)
    if not count_read:
        raise _broken(path, 1)
    if unseen:
        raise missing_columns(unseen, path)


def _row(number: int, line: str, record: Record, path: Path) -> Row:
    if record.fault:
        return Row(number, {}, record.fault)
    try:
        cells = flatten(_object(line))
    except (ValueError, RecursionError) as error:
        if isinstance(error, json.JSONDecodeError) and (number == 1 or line[-1] not in "\r\n"):
            raise _broken(path, number) from None
        doubled = isinstance(error, DoubledKeyError)
        return Row(number, {}, RowFault.KEY_DOUBLED if doubled else RowFault.NOT_AN_OBJECT)
    if len(line) > CELL_LIMIT and any(len(cell) > CELL_LIMIT for cell in cells.values()):
        return Row(number, {}, RowFault.CELL_TOO_LARGE)
    if r"\u" in line:  # the only way that a NUL or half a character can still come in
        if any("\0" in cell for cell in cells.values()):
            return Row(number, {}, RowFault.NUL_BYTE)
        if any(_HALF.search(text) for pair in cells.items() for text in pair):
            return Row(number, {}, RowFault.BAD_ENCODING)
    return Row(number, cells)


def _object(line: str) -> dict[str, Any]:
    # Numbers stay text: 0049 is no JSON, but 4.47E+11 is, and must arrive as it was spelt.
    parsed = json.loads(
        line, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_distinct
    )
    if not isinstance(parsed, dict):
        raise ValueError
    return parsed


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise DoubledKeyError
    return record


def _broken(path: Path, row: int) -> Exception:
    return rejected(
        "file_broken",
        "The file is not JSON lines, or was cut short: this line is no complete JSON value.",
        path,
        "ask for one object per line, and for the file to be sent again",
        row=row,
    )
