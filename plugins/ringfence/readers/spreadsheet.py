"""Read one sheet of an XLSX workbook row by row, every cell as text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, time
from pathlib import Path
from typing import Any

from ringfence.errors import RingfenceError
from ringfence.readers.header import checked_names
from ringfence.readers.row import CELL_LIMIT, FormatSpec, Row, RowFault, no_rows, rejected
from ringfence.readers.text import text_of

_SCIENTIFIC = re.compile(r"0(?:\.(0+))?E\+0+", re.IGNORECASE)
_ZEROS = re.compile(r"0{2,}")


def read_spreadsheet(path: Path, spec: FormatSpec, needed: Collection[str]) -> Iterator[Row]:
    """Yield the non-empty rows of the sheet; rows shorter than the header end in empty cells."""
    names: tuple[str, ...] = ()
    if not spec.header and spec.columns:
        names = checked_names(spec.columns, needed, path)
    number = 0
    for cells in _records(path, spec):
        if not names:
            names = checked_names(cells if spec.header else [""] * len(cells), needed, path)
            if spec.header:
                continue
        number += 1
        yield _row(number, names, cells)
    if number == 0:
        raise no_rows(path)


def _row(number: int, names: tuple[str, ...], cells: list[str]) -> Row:
    # A trailing cell that was once formatted is no cell; only text beyond the header is a fault.
    width = len(names)
    if len(cells) > width and any(cells[width:]):
        beyond = (f"+{n}" for n in range(1, len(cells) - width + 1))
        kept = dict(zip((*names, *beyond), cells, strict=True))
        return Row(number, kept, RowFault.WRONG_CELL_COUNT)
    if any(len(cell) > CELL_LIMIT for cell in cells):
        return Row(number, {}, RowFault.CELL_TOO_LARGE)
    padded = cells[:width] + [""] * (width - len(cells))
    return Row(number, dict(zip(names, padded, strict=True)))


def visible_sheets(path: Path) -> list[str]:
    """Return the titles of the sheets that a person opening the workbook sees."""
    with _workbook(path) as workbook:
        return [sheet.title for sheet in _visible(workbook)]


def first_rows(path: Path, spec: FormatSpec, count: int) -> list[list[str]]:
    """Return the sheet's first rows as they stand, empty ones included."""
    with _workbook(path) as workbook:
        sheet = _sheet(workbook, spec.sheet, path)
        sheet.reset_dimensions()
        return [[_text_of_cell(cell) for cell in row] for row in sheet.iter_rows(max_row=count)]


def _records(path: Path, spec: FormatSpec) -> Iterator[list[str]]:
    with _workbook(path) as workbook:
        sheet = _sheet(workbook, spec.sheet, path)
        sheet.reset_dimensions()  # what a sheet says about its own size is often wrong
        for cells in sheet.iter_rows(min_row=spec.skip_rows + 1):
            texts = [_text_of_cell(cell) for cell in cells]
            if any(texts):
                yield texts


@contextmanager
def _workbook(path: Path) -> Iterator[Any]:
    from openpyxl import load_workbook

    try:
        with path.open("rb") as file:
            workbook = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            with closing(workbook):
                yield workbook
    except (RingfenceError, MemoryError):
        raise
    except Exception:  # a damaged workbook makes zipfile, expat and openpyxl raise nearly anything
        raise rejected(
            "file_broken",
            "The workbook cannot be read: it is damaged or was cut short.",
            path,
            "open and save it again in the spreadsheet program, or ask for it to be sent again",
        ) from None


def _visible(workbook: Any) -> list[Any]:
    return [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]


def _sheet(workbook: Any, wanted: str | None, path: Path) -> Any:
    sheets = {sheet.title: sheet for sheet in workbook.worksheets}
    if wanted is not None and wanted in sheets:
        return sheets[wanted]
    shown = _visible(workbook)
    if wanted is None and len(shown) == 1:
        return shown[0]
    what = "has several sheets" if wanted is None else f"has no sheet `{wanted}`"
    raise rejected(
        "sheet_missing",
        f"The workbook {what}; it holds {len(sheets)}.",
        path,
        "name the sheet in `format.sheet`",
    )


def _text_of_cell(cell: Any) -> str:
    value = cell.value
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return text_of(value)
    if isinstance(value, int | float):
        return _as_displayed(value, cell.number_format)
    if isinstance(value, datetime) and value.time() == time.min:
        return value.date().isoformat()
    return text_of(value)


def _as_displayed(value: float, number_format: str) -> str:
    """Show a number as the sheet does where that decides what it is.

    `0.00E+00` has lost digits for whoever reads the sheet, and stays lost; `00000000000` keeps the
    leading zeros of a phone number or postcode.
    """
    if scientific := _SCIENTIFIC.fullmatch(number_format):
        return f"{value:.{len(scientific[1] or '')}E}"
    if _ZEROS.fullmatch(number_format) and float(value).is_integer():
        return f"{int(value):0{len(number_format)}d}"
    return text_of(value)
