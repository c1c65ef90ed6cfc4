"""Read CSV and its relatives: any one-character delimiter, any line end, quotes or none.

A quote that is never closed would swallow the rows after it, stops included. So a record of
several lines is refused (`quote_unclosed`) when it cannot be told from swallowed rows; a broken
quote within one line costs that row only (`row_quote_broken`).
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from pathlib import Path

from ringfence.readers.header import checked_names
from ringfence.readers.lines import (
    LINE_LIMIT,
    RECORD_LIMIT,
    Record,
    RecordTooLongError,
    encoding_wrong,
    open_text,
    physical_lines,
    refuse_unsound_file,
)
from ringfence.readers.row import CELL_LIMIT, FormatSpec, Row, RowFault, no_rows, rejected


def read_delimited(path: Path, spec: FormatSpec, needed: Collection[str]) -> Iterator[Row]:
    """Yield the rows of a delimited file; only one record is held in memory."""
    csv.field_size_limit(LINE_LIMIT + RECORD_LIMIT)
    with open_text(path, spec.encoding, spec.skip_rows) as file:
        record = Record()
        records = _records(physical_lines(file, record), record, spec, path)
        header = _header(records, record, spec, path) if spec.header else spec.columns
        names = checked_names(header, needed, path, has_delimiter=True) if header else ()
        number = misfits = 0
        for cells in records:
            number += 1
            if not names and cells:
                names = checked_names([""] * len(cells), needed, path)
            row = _row(number, names, cells, record, spec, path)
            misfits += row.fault == RowFault.WRONG_CELL_COUNT
            yield row
        refuse_unsound_file(record, spec.encoding, path)
        _refuse_misfit(number, misfits, names, path)


def _records(
    lines: Iterator[str], record: Record, spec: FormatSpec, path: Path
) -> Iterator[list[str] | None]:
    """Yield each record's cells, None for one that cannot be split; blank lines are no records."""
    parsed = csv.reader(
        lines,
        delimiter=spec.delimiter,
        quotechar=spec.quote or None,
        quoting=csv.QUOTE_MINIMAL if spec.quote else csv.QUOTE_NONE,
        strict=True,
    )
    number = 0 if spec.header else 1
    while True:
        record.begin()
        cells: list[str] | None = None
        try:
            cells = next(parsed)
        except StopIteration:
            return
        except RecordTooLongError:
            raise _quote_unclosed(path, number) from None
        except csv.Error:
            if len(record.lines) > 1 or record.file_ended:
                raise _quote_unclosed(path, number) from None
        if cells or cells is None or record.fault:
            yield cells
            number += 1


def _header(
    records: Iterator[list[str] | None], record: Record, spec: FormatSpec, path: Path
) -> list[str]:
    header = next(records, None)
    if record.fault == RowFault.BAD_ENCODING:
        raise encoding_wrong(spec.encoding, path)
    if not header or record.fault:
        raise rejected(
            "header_unreadable",
            "The first line is no header: it has a broken quote, a NUL byte or no end.",
            path,
            "set `format.skip_rows`, `format.quote` or `format.header` to what the file has",
        )
    return header


def _row(
    number: int,
    names: tuple[str, ...],
    cells: list[str] | None,
    record: Record,
    spec: FormatSpec,
    path: Path,
) -> Row:
    if cells is None:
        return Row(number, {}, record.fault or RowFault.QUOTE_BROKEN)
    fault = record.fault
    if len(record.lines) > 1 and _looks_swallowed(cells, record, len(names), spec.delimiter):
        raise _quote_unclosed(path, number)
    if not fault and len(record.lines[0]) > CELL_LIMIT and max(map(len, cells)) > CELL_LIMIT:
        fault = RowFault.CELL_TOO_LARGE
    if not fault and len(cells) != len(names):
        fault = RowFault.WRONG_CELL_COUNT
    cells = ["" if cell.isspace() else cell for cell in cells]
    if not fault:
        return Row(number, dict(zip(names, cells, strict=True)))
    beyond = (f"+{n}" for n in range(1, len(cells) - len(names) + 1))
    kept = (cell[:CELL_LIMIT] for cell in cells)
    return Row(number, dict(zip((*names, *beyond), kept, strict=False)), fault)


def _looks_swallowed(cells: list[str], record: Record, width: int, delimiter: str) -> bool:
    """Tell whether a record of several lines holds whole rows in a quoted cell.

    An honest line break splits the row's delimiters over its lines; swallowed rows bring a full
    set on every line.
    """
    if record.fault == RowFault.CELL_TOO_LARGE or max(map(len, cells)) > CELL_LIMIT:
        return True
    return width > 1 and all(line.count(delimiter) >= width - 1 for line in record.lines)


def _quote_unclosed(path: Path, row: int) -> Exception:
    return rejected(
        "quote_unclosed",
        "A quoted cell is opened and not closed: it would swallow the rows after it.",
        path,
        "correct the quotes in that row, or set `format.quote: ''` if the file does not quote",
        row=row,
    )


def _refuse_misfit(rows: int, misfits: int, names: tuple[str, ...], path: Path) -> None:
    if rows == 0:
        raise no_rows(path)
    if rows == misfits:
        raise rejected(
            "cell_count_wrong",
            f"No row has the {len(names)} cells that its columns ask for.",
            path,
            "check `format.delimiter` and `format.columns` against the file",
        )
