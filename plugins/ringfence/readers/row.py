"""Say what a reader takes (FormatSpec) and what it gives (Row); every reader shares these."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ringfence.clear_text import shown_name
from ringfence.errors import RejectedBatch

CELL_LIMIT = 64 * 1024
"""Characters; Excel ends at 32,767, so a longer cell is a broken export, not a long comment."""


class FormatType(StrEnum):
    """Name the formats a register may declare."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    JSON_LINES = "json_lines"
    FIXED_WIDTH = "fixed_width"
    GB_TPS = "gb_tps"
    US_NDNCR = "us_ndncr"
    CA_DNCL = "ca_dncl"


REGISTER_FORMATS = frozenset({FormatType.GB_TPS, FormatType.US_NDNCR, FormatType.CA_DNCL})
"""Files of official registers: their layout is fixed, so `format.type` is all there is to say."""
NUMBER = "number"
"""The one column of such a file."""
MEMBER = "member"
"""Where a row with a fault stood in a ZIP archive: the member's name."""


class RowFault(StrEnum):
    """Name why a row cannot be used; the strings are reason codes and never change."""

    WRONG_CELL_COUNT = "row_wrong_cell_count"
    NUL_BYTE = "row_nul_byte"
    CELL_TOO_LARGE = "row_cell_too_large"
    BAD_ENCODING = "row_bad_encoding"
    QUOTE_BROKEN = "row_quote_broken"
    NOT_AN_OBJECT = "row_not_an_object"
    KEY_DOUBLED = "row_key_doubled"
    NOT_A_NUMBER = "row_not_a_number"
    AREA_CODE_MISSING = "row_area_code_missing"
    NOT_AN_ELEMENT = "row_not_an_element"
    FORMULA_WITHOUT_VALUE = "row_formula_without_value"
    VALUE_UNREADABLE = "row_value_unreadable"


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one record: `number` counts data rows from 1, `cells` are text, '' when empty.

    With a `fault`, `cells` is what could be read (for the quarantine), never to be mapped;
    cells beyond the header's are named `+1`, `+2` ….
    """

    number: int
    cells: dict[str, str]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class FormatSpec:
    """Say how a file is to be read, as its register declares it."""

    type: FormatType = FormatType.CSV
    delimiter: str = ","
    quote: str = '"'
    header: bool = True
    encoding: str = "utf-8"
    columns: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()
    sheet: str | None = None
    skip_rows: int = 0


def rejected(
    code: str, what: str, path: Path, remedy: str, *, row: int | None = None
) -> RejectedBatch:
    """Build the refusal of a whole file; `row` is a data row number."""
    where = shown_name(path.name) if row is None else f"{shown_name(path.name)}, row {row}"
    return RejectedBatch(what, code=code, where=where, remedy=remedy)


NO_ROWS = "file_has_no_rows"


def no_rows(path: Path) -> RejectedBatch:
    """Build the refusal of a file without a single row; its header, if any, was checked first."""
    return rejected(
        NO_ROWS,
        "The file holds no rows, only a header or nothing.",
        path,
        "ask the sender whether nothing was meant, or whether the export failed",
    )
