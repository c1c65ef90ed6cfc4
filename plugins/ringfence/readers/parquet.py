"""Read Parquet in record batches, every value as text, nested values as dotted names."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from ringfence.readers.header import checked_names
from ringfence.readers.row import CELL_LIMIT, FormatSpec, Row, RowFault, no_rows, rejected
from ringfence.readers.text import DoubledKeyError, flatten

BATCH_ROWS = 1024
PYTHON_ROWS = 256
"""Rows turned into Python's objects at once, which take ten times the room."""
UNREADABLE = object()
"""Stands for a value that Python cannot hold, such as a date after the year 9999."""


def read_parquet(
    path: Path, spec: FormatSpec, needed: Collection[str], wanted: Collection[str] | None = None
) -> Iterator[Row]:
    """Yield the rows, of the `wanted` columns; memory is bounded by the writer's row groups."""
    import pyarrow
    from pyarrow.parquet import ParquetFile

    number = 0
    try:
        with ParquetFile(path, pre_buffer=False) as file:
            schema = file.schema_arrow
            checked_names(_column_names(schema), needed, path)
            chosen = _chosen(schema.names, wanted)
            _check_zones(schema, chosen, path)
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=chosen):
                names = batch.schema.names
                for part in range(0, batch.num_rows, PYTHON_ROWS):
                    columns = [
                        _values(_readable(column.slice(part, PYTHON_ROWS)))
                        for column in batch.columns
                    ]
                    for values in zip(*columns, strict=True):
                        number += 1
                        yield _row(number, dict(zip(names, values, strict=True)))
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError):
        raise rejected(
            "file_broken",
            "The Parquet file cannot be read: it is damaged or was cut short.",
            path,
            "ask for it to be sent again",
        ) from None
    if number == 0:
        raise no_rows(path)


def _chosen(names: Collection[str], wanted: Collection[str] | None) -> list[str] | None:
    """Return the columns of the file to read: those of which a wanted one is, or is a part."""
    if wanted is None:
        return None
    chosen = [
        name for name in names if any(one == name or one.startswith(f"{name}.") for one in wanted)
    ]
    return chosen or None


def _values(column: Any) -> list[Any]:
    try:
        values: list[Any] = column.to_pylist()
        return values
    except (ValueError, OverflowError, TypeError):
        return [_value(one) for one in column]


def _value(scalar: Any) -> Any:
    try:
        return scalar.as_py()
    except (ValueError, OverflowError, TypeError):
        return UNREADABLE


def _column_names(schema: Any) -> list[str]:
    """Return the dotted names that `flatten` will give, structs opened."""
    import pyarrow

    names = []
    for column in schema:
        if pyarrow.types.is_struct(column.type):
            inner = pyarrow.schema(list(column.type))
            names += [f"{column.name}.{name}" for name in _column_names(inner)]
        else:
            names.append(column.name)
    return names


def _check_zones(schema: Any, chosen: Collection[str] | None, path: Path) -> None:
    """Refuse times in a zone that Python does not know: whose day it was could not be told."""
    for place, column in enumerate(schema, start=1):
        if (chosen is None or column.name in chosen) and _has_odd_zone(column.type):
            raise rejected(
                "time_zone_unknown",
                f"The times in column {place} of this Parquet file are in a time zone that nobody"
                " knows.",
                path,
                "have it written in UTC, or in a zone named as `Europe/Berlin` is",
            )


def _has_odd_zone(kind: Any) -> bool:
    import pyarrow

    if not pyarrow.types.is_timestamp(kind):
        return any(_has_odd_zone(kind.field(place).type) for place in range(kind.num_fields))
    try:
        pyarrow.scalar(0, kind).as_py()
    except LookupError:  # Arrow asks pytz, or zoneinfo where there is none
        return True
    return False


def _readable(column: Any) -> Any:
    """Cut nanoseconds, which Python's own times do not hold, and leave text to us to decode.

    So one text that is not UTF-8 costs its row; inside a struct or list it still breaks the file.
    """
    import pyarrow

    if pyarrow.types.is_timestamp(column.type) and column.type.unit == "ns":
        return column.cast(pyarrow.timestamp("us", column.type.tz), safe=False)
    if pyarrow.types.is_string(column.type):
        return column.cast(pyarrow.binary())
    if pyarrow.types.is_large_string(column.type):
        return column.cast(pyarrow.large_binary())
    return column


def _row(number: int, values: dict[str, Any]) -> Row:
    if UNREADABLE in values.values():
        told = {name: value for name, value in values.items() if value is not UNREADABLE}
        return Row(number, _row(number, told).cells, RowFault.VALUE_UNREADABLE)
    try:
        cells = flatten(values)
    except UnicodeDecodeError:
        return Row(number, {}, RowFault.BAD_ENCODING)
    except DoubledKeyError:
        return Row(number, {}, RowFault.KEY_DOUBLED)
    for cell in cells.values():
        if len(cell) > CELL_LIMIT:
            return Row(number, {}, RowFault.CELL_TOO_LARGE)
        if "\0" in cell:
            return Row(number, {}, RowFault.NUL_BYTE)
    return Row(number, cells)
