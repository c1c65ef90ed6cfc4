"""Read files and tables to rows of text; what a file claims to be is checked by its content."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from ringfence.clear_text import shown_name
from ringfence.errors import Refusal
from ringfence.readers.row import (
    CELL_LIMIT,
    NO_ROWS,
    FormatSpec,
    FormatType,
    Row,
    RowFault,
    rejected,
)
from ringfence.readers.snapshot import Delivery, take_snapshot
from ringfence.readers.sniff import HEAD_BYTES, Content, content_of
from ringfence.readers.table import read_table

__all__ = [
    "CELL_LIMIT",
    "NO_ROWS",
    "Delivery",
    "FormatSpec",
    "FormatType",
    "Row",
    "RowFault",
    "read_rows",
    "read_table",
    "take_snapshot",
]


def read_rows(
    path: Path,
    spec: FormatSpec,
    needed: Collection[str] = (),
    wanted: Collection[str] | None = None,
) -> Iterator[Row]:
    """Stream the rows of `path`; `needed` are the columns that must be there (mapped ones).

    `wanted` are all that anybody will look at, None is every one: what a typed format cannot say
    in another column is no fault, and Parquet does not even read it.
    A row that cannot be used carries its fault; a file that cannot be used raises RejectedBatch,
    some kinds of damage only at its end, so nothing may take effect before the last row.
    """
    _refuse_other_content(path, spec.type)
    match spec.type:
        case FormatType.CSV:
            from ringfence.readers.delimited import read_delimited as read
        case FormatType.XLSX:
            from ringfence.readers.spreadsheet import read_spreadsheet

            yield from read_spreadsheet(path, spec, needed, wanted)
            return
        case FormatType.PARQUET:
            from ringfence.readers.parquet import read_parquet

            yield from read_parquet(path, spec, needed, wanted)
            return
        case FormatType.JSON_LINES:
            from ringfence.readers.json_lines import read_json_lines as read
        case FormatType.FIXED_WIDTH:
            from ringfence.readers.fixed_width import read_fixed_width as read
        case FormatType.GB_TPS:
            from ringfence.readers.gb_tps import read_gb_tps as read
        case FormatType.US_NDNCR | FormatType.CA_DNCL:
            from ringfence.readers.north_american_lists import read_north_american_list as read
    yield from read(path, spec, needed)


def _refuse_other_content(path: Path, declared: FormatType) -> None:
    try:
        with path.open("rb") as file:
            content = content_of(file.read(HEAD_BYTES))
    except OSError as error:
        raise Refusal(
            f"The file cannot be opened: {error.strerror}.",
            where=str(path.parent / shown_name(path.name)),
            remedy="check the path",
        ) from None
    match content, declared:
        case Content.EMPTY, _:
            raise rejected("file_empty", "The file is empty.", path, "ask for it to be sent again")
        case Content.HTML, _:
            raise rejected(
                "file_is_html",
                "The file is a web page: a login or error page was saved instead of the export.",
                path,
                "export the data again while logged in",
            )
        case Content.ZIP, FormatType.XLSX | FormatType.US_NDNCR | FormatType.CA_DNCL:
            return
        case _, FormatType.XLSX:
            raise rejected(
                "file_is_not_xlsx",
                f"The file is no XLSX workbook but {content.value}, whatever its name says.",
                path,
                "set `format.type` to what it is, or save it as .xlsx without a password",
            )
        case Content.PARQUET, FormatType.PARQUET:
            return
        case _, FormatType.PARQUET:
            raise rejected(
                "file_is_not_parquet",
                f"The file is no Parquet but {content.value}, whatever its name says.",
                path,
                "set `format.type` to what it is",
            )
        case Content.TEXT, _:
            return
    raise rejected(
        "file_is_not_text",
        f"The file is {content.value}, not text, whatever its name says.",
        path,
        "set `format.type` to what it is, and unpack archives before delivery",
    )
