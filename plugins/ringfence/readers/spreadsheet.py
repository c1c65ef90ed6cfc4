"""Read one sheet of an XLSX workbook row by row, every cell as text.

Rows and columns that are hidden are read: they are in the file. A hidden sheet is read when it is
named. A formula whose value the file does not hold is a fault of its row, never an empty cell.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from ringfence.errors import RingfenceError
from ringfence.readers.header import checked_names
from ringfence.readers.merged_cells import (
    MOST_RANGES,
    Spreading,
    TooManyRangesError,
    ranges_in,
)
from ringfence.readers.row import CELL_LIMIT, FormatSpec, Row, RowFault, no_rows, rejected
from ringfence.readers.text import text_of

_SCIENTIFIC = re.compile(r"0(?:\.(0+))?E\+0+", re.IGNORECASE)
_ZEROS = re.compile(r"0{2,}")
_LOST = "formula without a value"


Cells = list[str | None]
"""The texts of a row; None is a formula that nobody has calculated."""


def read_spreadsheet(
    path: Path, spec: FormatSpec, needed: Collection[str], wanted: Collection[str] | None = None
) -> Iterator[Row]:
    """Yield the non-empty rows of the sheet; rows shorter than the header end in empty cells."""
    names: tuple[str, ...] = ()
    if not spec.header and spec.columns:
        names = checked_names(spec.columns, needed, path)
    number = 0
    with _workbook(path) as workbook:
        sheet = _sheet(workbook, spec.sheet, path)
        merged = _merged(sheet, path)
        merged.begin(spec.skip_rows + 1)
        for place, cells in _rows(sheet):
            if place <= spec.skip_rows or all(cell == "" for cell in cells):
                continue
            if not names:
                header = [cell or "" for cell in cells] if spec.header else [""] * len(cells)
                names = checked_names(header, needed, path)
                if spec.header:
                    merged.begin(place + 1)
                    continue
            merged.spread(place, cells, len(names))
            number += 1
            yield _row(number, names, cells, wanted)
    if number == 0:
        raise no_rows(path)


def _row(number: int, names: tuple[str, ...], cells: Cells, wanted: Collection[str] | None) -> Row:
    # A trailing cell that was once formatted is no cell; only text beyond the header is a fault.
    width = len(names)
    texts = [cell or "" for cell in cells]
    if len(cells) > width and any(texts[width:]):
        beyond = (f"+{n}" for n in range(1, len(cells) - width + 1))
        kept = dict(zip((*names, *beyond), texts, strict=True))
        return Row(number, kept, RowFault.WRONG_CELL_COUNT)
    if any(len(text) > CELL_LIMIT for text in texts):
        return Row(number, {}, RowFault.CELL_TOO_LARGE)
    texts = texts[:width] + [""] * (width - len(texts))
    unknown = (name for name, cell in zip(names, cells, strict=False) if cell is None)
    is_lost = any(wanted is None or name in wanted for name in unknown)
    fault = RowFault.FORMULA_WITHOUT_VALUE if is_lost else None
    return Row(number, dict(zip(names, texts, strict=True)), fault)


def visible_sheets(path: Path) -> list[str]:
    """Return the titles of the sheets that a person opening the workbook sees."""
    with _workbook(path) as workbook:
        return [sheet.title for sheet in _visible(workbook)]


def first_rows(path: Path, spec: FormatSpec, count: int) -> list[list[str]]:
    """Return the sheet's first rows as they stand, empty ones included."""
    found: list[list[str]] = []
    with _workbook(path) as workbook:
        for place, cells in _rows(_sheet(workbook, spec.sheet, path)):
            found += [[]] * min(place - len(found) - 1, count)
            found.append([cell or "" for cell in cells])
            if len(found) >= count:
                break
    return found[:count]


def _rows(sheet: Any) -> Iterator[tuple[int, Cells]]:
    """Yield each row that the sheet holds, with its number; what it says of its size is ignored.

    This is openpyxl's own loop for a read-only sheet, with a parser that knows a formula without
    a value from an empty cell.
    """
    from openpyxl.cell.read_only import ReadOnlyCell

    with sheet._get_source() as source:
        parser = _parser_class()(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=sheet.parent.epoch,
            date_formats=sheet.parent._date_formats,
            timedelta_formats=sheet.parent._timedelta_formats,
        )
        for place, row in parser.parse():
            cells: Cells = [""] * (row[-1]["column"] if row else 0)
            for cell in row:
                text = None
                if cell["data_type"] != _LOST:
                    text = _text_of_cell(ReadOnlyCell(sheet, **cell))
                cells[cell["column"] - 1] = text
            yield place, cells


@cache
def _parser_class() -> Any:
    from openpyxl.worksheet import _reader as reader

    class Parser(reader.WorkSheetParser):  # type: ignore[misc]
        """Mark a formula without a value; one that came to an empty text has the type `str`."""

        def parse_cell(self, element: Any) -> Any:
            cell = super().parse_cell(element)
            if (
                cell["value"] is None
                and cell["data_type"] != "str"
                and element.find(reader.FORMULA_TAG) is not None
            ):
                cell["data_type"] = _LOST
            return cell

    return Parser


def _merged(sheet: Any, path: Path) -> Spreading:
    with sheet._get_source() as source:
        try:
            return Spreading(ranges_in(source))
        except TooManyRangesError:
            raise rejected(
                "merged_cells",
                f"The sheet has more than {MOST_RANGES:,} merged ranges: that is no table.",
                path,
                "split the merged cells, or ask for the data itself",
            ) from None


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
